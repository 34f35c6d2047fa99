//! What is known of a click is taken out everywhere, and again when it comes back.

use mongodb::bson::{DateTime, Document, doc};
use reqwest::Client;
use serde_json::{Value, json};
use traffoflex_local::stack::Stack;

use crate::world::{World, eventually};

const TABLES: [&str; 6] = [
    "click_events",
    "trafficback_events",
    "conversion_events",
    "conversion_versions",
    "postback_log_events",
    "kafka_ingestion_errors",
];

async fn quick() -> World {
    let settings = [("ERASURE_RECHECK_SECONDS", "1"), ("ERASURE_SETTLE_SECONDS", "2")];
    World { stack: Stack::start_with(false, &settings).await.unwrap(), client: Client::new() }
}

/// A click with all that follows from it.
async fn known(world: &World, workspace: &str, click: &str, source: &str, campaign: &str) {
    let now = DateTime::now().timestamp_millis();
    let head = "event_id, node_id, node_epoch, node_seq, workspace_id, campaign_id, created_at, click_id";
    // The same identity for the same click, as a replay has it.
    let seq = click.bytes().fold(7_u64, |seq, b| seq.wrapping_mul(31).wrapping_add(u64::from(b))) >> 1;
    let values = format!(
        "'n1.1.{seq}', 'n1', 1, {seq}, '{workspace}', '{campaign}', toDateTime64('2026-11-01 00:00:00', 3, 'UTC'), '{click}'"
    );
    for sql in [
        format!(
            "INSERT INTO click_events ({head}, source_click_id, ip_hash, user_agent, sub1, cost, currency) VALUES ({values}, '{source}', 'hash', 'agent', 'mail@x.example', 1.5, 'USD')"
        ),
        format!("INSERT INTO trafficback_events ({head}, reason) VALUES ({values}, 'cap_reached')"),
        format!(
            "INSERT INTO conversion_events ({head}, conversion_id, version, transaction_id, status, payout, currency, attribution, raw_payload) \
             VALUES ({values}, 'conv-{workspace}-{click}', 1, 'tx-{click}', 'sale', 9, 'USD', 'click', 'cid={click}')"
        ),
        format!(
            "INSERT INTO postback_log_events (event_id, node_id, node_epoch, node_seq, workspace_id, created_at, click_id, conversion_id, raw_payload) \
             VALUES ('{click}-p', 'n1', 1, {seq}, '{workspace}', fromUnixTimestamp64Milli({now}), '', 'conv-{workspace}-{click}', 'cid={click}')"
        ),
        format!(
            "INSERT INTO kafka_ingestion_errors (topic, partition, offset, error, raw_message) VALUES ('t', 0, 1, 'bad', \
             '{{\"workspace_id\":\"{workspace}\",\"click_id\":\"{click}\",\"cost\":\"x\"}}')"
        ),
    ] {
        world.clickhouse(&sql).await;
    }
    let conversion = doc! {
        "_id": format!("conv-{workspace}-{click}"), "workspace_id": workspace, "network_id": "n",
        "transaction_id": format!("tx-{click}"), "event_type": "sale", "repeat": "", "created_at": DateTime::now(),
        "kept": { "current": { "state": { "click": { "click_id": click } } } },
    };
    let all = world.mongo().await.collection::<Document>("conversions");
    let this = doc! { "_id": conversion.get_str("_id").unwrap() };
    all.replace_one(this, conversion).upsert(true).await.unwrap();
}

/// Rows that hold the text in any column, by table, then documents.
async fn traces(world: &World, workspace: &str, text: &str) -> Vec<u64> {
    let mut found = Vec::new();
    for table in TABLES {
        let sql = format!(
            "SELECT count() FROM {table} WHERE position(formatRow('JSONEachRow', *), '{text}') > 0 AND position(formatRow('JSONEachRow', *), '{workspace}') > 0"
        );
        found.push(world.clickhouse(&sql).await.parse().unwrap());
    }
    let all = world.mongo().await.collection::<Document>("conversions");
    let documents = doc! { "workspace_id": workspace, "kept.current.state.click.click_id": text };
    found.push(all.count_documents(documents).await.unwrap());
    found
}

async fn erase(world: &World, body: Value) -> String {
    let answer = world.post("/api/privacy/erase", body).await;
    assert_eq!(answer.status, 202, "{}", answer.body);
    answer.id().to_owned()
}

async fn done(world: &World, id: &str) -> Value {
    let path = format!("/api/privacy/erasures/{id}");
    eventually("it is done", async || world.get(&path).await.body["state"] == "done").await;
    world.get(&path).await.body
}

