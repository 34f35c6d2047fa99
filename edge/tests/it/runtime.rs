//! What a node does with what it hears of the whole installation.

use std::{collections::BTreeMap, time::Duration};

use futures_util::{StreamExt, stream};
use serde_json::{Value, json};
use traffoflex_local::stack::NODE_TOKEN;

use crate::world::{Campaign, Node, World, eventually};

const PULL: [(&str, &str); 1] = [("RUNTIME_PULL_INTERVAL_MS", "200")];
/// Central computes at most every 2 seconds.
const FEED_LIMIT: Duration = Duration::from_secs(30);
const CLIENTS: usize = 16;
const MS_PER_HOUR: i64 = 3_600_000;
/// A window whose steps are an hour each.
const LONG_WINDOW_HOURS: u32 = 60;

fn now_ms() -> i64 {
    jiff::Timestamp::now().as_millisecond()
}

/// How many of so many clicks each host got.
async fn shares(node: &Node, path: &str, clicks: usize) -> BTreeMap<String, usize> {
    let hosts = stream::iter(0..clicks).map(|_| {
        let (client, path) = (node.client(), path.to_owned());
        async move {
            let answer = client.try_get(&path).await.unwrap();
            answer.location().host_str().unwrap().to_owned()
        }
    });
    let mut counts = BTreeMap::new();
    let mut hosts = hosts.buffer_unordered(CLIENTS);
    while let Some(host) = hosts.next().await {
        *counts.entry(host).or_default() += 1;
    }
    counts
}

async fn host(node: &Node, path: &str) -> String {
    node.get(path).await.location().host_str().unwrap().to_owned()
}

async fn feed_status(node: &Node) -> Value {
    let token = format!("Bearer {NODE_TOKEN}");
    let answer = node.get_with("/internal/runtime", &[("authorization", &token)]).await;
    serde_json::from_str(&answer.body).unwrap()
}

/// Workspace and stream of the campaign, as its clicks say.
async fn identity(world: &World, campaign: &Campaign) -> (String, String) {
    let sql = format!(
        "SELECT DISTINCT workspace_id, stream_id FROM click_events WHERE campaign_id = '{}' AND stream_id != '' FORMAT TSV",
        campaign.id
    );
    let row = world.rows(&sql).await;
    let (workspace, stream) = row.trim().split_once('\t').unwrap();
    (workspace.to_owned(), stream.to_owned())
}

