//! Caps that are reached.

use std::sync::OnceLock;

use mongodb::bson::{DateTime, doc};
use reqwest::Client;
use serde_json::json;
use traffoflex_local::stack::NODE_TOKEN;
use traffoflex_model::{Cap, CapAsk, CapMetric, NodeId};
use traffoflex_routing::cap::CapId;
use traffoflex_wire::{
    lease::{self, LeaseRequest},
    runtime, snapshot,
};

use super::Watched;
use crate::world::{World, eventually};

const CLICK: i64 = Cap::SCALE;

fn cap(metric: CapMetric, limit: i64, day: bool) -> Cap {
    Cap {
        metric,
        limit: limit.into(),
        window_hours: (!day).then_some(24),
        calendar_timezone: day.then(|| "UTC".to_owned()),
        redirect_destination_id: None,
    }
}

async fn capped(world: &World, caps: &[Cap]) -> String {
    let body = json!({ "name": "capped", "url": "https://capped.example/?c={click_id}", "caps": caps });
    world.post("/api/destinations", body).await.id().to_owned()
}

/// The same for the whole of the test.
fn this_hour_ms() -> i64 {
    static HOUR_MS: OnceLock<i64> = OnceLock::new();
    *HOUR_MS.get_or_init(|| DateTime::now().timestamp_millis() / 3_600_000 * 3_600_000)
}

/// A node says how many units it spent, to one of the processes.
async fn spend(client: &Client, base: &str, destination: &str, cap: &Cap, units: i64, click_units: i64) {
    let ask = CapAsk {
        cap: CapId::of(destination, &cap.key()).0,
        destination_id: destination.into(),
        granted_units: units,
        returned_units: 0,
        written_off_units: 0,
        spent_units: units,
        buckets: vec![(this_hour_ms(), units)],
        want_units: 0,
        click_units,
    };
    let node_id = NodeId::parse("node-a").unwrap();
    let request = LeaseRequest { node_id, lease_epoch: 7, ttl_ms: 60_000, sent_at_ms: None, asks: vec![ask] };
    let answer = client.post(format!("{base}{}", lease::PATH)).bearer_auth(NODE_TOKEN).json(&request);
    assert_eq!(answer.send().await.unwrap().status(), 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_spent_cap_is_told_of_once_a_window() {
    let watched = Watched::start(0).await;
    let world = &watched.world;
    watched.webhook("asks", "active", &["cap.reached", "destination.unhealthy"]).await;
    let clicks = cap(CapMetric::Clicks, 100, false);
    let cost = cap(CapMetric::Cost, 10, true);
    let destination = capped(world, &[clicks.clone(), cost.clone()]).await;
    let published = async |base: &str| {
        let url = format!("{base}{}", snapshot::PATH);
        let answer = world.client.get(url).bearer_auth(NODE_TOKEN).send().await.unwrap();
        answer.headers()[snapshot::VERSION_HEADER].to_str().unwrap().parse::<u64>().unwrap()
    };
    let urls = [world.url(""), watched.second.url()];
    eventually("the second process knows the caps", async || {
        published(&urls[1]).await == published(&urls[0]).await
    })
    .await;
    let client = &world.client;
    spend(client, &urls[0], &destination, &clicks, 99 * CLICK, CLICK).await;
    spend(client, &urls[0], &destination, &cost, 9_900_000, 50_000).await;
    watched.fence().await;
    assert!(watched.node.got("cap.reached").is_empty(), "one more click fits");

    // 9.98 of 10 are spent and the last click took 0.05.
    for url in &urls {
        spend(client, url, &destination, &clicks, 100 * CLICK, CLICK).await;
        spend(client, url, &destination, &cost, 9_980_000, 50_000).await;
        spend(client, url, &destination, &clicks, 101 * CLICK, CLICK).await;
    }
    eventually("both are told of", async || watched.node.got("cap.reached").len() >= 2).await;
    watched.fence().await;
    let got = watched.node.got("cap.reached");
    let mut said: Vec<(&str, &str, &str)> = Vec::new();
    for (_, body) in &got {
        let data = &body["data"];
        assert_eq!(data["destination_id"], *destination);
        let text = |field: &str| data[field].as_str().unwrap_or_default();
        assert_eq!(data["window_hours"].as_i64(), (text("metric") == "clicks").then_some(24));
        said.push((text("metric"), text("limit"), text("used")));
    }
    said.sort_unstable();
    assert_eq!(said, [("clicks", "100", "100"), ("cost", "10", "9.98")]);

    // The window is over, as far as anybody remembers: both processes are new.
    let past = DateTime::from_millis(DateTime::now().timestamp_millis() - 1);
    let alerts = watched.documents("cap_alerts").await;
    alerts.update_many(doc! {}, doc! { "$set": { "until": past } }).await.unwrap();
    let mut watched = watched;
    watched.world.kill_api().await;
    watched.world.stack.start_api().await.unwrap();
    let world = &watched.world;
    spend(&world.client, &world.url(""), &destination, &clicks, 102 * CLICK, CLICK).await;
    spend(&world.client, &world.url(""), &destination, &clicks, 103 * CLICK, CLICK).await;
    eventually("told anew", async || watched.node.got("cap.reached").len() == 3).await;
    watched.fence().await;
    assert_eq!(watched.node.got("cap.reached").len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_measured_cap_is_told_of_when_its_limit_is_reached() {
    let watched = Watched::start(0).await;
    let world = &watched.world;
    watched.webhook("asks", "active", &["cap.reached", "destination.unhealthy"]).await;
    let caps = [cap(CapMetric::Conversions, 3, true), cap(CapMetric::Revenue, 50, false)];
    let destination = capped(world, &caps).await;
    let workspace = world.workspace_id().await;
    let convert = async |n: u64, status: &str, payout: &str| {
        let sql = format!(
            "INSERT INTO conversion_events (event_id, node_id, node_epoch, node_seq, created_at, updated_at, \
             conversion_id, version, workspace_id, destination_id, status, payout, currency) VALUES \
             ('e{n}', 'n', 1, {n}, now64(3), now64(3), 'c{n}', 1, '{workspace}', '{destination}', '{status}', {payout}, 'USD')"
        );
        world.clickhouse(&sql).await;
    };
    let feed = async || {
        let answer = world.client.get(world.url(runtime::PATH)).bearer_auth(NODE_TOKEN).send().await.unwrap();
        assert_eq!(answer.status(), 200);
    };
    convert(1, "sale", "20").await;
    convert(2, "lead", "0").await;
    feed().await;
    watched.fence().await;
    assert!(watched.node.got("cap.reached").is_empty());
    convert(3, "sale", "10.5").await;
    eventually("the third conversion reaches its cap", async || {
        feed().await;
        watched.node.got("cap.reached").len() == 1
    })
    .await;
    convert(4, "sale", "19.5").await;
    eventually("fifty reach the other", async || {
        feed().await;
        watched.node.got("cap.reached").len() == 2
    })
    .await;
    let got = watched.node.got("cap.reached");
    let of = |metric: &str| &got.iter().find(|(_, body)| body["data"]["metric"] == metric).unwrap().1["data"];
    assert_eq!(
        (&of("conversions")["used"], &of("conversions")["calendar_timezone"]),
        (&json!("3"), &json!("UTC"))
    );
    assert_eq!((&of("revenue")["used"], &of("revenue")["limit"]), (&json!("50"), &json!("50")));
}
