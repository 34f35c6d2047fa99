//! Leases of caps: many nodes asking two processes at once are never granted more than the limit.

use reqwest::Method;
use serde_json::{Value, json};
use traffoflex_local::stack::NODE_TOKEN;
use traffoflex_model::{Cap, CapAsk, CapMetric};
use traffoflex_routing::cap::CapId;
use traffoflex_wire::lease::{LeaseRequest, LeaseResponse, PATH};

use crate::world::World;

const CLICK: i64 = Cap::SCALE;

fn ask(destination: &str, cap: &Cap, granted: i64, want: i64) -> CapAsk {
    CapAsk {
        cap: CapId::of(destination, &cap.key()).0,
        destination_id: destination.into(),
        granted_units: granted * CLICK,
        returned_units: 0,
        written_off_units: 0,
        spent_units: 0,
        buckets: Vec::new(),
        want_units: want * CLICK,
        click_units: CLICK,
    }
}

fn request(node: usize, asks: Vec<CapAsk>) -> Value {
    let node_id = format!("node-{node}").parse().unwrap();
    let request = LeaseRequest { node_id, lease_epoch: 7, ttl_ms: 60_000, sent_at_ms: None, asks };
    serde_json::to_value(request).unwrap()
}

fn thousand_clicks() -> Cap {
    Cap {
        metric: CapMetric::Clicks,
        limit: 1_000.into(),
        window_hours: Some(24),
        calendar_timezone: None,
        redirect_destination_id: None,
    }
}

async fn capped(world: &World, cap: &Cap) -> String {
    let body = json!({ "name": "capped", "url": "https://capped.example/?c={click_id}", "caps": [cap] });
    world.post("/api/destinations", body).await.id().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn nodes_at_two_processes_share_a_cap() {
    const NODES: usize = 12;
    let world = World::start().await;
    let cap = thousand_clicks();
    let destination = capped(&world, &cap).await;
    let second = world.stack.second_api().await.unwrap();
    let urls = [world.url(PATH), format!("{}{PATH}", second.url())];

    let mut nodes = tokio::task::JoinSet::new();
    for node in 0..NODES {
        let (client, url) = (world.client.clone(), urls[node % 2].clone());
        let (cap, destination) = (cap.clone(), destination.clone());
        nodes.spawn(async move {
            let mut granted = 0;
            for _ in 0..40 {
                let body = request(node, vec![ask(&destination, &cap, granted, 50)]);
                let answer = client.post(&url).bearer_auth(NODE_TOKEN).json(&body).send().await.unwrap();
                let answer: LeaseResponse = answer.json().await.unwrap();
                assert!(answer.unknown.is_empty());
                // Somebody else was faster, too often: come again.
                let Some(grant) = answer.grants.first() else { continue };
                let again = grant.granted_units / CLICK;
                assert!(again >= granted);
                granted = again;
            }
            granted
        });
    }
    let granted: i64 = nodes.join_all().await.into_iter().sum();
    assert_eq!(granted, 1_000, "all of it, and not one more");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_whose_clock_is_behind_is_granted_nothing_and_is_shown() {
    const DAY_MS: i64 = 24 * 3_600_000;
    let world = World::start().await;
    let cap = thousand_clicks();
    let destination = capped(&world, &cap).await;
    let granted = async |node: usize, offset_ms: i64| {
        let mut body = request(node, vec![ask(&destination, &cap, 0, 5)]);
        body["sent_at_ms"] = json!(jiff::Timestamp::now().as_millisecond() + offset_ms);
        let answer = world.call_as(Method::POST, PATH, Some(body), NODE_TOKEN).await;
        let answer: LeaseResponse = serde_json::from_value(answer.body).unwrap();
        answer.grants[0].granted_units / CLICK
    };
    assert_eq!([granted(1, -DAY_MS).await, granted(2, 0).await, granted(3, DAY_MS).await], [0, 5, 5]);
    let metrics = world.client.get(world.url("/metrics")).send().await.unwrap().text().await.unwrap();
    let value = |line: &str| {
        let of_line = |found: &str| found.strip_prefix(line)?.trim().parse::<f64>().ok();
        metrics.lines().find_map(of_line).unwrap_or_else(|| panic!("{line} is missing: {metrics}"))
    };
    assert_eq!(value("traffoflex_cap_lease_skewed_total"), 1.0);
    assert!(value("traffoflex_node_clock_offset_ms{node=\"node-1\"}") <= -DAY_MS as f64);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_is_refused_and_what_is_unknown_is_named() {
    let world = World::start().await;
    let cap = thousand_clicks();
    let destination = capped(&world, &cap).await;
    let send = async |body: Value| world.call_as(Method::POST, PATH, Some(body), NODE_TOKEN).await;

    let elsewhere = ask("no-such-destination", &cap, 0, 5);
    let answer = send(request(1, vec![ask(&destination, &cap, 0, 5), elsewhere.clone()])).await;
    assert_eq!(answer.status, 200);
    let body: LeaseResponse = serde_json::from_value(answer.body).unwrap();
    assert_eq!((body.grants.len(), body.grants[0].granted_units), (1, 5 * CLICK));
    assert_eq!(body.unknown, [elsewhere.cap]);
    // The same again, as when its answer was lost: nothing more is granted.
    let again = send(request(1, vec![ask(&destination, &cap, 0, 5)])).await;
    assert_eq!(again.body["grants"][0]["granted_units"], 5 * CLICK);

    let one = ask(&destination, &cap, 0, 5);
    let mut negative = one.clone();
    negative.spent_units = -1;
    for (field, asks) in [("asks[0].units", vec![negative]), ("asks[1].cap", vec![one.clone(), one.clone()])]
    {
        let refused = send(request(1, asks)).await;
        assert_eq!((refused.status, refused.fields()), (400, vec![field]));
    }
    let mut endless = request(1, vec![one]);
    endless["ttl_ms"] = json!(0);
    assert_eq!(send(endless).await.fields(), ["ttl_ms"]);
    assert_eq!(world.call_as(Method::POST, PATH, Some(json!({})), "wrong").await.status, 401);
}