/// Sales of this payout each.
async fn sell(
    world: &World,
    (workspace, stream): (&str, &str),
    destination: &str,
    sales: u64,
    payout: &str,
    at_ms: i64,
) {
    let sql = format!(
        "INSERT INTO conversion_events (event_id, conversion_id, version, workspace_id, stream_id, destination_id, created_at, \
         status, payout, currency) SELECT toString(generateUUIDv4()), toString(generateUUIDv4()), 1, '{workspace}', '{stream}', \
         '{destination}', fromUnixTimestamp64Milli({at_ms}), 'sale', {payout}, 'USD' FROM numbers({sales})"
    );
    world.rows(&sql).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn best_roi_follows_the_best_and_moves_when_it_turns() {
    const MIN_CLICKS: u64 = 100;
    let world = World::start().await;
    let mut offers = Vec::new();
    for name in ["a", "b", "c"] {
        offers.push(world.destination(&format!("https://{name}.example/?c={{click_id}}")).await);
    }
    let targets: Vec<Value> = offers.iter().map(|id| json!({ "destination_id": id, "weight": 1 })).collect();
    let best = json!({ "window_hours": 24, "min_clicks": MIN_CLICKS, "exploration_percent": 10 });
    let streams = json!([{ "name": "s", "strategy": "best_roi", "best_roi": best, "targets": targets }]);
    let campaign = world.campaign_with_streams("roi", streams).await;
    let node = world.node_with("node-roi", &PULL).await;

    // Too little is known: each in turn.
    let first = shares(&node, "/c/roi", 240).await;
    assert_eq!(first.values().copied().collect::<Vec<_>>(), [80, 80, 80], "{first:?}");
    world.wait_for_clicks(240).await;
    let (workspace, stream) = identity(&world, &campaign).await;
    let (id, host_b, host_c) = ((workspace.as_str(), stream.as_str()), "b.example", "c.example");

    for (n, offer) in offers.iter().enumerate() {
        let sql = format!(
            "INSERT INTO click_events (event_id, node_id, node_epoch, node_seq, workspace_id, campaign_id, stream_id, destination_id, \
             created_at, cost, decision) SELECT toString(number), 'seed-{n}', 1, number + 1, '{workspace}', '{}', '{stream}', '{offer}', \
             now64(3), 0.1, 'routed' FROM numbers(200)",
            campaign.id
        );
        world.rows(&sql).await;
    }
    // Costs are 20 each.
    for (offer, sales) in [(&offers[0], 15), (&offers[1], 60), (&offers[2], 30)] {
        sell(&world, id, offer, sales, "1", now_ms()).await;
    }
    let follows = async |what: &str, host: &str| {
        eventually(what, FEED_LIMIT, async || {
            shares(&node, "/c/roi", 30).await.get(host).is_some_and(|n| *n >= 23)
        })
        .await;
    };
    follows("b is followed", host_b).await;
    // 90 % and a third of what explores; 4.5 standard deviations on either side.
    let counts = shares(&node, "/c/roi", 2000).await;
    assert!((1815..=1918).contains(&counts[host_b]), "{counts:?}");
    for host in ["a.example", host_c] {
        assert!((30..=105).contains(&counts[host]), "{counts:?}");
    }
    sell(&world, id, &offers[2], 100, "5", now_ms()).await;
    follows("c is followed", host_c).await;
    let counts = shares(&node, "/c/roi", 500).await;
    assert!(counts[host_c] >= 440, "{counts:?}");
    // The node finds its own clicks in the feed.
    eventually("the feed holds all of the node's own events", FEED_LIMIT, async || {
        feed_status(&node).await["own_mark"] == node.stats().await["last_seq"]
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn measured_caps_close_destinations_also_after_a_restart_without_central() {
    let mut world = World::start().await;
    let cap = |metric: &str, limit: &str, hours: u32| json!({ "caps": [{ "metric": metric, "limit": limit, "window_hours": hours }] });
    let a = world.destination_with("https://a.example/?c={click_id}", cap("conversions", "2", 24)).await;
    let b = world.destination("https://b.example/?c={click_id}").await;
    let r = world
        .destination_with("https://r.example/?c={click_id}", cap("revenue", "10", LONG_WINDOW_HOURS))
        .await;
    let waterfall = |ids: &[&String]| {
        let targets: Vec<Value> = ids.iter().map(|id| json!({ "destination_id": id, "weight": 1 })).collect();
        json!([{ "name": "s", "strategy": "waterfall", "targets": targets }])
    };
    let campaign = world.campaign_with_streams("conversions", waterfall(&[&a, &b])).await;
    world.campaign_with_streams("revenue", waterfall(&[&r])).await;
    let mut node = world.node_with("node-caps", &PULL).await;
    // Until the first word of the feed nothing is spent of measured caps.
    eventually("the node has a feed", FEED_LIMIT, async || feed_status(&node).await["state"] == "fresh")
        .await;
    assert_eq!(host(&node, "/c/conversions").await, "a.example");
    assert_eq!(host(&node, "/c/revenue").await, "r.example");
    world.wait_for_clicks(2).await;
    let (workspace, _) = identity(&world, &campaign).await;

    sell(&world, (&workspace, ""), &a, 1, "1", now_ms()).await;
    eventually("the feed tells of one conversion", FEED_LIMIT, async || {
        feed_status(&node).await["caps"] == 1
    })
    .await;
    assert_eq!(host(&node, "/c/conversions").await, "a.example", "one of two");
    sell(&world, (&workspace, ""), &a, 1, "1", now_ms()).await;
    eventually("the second conversion closes it", FEED_LIMIT, async || {
        host(&node, "/c/conversions").await == "b.example"
    })
    .await;

    // Revenue counts from the start of the window's oldest hour. A step inside of that, so that a test
    // which goes on into the next hour finds it there as well.
    let oldest_ms =
        (now_ms() - i64::from(LONG_WINDOW_HOURS) * MS_PER_HOUR).div_euclid(MS_PER_HOUR) * MS_PER_HOUR;
    let counted_ms = oldest_ms + MS_PER_HOUR;
    sell(&world, (&workspace, ""), &r, 1, "100", oldest_ms - 1).await;
    sell(&world, (&workspace, ""), &r, 1, "9.99", counted_ms).await;
    eventually("the feed tells of the revenue", FEED_LIMIT, async || feed_status(&node).await["caps"] == 2)
        .await;
    assert_eq!(host(&node, "/c/revenue").await, "r.example", "9.99 of 10");
    sell(&world, (&workspace, ""), &r, 1, "0.01", counted_ms + 1).await;
    let answer = async || node.get("/c/revenue").await;
    eventually("10 close it", FEED_LIMIT, async || answer().await.status == 404).await;
    assert_eq!(answer().await.error_code(), "no_route");
    let reasons = "SELECT DISTINCT reason FROM trafficback_events FORMAT TSV";
    eventually("the reason is recorded", FEED_LIMIT, async || {
        world.rows(reasons).await.trim() == "cap_reached"
    })
    .await;
    let take_back = format!(
        "INSERT INTO conversion_events SELECT * REPLACE (version + 1 AS version, 'rejected' AS status) \
         FROM conversion_events FINAL WHERE destination_id = '{r}' AND payout < 1"
    );
    world.rows(&take_back).await;
    eventually("a sale that is taken back opens it again", FEED_LIMIT, async || answer().await.status == 302)
        .await;

    let before = feed_status(&node).await;
    assert_eq!(before["state"], "fresh");
    world.stop_central().await;
    node.stop().await;
    node.start_again().await;
    assert_eq!(host(&node, "/c/conversions").await, "b.example", "the last feed still counts");
    let after = feed_status(&node).await;
    assert_eq!((&after["state"], &after["caps"]), (&json!("stale"), &before["caps"]), "{after}");
    let (status, readyz) = node.readyz().await;
    assert_eq!((status, &readyz["dependencies"]["runtime"]["required"]), (200, &json!(false)), "{readyz}");
    eventually("failed pulls are counted", FEED_LIMIT, async || {
        feed_status(&node).await["failures_total"].as_u64() > Some(0)
    })
    .await;
    world.start_central().await;
    eventually("the feed is fresh again", FEED_LIMIT, async || feed_status(&node).await["state"] == "fresh")
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_was_at_a_destination_is_not_sent_there_by_another_node() {
    let mut world = World::start().await;
    let mut targets = Vec::new();
    for name in ["a", "b"] {
        let id = world.destination(&format!("https://{name}.example/?c={{click_id}}")).await;
        targets.push(json!({ "destination_id": id, "weight": 1 }));
    }
    let policy =
        json!({ "user_key": "sub1", "history_window_hours": 24, "exhausted_mode": "no_destination" });
    let streams =
        json!([{ "name": "s", "strategy": "waterfall", "targets": targets, "unique_policy": policy }]);
    world.campaign_with_streams("once", streams).await;
    let one = world.node_with("node-one", &PULL).await;
    let mut other = world.node_with("node-other", &PULL).await;
    let knows = async |node: &Node, visits: usize| {
        eventually(&format!("a node knows {visits} visits"), FEED_LIMIT, async || {
            feed_status(node).await["remembered_visits"] == visits
        })
        .await;
    };
    for user in 1..=5 {
        assert_eq!(host(&one, &format!("/c/once?sub1=user-{user}")).await, "a.example");
    }
    knows(&other, 5).await;
    assert_eq!(host(&other, "/c/once?sub1=user-1").await, "b.example");
    assert_eq!(host(&other, "/c/once?sub1=stranger").await, "a.example");

    knows(&one, 7).await;
    assert_eq!(one.get("/c/once?sub1=user-1").await.error_code(), "no_route", "everywhere already");
    assert_eq!(host(&one, "/c/once?sub1=stranger").await, "b.example");
    knows(&other, 8).await;

    world.stop_central().await;
    other.stop().await;
    other.start_again().await;
    knows(&other, 8).await;
    assert_eq!(
        host(&other, "/c/once?sub1=user-2").await,
        "b.example",
        "visits elsewhere outlive the process"
    );
    assert_eq!(other.get("/c/once?sub1=stranger").await.error_code(), "no_route");
}

/// A node that does not probe a destination itself goes by what the others agree on.
#[tokio::test(flavor = "multi_thread")]
async fn what_other_nodes_agree_on_reaches_a_node_that_has_no_result_of_its_own() {
    let world = World::start().await;
    let checked = json!({ "health_check": { "enabled": true } });
    let a = world.destination_with("https://a.example/?c={click_id}", checked).await;
    let b = world.destination("https://b.example/?c={click_id}").await;
    let targets: Vec<Value> =
        [&a, &b].iter().map(|id| json!({ "destination_id": id, "weight": 1 })).collect();
    world
        .campaign_with_streams("h", json!([{ "name": "s", "strategy": "waterfall", "targets": targets }]))
        .await;
    let never = ("DESTINATION_HEALTHCHECK_INTERVAL_MS", "86400000");
    let node = world.node_with("node-health", &[PULL[0], never]).await;
    assert_eq!(host(&node, "/c/h").await, "a.example");
    let report = async |state: &str| {
        let at_ms = now_ms();
        let report = json!({ "destination_id": a, "state": state, "since_ms": at_ms, "latency_ms": 5, "checked_at_ms": at_ms });
        let batch = json!({ "node_id": "far-away", "interval_ms": 60_000, "reports": [report] });
        let url = format!("{}/internal/v1/health", world.central_url());
        let answer =
            reqwest::Client::new().post(url).bearer_auth(NODE_TOKEN).json(&batch).send().await.unwrap();
        assert_eq!(answer.status(), 204);
    };
    report("unhealthy").await;
    eventually("the node skips it", FEED_LIMIT, async || host(&node, "/c/h").await == "b.example").await;
    report("healthy").await;
    eventually("the node uses it again", FEED_LIMIT, async || host(&node, "/c/h").await == "a.example").await;
}
