//! `click_events` as an earlier version left it is rebuilt at the start, whatever a crash left of that.

use serde_json::json;

use crate::world::{World, click, eventually};

const OLD: &str = "ReplacingMergeTree(ingested_at) PARTITION BY toYYYYMM(created_at) \
     ORDER BY (workspace_id, campaign_id, created_at, node_id, node_epoch, node_seq) \
     SETTINGS deduplicate_merge_projection_mode = 'rebuild'";

/// 90 clicks of three months, as the version before kept them.
async fn old_table(world: &mut World) -> String {
    let workspace = fill(world).await;
    world.stack.stop_api().await.unwrap();
    for sql in [
        &*format!("CREATE TABLE old AS click_events ENGINE = {OLD}"),
        "INSERT INTO old SELECT * FROM click_events",
        "ALTER TABLE old DROP COLUMN cost_version",
    ] {
        world.clickhouse(sql).await;
    }
    replace_by_old(world, &["0009_money"]).await;
    workspace
}

async fn replace_by_old(world: &World, not_applied: &[&str]) {
    for sql in ["DROP TABLE click_events SYNC", "RENAME TABLE old TO click_events"] {
        world.clickhouse(sql).await;
    }
    let names = not_applied.join("', '");
    let forget =
        format!("ALTER TABLE schema_migrations DELETE WHERE name IN ('{names}') SETTINGS mutations_sync = 1");
    world.clickhouse(&forget).await;
}

async fn fill(world: &World) -> String {
    let workspace = world.workspace_id().await;
    let start = crate::ledger::ms("2026-09-15T00:00:00Z");
    let lines = (1..=90).flat_map(|seq| {
        let at = start + (seq as i64) * 24 * 3_600_000;
        click(
            "n1",
            1,
            seq,
            json!({ "workspace_id": workspace, "created_at": at, "cost": "0.25", "currency": "USD" }),
        )
    });
    assert_eq!(world.ingest("n1", 1, (1, 90), lines.collect()).await.body["accepted"], 90);
    workspace
}