/// What came back bit by bit goes in one repetition or several.
async fn erased_again(world: &World, id: &str, workspace: &str, click: &str) {
    let path = format!("/api/privacy/erasures/{id}");
    eventually("it is erased again", async || {
        let erasure = world.get(&path).await.body;
        let is_done = erasure["state"] == "done" && erasure["repeats"].as_i64() >= Some(1);
        is_done && traces(world, workspace, click).await == [0; 7]
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_click_is_gone_everywhere_and_again_when_it_comes_back() {
    let world = quick().await;
    let own = world.workspace_id().await;
    for click in ["click-one", "click-two"] {
        known(&world, &own, click, "source-one", "c1").await;
        known(&world, "other", click, "source-one", "c1").await;
    }
    assert_eq!(traces(&world, &own, "click-one").await, [1; 7]);
    let id = erase(&world, json!({ "click_id": "click-one" })).await;
    let erasure = done(&world, &id).await;
    assert_eq!(traces(&world, &own, "click-one").await, [0; 7]);
    assert_eq!(traces(&world, &own, "click-two").await, [1; 7]);
    assert_eq!(traces(&world, "other", "click-one").await, [1; 7], "another workspace's stays");
    for table in TABLES.iter().chain(&["mongodb_conversions"]) {
        assert_eq!(erasure["removed"][*table], 1, "{erasure}");
    }
    assert_eq!((&erasure["repeats"], &erasure["error"]), (&json!(0), &Value::Null));
    let added_up = |click: &str| {
        format!(
            "SELECT count() FROM conversion_rollup WHERE workspace_id = '{own}' AND (joined_click_id = '{click}' OR click_click_id = '{click}')"
        )
    };
    assert_eq!(world.clickhouse(&added_up("click-one")).await, "0");
    let marked = "SELECT count() FROM (SELECT kind, sum(marks) AS n FROM rollup_marks WHERE workspace_id = '{}' AND hour = 498192 GROUP BY kind HAVING n > 2)";
    let marked = async |workspace: &str| world.clickhouse(&marked.replace("{}", workspace)).await;
    assert_eq!(
        (marked(&own).await, marked("other").await),
        ("2".to_owned(), "0".to_owned()),
        "added up anew"
    );

    // The id is in nothing that is kept of it.
    let database = world.mongo().await;
    for collection in ["erasures", "audit_log"] {
        use futures_util::TryStreamExt;
        let all: Vec<Document> = database
            .collection::<Document>(collection)
            .find(doc! {})
            .await
            .unwrap()
            .try_collect()
            .await
            .unwrap();
        assert!(!all.is_empty());
        assert!(!format!("{all:?}").contains("click-one"), "{collection}: {all:?}");
    }
    for sql in [
        "SELECT command FROM system.mutations",
        "SELECT * FROM erasure_targets",
        "SELECT * FROM erasure_tombstones",
    ] {
        assert!(!world.clickhouse(sql).await.contains("click-one"), "{sql}");
    }

    // An outbox that was away brings it back, and a late postback is of it.
    known(&world, &own, "click-one", "source-one", "c1").await;
    erased_again(&world, &id, &own, "click-one").await;
    assert_eq!(traces(&world, "other", "click-one").await, [1; 7]);
    assert_eq!(world.get("/api/privacy/erasures").await.body["total"], 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crash_at_any_point_leaves_no_half_of_it() {
    let mut world = quick().await;
    let own = world.workspace_id().await;
    let gone = |table: &str| format!("SELECT count() = 0 FROM {table} WHERE click_id = 'CLICK'");
    let points = [
        "SELECT 1".to_owned(),
        "SELECT count() > 0 FROM erasure_targets WHERE value = 'CLICK'".to_owned(),
        "SELECT count() = 0 FROM kafka_ingestion_errors WHERE position(raw_message, 'CLICK') > 0".to_owned(),
        gone("conversion_versions"),
        gone("trafficback_events"),
        gone("click_events"),
    ];
    for (n, point) in points.iter().enumerate() {
        let click = format!("click-{n}");
        known(&world, &own, &click, "s", "c1").await;
        let id = erase(&world, json!({ "click_id": click })).await;
        eventually("it came so far", async || world.clickhouse(&point.replace("CLICK", &click)).await == "1")
            .await;
        world.kill_api().await;
        let erasures = world.mongo().await.collection::<Document>("erasures");
        let left = erasures.find_one(doc! { "_id": &id }).await.unwrap().unwrap();
        assert_ne!(left.get_str("state"), Ok("done"), "it was under way: {point}");
        world.stack.start_api().await.unwrap();
        done(&world, &id).await;
        assert_eq!(traces(&world, &own, &click).await, [0; 7], "killed when {point}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sources_id_names_clicks_of_one_campaign_or_all() {
    let world = quick().await;
    let own = world.workspace_id().await;
    for (click, campaign) in [("click-a", "c1"), ("click-b", "c1"), ("click-c", "c2")] {
        known(&world, &own, click, "source-x", campaign).await;
    }
    known(&world, &own, "click-d", "source-y", "c1").await;
    let id = erase(&world, json!({ "source_click_id": "source-x", "campaign_id": "c1" })).await;
    let erasure = done(&world, &id).await;
    assert_eq!(erasure["removed"]["click_events"], 2);
    for click in ["click-a", "click-b"] {
        assert_eq!(traces(&world, &own, click).await, [0; 7], "{click}");
    }
    assert_eq!(traces(&world, &own, "click-c").await, [1; 7]);
    assert_eq!(traces(&world, &own, "click-d").await, [1; 7]);
    // A click that nobody has seen before, of an id that was erased.
    known(&world, &own, "click-late", "source-x", "c1").await;
    known(&world, &own, "click-fine", "source-x", "c2").await;
    erased_again(&world, &id, &own, "click-late").await;
    assert_eq!(traces(&world, &own, "click-fine").await, [1; 7]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_anonymised_keeps_its_amounts() {
    let world = quick().await;
    let own = world.workspace_id().await;
    known(&world, &own, "click-one", "source-one", "c1").await;
    let totals = "from=2026-10-31T00:00:00Z&to=2027-01-03T00:00:00Z";
    let report = async || {
        let report = world.get(&format!("/api/reports/overview?{totals}")).await.body;
        (report["clicks"].clone(), report["cost"].clone(), report["sales"].clone(), report["revenue"].clone())
    };
    let before = report().await;
    assert_eq!(before, (json!(1), json!("1.5"), json!(1), json!("9")));
    let id = erase(&world, json!({ "click_id": "click-one", "anonymise": true })).await;
    done(&world, &id).await;
    assert_eq!(traces(&world, &own, "click-one").await, [0; 7]);
    let row = world
        .clickhouse(
            "SELECT click_id, source_click_id, ip_hash, user_agent, sub1 FROM click_events FORMAT TSV",
        )
        .await;
    // The tabs between blanks are trimmed.
    assert!(row.starts_with("erased-") && !row.contains('\t'), "{row}");
    let conversion = world
        .clickhouse("SELECT click_id, transaction_id, raw_payload FROM conversion_events FORMAT TSV")
        .await;
    assert_eq!(conversion, row, "one made-up id for both");
    assert_eq!(report().await, before);

    // The network approves it a month later: with nothing known of it, that is a first version of that day.
    world
        .clickhouse(&format!(
            "INSERT INTO conversion_events (event_id, node_id, node_epoch, node_seq, workspace_id, campaign_id, created_at, click_id, \
             conversion_id, version, transaction_id, status, payout, currency, attribution) VALUES ('n1.1.999', 'n1', 1, 999, '{own}', 'c1', \
             toDateTime64('2026-12-01 00:00:00', 3, 'UTC'), 'click-one', 'conv-{own}-click-one', 1, 'tx-click-one', 'sale', 9, 'USD', 'click')"
        ))
        .await;
    erased_again(&world, &id, &own, "click-one").await;
    assert_eq!(report().await, before, "counted once");
    // An outbox that was away: all of it as it was.
    known(&world, &own, "click-one", "source-one", "c1").await;
    erased_again(&world, &id, &own, "click-one").await;
    assert_eq!(report().await, before, "nothing twice, and nothing lost");
}

#[tokio::test(flavor = "multi_thread")]
async fn it_waits_for_clickhouse_and_says_so() {
    let mut world = quick().await;
    let own = world.workspace_id().await;
    known(&world, &own, "click-one", "s", "c1").await;
    world.stack.stop_clickhouse().await.unwrap();
    let id = erase(&world, json!({ "click_id": "click-one" })).await;
    let path = format!("/api/privacy/erasures/{id}");
    eventually("it says why", async || world.get(&path).await.body["error"] == "ClickHouse did not do it")
        .await;
    assert_ne!(world.get(&path).await.body["state"], "done");
    world.stack.start_clickhouse().await.unwrap();
    let erasure = done(&world, &id).await;
    assert_eq!(erasure["error"], Value::Null);
    assert_eq!(traces(&world, &own, "click-one").await, [0; 7]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_is_checked() {
    let world = World::start().await;
    for (body, field) in [
        (json!({}), "click_id"),
        (json!({ "click_id": "a", "source_click_id": "b" }), "click_id"),
        (json!({ "click_id": "" }), "click_id"),
        (json!({ "source_click_id": "a\nb" }), "source_click_id"),
        (json!({ "click_id": "a".repeat(513) }), "click_id"),
        (json!({ "click_id": "a", "campaign_id": "c" }), "campaign_id"),
        (json!({ "source_click_id": "a", "campaign_id": "c' OR 1" }), "campaign_id"),
        (json!({ "click_id": "a", "everything": true }), "everything"),
    ] {
        let answer = world.post("/api/privacy/erase", body.clone()).await;
        assert_eq!((answer.status, answer.fields()), (400, vec![field]), "{body}: {}", answer.body);
    }
    assert_eq!(world.get("/api/privacy/erasures/none").await.status, 404);
    assert_eq!(world.get("/api/privacy/erasures").await.body["total"], 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_goes_for_what_its_fields_say_and_not_for_a_word_in_it() {
    let world = quick().await;
    let own = world.workspace_id().await;
    let message = |n: u64, fields: Value| {
        let mut message = json!({ "workspace_id": own, "campaign_id": "c1", "event_id": n.to_string() });
        message.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        message.to_string()
    };
    let quoted = r#"a"b\c"#;
    let cut = |source: &str| {
        format!(r#"{{"workspace_id":"{own}", "source_click_id" : "{source}", "os_version":"12", "#)
    };
    let messages = [
        message(0, json!({ "source_click_id": "12" })),
        message(1, json!({ "source_click_id": "13", "os_version": "12", "geo_country": "US" })),
        message(2, json!({ "source_click_id": "12", "workspace_id": "other" })),
        message(3, json!({ "source_click_id": quoted })),
        cut("12"),
        cut("14"),
    ];
    for (offset, message) in messages.iter().enumerate() {
        let text = message.replace('\\', "\\\\").replace('\'', "\\'");
        let values = format!("'t', 0, {offset}, 'bad', '{text}'");
        let columns = "topic, partition, offset, error, raw_message";
        world.clickhouse(&format!("INSERT INTO kafka_ingestion_errors ({columns}) VALUES ({values})")).await;
    }
    let left = async || {
        let sql = "SELECT arrayStringConcat(arraySort(groupArray(toString(offset))), ' ') FROM kafka_ingestion_errors";
        world.clickhouse(sql).await
    };
    assert_eq!(left().await, "0 1 2 3 4 5");
    let id = erase(&world, json!({ "source_click_id": "12" })).await;
    assert_eq!(done(&world, &id).await["removed"]["kafka_ingestion_errors"], 2);
    assert_eq!(left().await, "1 2 3 5", "other clicks' messages stay");
    let id = erase(&world, json!({ "source_click_id": quoted })).await;
    done(&world, &id).await;
    assert_eq!(left().await, "1 2 5");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_that_came_back_long_ago_none_is_passed_over() {
    let world = quick().await;
    let own = world.workspace_id().await;
    known(&world, &own, "click-one", "source-x", "c1").await;
    let id = erase(&world, json!({ "source_click_id": "source-x" })).await;
    done(&world, &id).await;
    // More than one look takes, and so long ago that only a look from the beginning on sees them.
    let columns = "event_id, node_id, node_epoch, node_seq, workspace_id, campaign_id, created_at, ingested_at, click_id, source_click_id";
    world
        .clickhouse(&format!(
            "INSERT INTO click_events ({columns}) SELECT toString(number), 'n2', 1, number, '{own}', 'c1', \
             toDateTime64('2026-11-01 00:00:00', 3, 'UTC'), now64(3) - INTERVAL 1 HOUR, concat('back-', toString(number)), \
             'source-x' FROM numbers(10050)"
        ))
        .await;
    let checks = world.mongo().await.collection::<Document>("privacy_checks");
    eventually("a look from the beginning", async || {
        checks.update_one(doc! {}, doc! { "$set": { "until": DateTime::from_millis(0) } }).await.unwrap();
        world.get(&format!("/api/privacy/erasures/{id}")).await.body["repeats"] != 0
    })
    .await;
    let left = "SELECT count() FROM click_events";
    eventually("all are gone", async || world.clickhouse(left).await == "0").await;
}
