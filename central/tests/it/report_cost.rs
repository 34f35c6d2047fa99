//! What reports may cost: turns of a workspace, and the end of a query whose client left.

use std::time::Duration;

use reqwest::Client;
use traffoflex_local::stack::{BOOTSTRAP_TOKEN, Stack};

use crate::world::{World, eventually};

/// Rows enough for a report of seconds.
const ROWS: u64 = 3_000_000;
const RUNNING: &str = "SELECT count() FROM system.processes WHERE query LIKE '%FROM click_events AS c FINAL%' AND query NOT LIKE '%system.processes%'";

async fn slow_world() -> World {
    let settings = [
        ("REPORT_MAX_CONCURRENT", "2"),
        ("REPORT_QUEUE_TIMEOUT_MS", "200"),
        ("REPORT_MAX_EXECUTION_SECONDS", "600"),
    ];
    let world = World { stack: Stack::start_with(false, &settings).await.unwrap(), client: Client::new() };
    let workspace = world.workspace_id().await;
    let now = jiff::Timestamp::now().as_millisecond();
    world.clickhouse(&format!(
        "INSERT INTO click_events (event_id, node_id, node_epoch, node_seq, created_at, click_id, workspace_id, campaign_id, user_agent, sub1, sub2, currency) \
         SELECT toString(number), 'n1', 1, number, fromUnixTimestamp64Milli({now} - number % 1000000), toString(number), '{workspace}', 'c1', '', \
         hex(sipHash128(number)), hex(sipHash128(number + 1)), 'USD' FROM numbers({ROWS})"
    )).await;
    world
}

/// Many patterns over every row.
fn slow_report(world: &World, of: &str) -> reqwest::RequestBuilder {
    let filters: String = (0..40)
        .map(|n| format!("&filter[sub1][regex]=^[0-9A-F]*[0-9A-F]{{5,{}}}[0-9A-F]*$", 6 + n))
        .collect();
    world.client.get(world.url(&format!("/api/reports/{of}{filters}"))).bearer_auth(BOOTSTRAP_TOKEN)
}

async fn running(world: &World) -> u64 {
    world.clickhouse(RUNNING).await.parse().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_report_ends_when_its_client_leaves_and_waits_for_its_turn() {
    let world = slow_world().await;
    let first = tokio::spawn(slow_report(&world, "overview?").send());
    let second = tokio::spawn(slow_report(&world, "grouped?group_by=sub1,sub2&format=csv").send());
    eventually("both run", async || running(&world).await == 2).await;
    // Both turns are taken: a third is told to come again.
    let third = world.get("/api/reports/overview").await;
    assert_eq!((third.status, third.code()), (429, "busy"), "{}", third.body);
    assert_eq!(third.headers["retry-after"], "1");
    for log in ["clicks", "clicks/x", "postback-logs", "ingestion-errors", "conversions/x"] {
        let refused = world.get(&format!("/api/{log}")).await;
        assert_eq!((refused.status, refused.code()), (429, "busy"), "{log}: {}", refused.body);
    }
    first.abort();
    eventually("the first is gone", async || running(&world).await == 1).await;
    // It did not end by itself: the other one began with it and still runs.
    assert!(!second.is_finished());
    // Its turn is free again.
    let mut last = None;
    eventually("a turn is free", async || {
        let answer = world.client.get(world.url("/api/reports/trafficback")).bearer_auth(BOOTSTRAP_TOKEN);
        last = answer.send().await.ok().map(|answer| answer.status().as_u16());
        last == Some(200)
    })
    .await;
    second.abort();
    eventually("nothing runs", async || running(&world).await == 0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_report_that_asks_for_too_much_is_refused() {
    let mut world = slow_world().await;
    world.stack.set_for_api("REPORT_MAX_EXECUTION_SECONDS", "1").unwrap();
    world.stack.stop_api().await.unwrap();
    world.stack.start_api().await.unwrap();
    let answer = slow_report(&world, "overview?").timeout(Duration::from_secs(60)).send().await.unwrap();
    assert_eq!(answer.status(), 400);
    let body: serde_json::Value = answer.json().await.unwrap();
    assert_eq!(body["error"]["code"], "query_too_expensive", "{body}");
}
