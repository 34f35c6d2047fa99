//! How long a workspace keeps its events: dropped by ClickHouse itself, of that workspace alone.

use mongodb::bson::{DateTime, Document, doc};
use reqwest::Method;
use serde_json::{Value, json};

use crate::world::{World, eventually};

const DAY_MS: i64 = 24 * 3600 * 1000;
const PATH: &str = "/api/privacy/retention";
const TABLES: [&str; 5] =
    ["click_events", "trafficback_events", "conversion_events", "conversion_versions", "postback_log_events"];

/// An old and a new event of a workspace in every table, the old one so many days ago.
async fn events(world: &World, workspace: &str, days: i64) {
    let now = DateTime::now().timestamp_millis();
    for (seq, at) in [(1, now - days * DAY_MS), (2, now)] {
        let time = format!("fromUnixTimestamp64Milli({at})");
        for (table, columns, values) in [
            (
                "click_events",
                "click_id, raw_query, query, ip, referrer",
                format!("'{workspace}-{seq}', 'a=b', map('a', 'b'), '192.0.2.1', 'https://r.example/'"),
            ),
            ("trafficback_events", "click_id", format!("'{workspace}-{seq}'")),
            // Into conversion_versions as well.
            (
                "conversion_events",
                "click_id, conversion_id",
                format!("'{workspace}-{seq}', '{workspace}-{seq}'"),
            ),
            ("postback_log_events", "click_id", format!("'{workspace}-{seq}'")),
        ] {
            let sql = format!(
                "INSERT INTO {table} (event_id, node_id, node_epoch, node_seq, workspace_id, created_at, {columns}) \
                 VALUES ('{workspace}-{seq}', 'n1', 1, {seq}, '{workspace}', {time}, {values})"
            );
            world.clickhouse(&sql).await;
        }
    }
}

async fn merge(world: &World) {
    for table in TABLES {
        world.clickhouse(&format!("OPTIMIZE TABLE {table} FINAL")).await;
    }
}

async fn counts(world: &World, workspace: &str) -> Vec<String> {
    let mut counts = Vec::new();
    for table in TABLES {
        let sql = format!("SELECT count() FROM {table} FINAL WHERE workspace_id = '{workspace}'");
        counts.push(world.clickhouse(&sql).await);
    }
    counts
}

pub async fn set(world: &World, own: Value) -> Value {
    let revision = world.get(PATH).await.body["revision"].clone();
    let mut body = json!({ "revision": revision });
    body.as_object_mut().unwrap().extend(own.as_object().unwrap().clone());
    let answer = world.call(Method::PUT, PATH, Some(body)).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    eventually("the tables know", async || world.get(PATH).await.body["is_applied"] == true).await;
    answer.body
}

async fn definition(world: &World) -> String {
    world.clickhouse("SELECT create_table_query FROM system.tables WHERE name IN ('click_events', 'conversion_events') AND database = currentDatabase() ORDER BY name").await
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_too_old_goes_and_another_workspaces_stays() {
    let mut world = World::start().await;
    let own = world.workspace_id().await;
    events(&world, &own, 40).await;
    events(&world, "other", 40).await;
    let conversions = world.mongo().await.collection::<Document>("conversions");
    for (workspace, days) in [(&*own, 40), (&*own, 1), ("other", 40)] {
        let at = DateTime::from_millis(DateTime::now().timestamp_millis() - days * DAY_MS);
        let id = format!("{workspace}-{days}");
        let conversion = doc! { "_id": &id, "workspace_id": workspace, "created_at": at, "network_id": "n",
        "transaction_id": id, "event_type": "sale", "repeat": "" };
        conversions.insert_one(conversion).await.unwrap();
    }
    assert_eq!(world.get(PATH).await.body["revision"], 0);
    let before = definition(&world).await;

    // Only values first: the rows stay.
    set(&world, json!({ "raw_query_days": 30, "full_ip_days": 30 })).await;
    merge(&world).await;
    let values = "SELECT node_seq, raw_query, query, ip, referrer FROM click_events FINAL WHERE workspace_id = {} ORDER BY node_seq FORMAT TSV";
    let of = async |workspace: &str| world.clickhouse(&values.replace("{}", &format!("'{workspace}'"))).await;
    let (old, new) = ("1\t\t{}\t\thttps://r.example/", "2\ta=b\t{'a':'b'}\t192.0.2.1\thttps://r.example/");
    assert_eq!(of(&own).await, format!("{old}\n{new}"));
    assert_eq!(of("other").await, format!("{}\n{new}", new.replacen('2', "1", 1)));

    set(&world, json!({ "clicks_days": 30, "conversions_days": 39, "postback_logs_days": 41 })).await;
    merge(&world).await;
    assert_eq!(counts(&world, &own).await, ["1", "1", "1", "1", "2"]);
    assert_eq!(counts(&world, "other").await, ["2"; 5]);
    // Found by the projection as well as by the table.
    let by_id = format!("SELECT count() FROM click_events WHERE click_id = '{own}-1'");
    assert_eq!(world.clickhouse(&by_id).await, "0");
    let kept = async |workspace: &str| {
        conversions.count_documents(doc! { "workspace_id": workspace }).await.unwrap()
    };
    eventually("MongoDB is pruned", async || kept(&own).await == 1).await;
    assert_eq!(kept("other").await, 1);

    // Another start alters nothing.
    let (set_so, altered) = (
        definition(&world).await,
        "SELECT count() FROM system.mutations WHERE table IN ('click_events', 'conversion_events')",
    );
    let mutations = world.clickhouse(altered).await;
    world.stack.stop_api().await.unwrap();
    world.stack.start_api().await.unwrap();
    set(&world, json!({ "clicks_days": 30, "conversions_days": 39, "postback_logs_days": 41 })).await;
    assert_eq!((definition(&world).await, world.clickhouse(altered).await), (set_so, mutations));

    // For ever again.
    set(&world, json!({})).await;
    assert_eq!(definition(&world).await, before);
    events(&world, &own, 400).await;
    merge(&world).await;
    assert_eq!(counts(&world, &own).await[0], "3");
}

#[tokio::test(flavor = "multi_thread")]
async fn days_are_checked_and_written_once() {
    let world = World::start().await;
    for (body, field) in [
        (json!({ "revision": 0, "clicks_days": 0 }), "clicks_days"),
        (json!({ "revision": 0, "full_ip_days": 3651 }), "full_ip_days"),
        (json!({ "revision": 0, "clicks_days": -1 }), "clicks_days"),
        (json!({ "revision": 0, "clicks_days": "1; DROP TABLE click_events" }), "clicks_days"),
        (json!({ "revision": 0, "stars_days": 1 }), "stars_days"),
        (json!({ "clicks_days": 1 }), "revision"),
    ] {
        let answer = world.call(Method::PUT, PATH, Some(body.clone())).await;
        assert_eq!((answer.status, answer.fields()), (400, vec![field]), "{body}: {}", answer.body);
    }
    let first = json!({ "revision": 0, "clicks_days": 90 });
    assert_eq!(world.call(Method::PUT, PATH, Some(first.clone())).await.body["revision"], 1);
    let stale = world.call(Method::PUT, PATH, Some(first)).await;
    assert_eq!((stale.status, stale.code()), (409, "revision_conflict"));
    let audit = world.mongo().await.collection::<Document>("audit_log");
    let entry = audit.find_one(doc! { "resource": "retention" }).await.unwrap().unwrap();
    assert!(entry.get_document("after").unwrap().get("clicks_days").is_some());
}