async fn check(world: &World, clicks: u64) {
    let report =
        world.get("/api/reports/overview?from=2026-09-01T00:00:00Z&to=2027-01-01T00:00:00Z").await.body;
    assert_eq!(report["clicks"], clicks, "{report}");
    let cost = rust_decimal::Decimal::new(25, 2) * rust_decimal::Decimal::from(clicks);
    assert_eq!(report["cost"], cost.normalize().to_string());
    let engine =
        "SELECT engine_full FROM system.tables WHERE database = currentDatabase() AND name = 'click_events'";
    let engine = world.clickhouse(engine).await;
    assert!(engine.starts_with("ReplacingMergeTree(cost_version)"), "{engine}");
    assert!(engine.contains("deduplicate_merge_projection_mode"), "{engine}");
    let projection = "SELECT count() FROM system.projections WHERE database = currentDatabase() AND table = 'click_events' \
                      AND name = 'by_click_id'";
    assert_eq!(world.clickhouse(projection).await, "1");
    eventually("every part has the projection", async || {
        let lacking = "SELECT count() FROM system.parts WHERE database = currentDatabase() AND table = 'click_events' \
                       AND active AND NOT has(projections, 'by_click_id')";
        let building = "SELECT count() FROM system.mutations WHERE database = currentDatabase() \
                        AND table = 'click_events' AND NOT is_done";
        world.clickhouse(lacking).await == "0" && world.clickhouse(building).await == "0"
    })
    .await;
    let rest =
        "SELECT count() FROM system.tables WHERE database = currentDatabase() AND name LIKE '%rebuilt%'";
    assert_eq!(world.clickhouse(rest).await, "0");
    let indexes = "SELECT groupArray(name) FROM (SELECT name FROM system.data_skipping_indices WHERE table = 'click_events' ORDER BY name)";
    let indexes = world.clickhouse(indexes).await;
    for index in ["click_id_bloom", "ingested_at_minmax"] {
        assert!(indexes.contains(index), "{indexes}");
    }
    let last = format!("n1:1:{clicks}");
    let audit = world.stack.command(&["audit", "--expect-last", &last]).await.unwrap();
    assert!(audit.status.success(), "{}", String::from_utf8_lossy(&audit.stdout));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_old_table_is_rebuilt_whatever_was_reached() {
    let mut world = World::start().await;
    let workspace = old_table(&mut world).await;
    // The first attempt died before the names were changed, with a part of the clicks.
    world.clickhouse("ALTER TABLE click_events ADD COLUMN cost_version UInt64 DEFAULT 0").await;
    let engine = OLD.replace("ingested_at", "cost_version");
    world
        .clickhouse(&format!(
            "CREATE TABLE click_events_rebuilt AS click_events ENGINE = {engine} COMMENT '1'"
        ))
        .await;
    world.clickhouse("INSERT INTO click_events_rebuilt SELECT * FROM click_events LIMIT 10").await;
    world.stack.start_api().await.unwrap();
    check(&world, 90).await;

    // The next one died after that, and a click had just gone to the old table.
    world.stack.kill_api().unwrap();
    let began =
        "SELECT comment FROM system.tables WHERE database = currentDatabase() AND name = 'click_events'";
    let began: i64 = world.clickhouse(began).await.parse().unwrap();
    assert!(began > crate::ledger::ms("2026-01-01T00:00:00Z"), "{began}");
    world.clickhouse(&format!("CREATE TABLE click_events_rebuilt AS click_events ENGINE = {OLD}")).await;
    world.clickhouse("INSERT INTO click_events_rebuilt SELECT * FROM click_events LIMIT 20").await;
    let late = json!({ "event_id": "n1.1.91", "node_id": "n1", "node_epoch": 1, "node_seq": 91, "workspace_id": workspace,
        "created_at": "2026-12-24 00:00:00.000", "cost": "0.25", "currency": "USD" });
    world.clickhouse(&format!("INSERT INTO click_events_rebuilt FORMAT JSONEachRow {late}")).await;
    world.stack.start_api().await.unwrap();
    check(&world, 91).await;

    // Nothing is left to do, for several at once.
    world.stack.stop_api().await.unwrap();
    world.stack.start_api().await.unwrap();
    let _second = world.stack.second_api().await.unwrap();
    check(&world, 91).await;
}

/// As 0006 left it: both migrations have to be made.
#[tokio::test(flavor = "multi_thread")]
async fn a_table_without_the_projection_gets_both() {
    let mut world = World::start().await;
    without_projection(&mut world).await;
    replace_by_old(&world, &["0008_click_lookup", "0009_money"]).await;
    world.stack.start_api().await.unwrap();
    check(&world, 90).await;
}

/// The projection is still being built, for parts that the new table gets as they are.
#[tokio::test(flavor = "multi_thread")]
async fn a_projection_that_was_not_built_yet_is_built_after_all() {
    let mut world = World::start().await;
    without_projection(&mut world).await;
    for sql in [
        "SYSTEM STOP MERGES old",
        "ALTER TABLE old MODIFY SETTING deduplicate_merge_projection_mode = 'rebuild'",
        "ALTER TABLE old ADD PROJECTION by_click_id (SELECT _part_offset ORDER BY click_id) WITH SETTINGS (index_granularity = 512)",
        "ALTER TABLE old MATERIALIZE PROJECTION by_click_id SETTINGS mutations_sync = 0",
    ] {
        world.clickhouse(sql).await;
    }
    replace_by_old(&world, &["0009_money"]).await;
    world.stack.start_api().await.unwrap();
    check(&world, 90).await;
}

async fn without_projection(world: &mut World) {
    fill(world).await;
    world.stack.stop_api().await.unwrap();
    for sql in [
        &*format!("CREATE TABLE old AS click_events ENGINE = {OLD}"),
        "ALTER TABLE old DROP PROJECTION by_click_id",
        "ALTER TABLE old DROP COLUMN cost_version",
        "ALTER TABLE old RESET SETTING deduplicate_merge_projection_mode",
        "INSERT INTO old SELECT * EXCEPT cost_version FROM click_events",
    ] {
        world.clickhouse(sql).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn clicks_from_kafka_flow_on_through_a_rebuild() {
    use rdkafka::{
        ClientConfig,
        producer::{FutureProducer, FutureRecord},
    };
    let mut world = World::start_with_kafka().await;
    let workspace = old_table(&mut world).await;
    let producer: FutureProducer =
        ClientConfig::new().set("bootstrap.servers", world.stack.variable("EVENT_BROKERS")).create().unwrap();
    let send = async |seqs: std::ops::RangeInclusive<u64>| {
        for seq in seqs {
            let at = crate::ledger::ms("2026-11-20T00:00:00Z") + seq as i64;
            let own =
                json!({ "workspace_id": workspace, "created_at": at, "cost": "0.25", "currency": "USD" });
            let line = click("n1", 1, seq, own);
            let record = FutureRecord::<(), _>::to("traffoflex.click_events").payload(&line);
            producer.send(record, std::time::Duration::from_secs(20)).await.unwrap();
        }
    };
    // While nobody has told ClickHouse anything new, and the views still write to the old table.
    send(91..=120).await;
    world.stack.start_api().await.unwrap();
    send(121..=150).await;
    eventually("all clicks are there", async || {
        world.clickhouse("SELECT count() FROM click_events FINAL").await == "150"
    })
    .await;
    check(&world, 150).await;
}
