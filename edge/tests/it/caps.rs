//! Caps over several nodes: never more than the limit, and in the end nearly all of it.

mod clicks;
mod link;

use std::time::Duration;

use clicks::{Went, count, send};
use link::Link;
use serde_json::{Value, json};

use crate::world::{Node, World, eventually};

const LIMIT: Duration = Duration::from_secs(120);
/// In a day, far from its end or not: a rolling window has none.
const WINDOW_HOURS: u32 = 24;
const CAPPED: &str = "capped.example";
const OVERFLOW: &str = "overflow.example";
const FAST: [(&str, &str); 1] = [("CAP_LEASE_INTERVAL_MS", "200")];

fn clicks_cap(limit: &str) -> Value {
    json!({ "caps": [{ "metric": "clicks", "limit": limit, "window_hours": WINDOW_HOURS }] })
}

/// A campaign whose clicks go to a capped destination, and past its cap to another. The capped one's id.
async fn waterfall(world: &World, slug: &str, capped: Value) -> String {
    let first = world.destination_with(&format!("https://{CAPPED}/?c={{click_id}}"), capped).await;
    let second = world.destination(&format!("https://{OVERFLOW}/?c={{click_id}}")).await;
    let target = |id: &str| json!({ "destination_id": id, "weight": 1 });
    let stream =
        json!({ "name": "s", "strategy": "waterfall", "targets": [target(&first), target(&second)] });
    world.campaign_with_streams(slug, json!([stream])).await;
    first
}

async fn stored(world: &World, destination: &str) -> usize {
    let sql = format!("SELECT count() FROM click_events FINAL WHERE destination_id = '{destination}'");
    world.rows(&sql).await.trim().parse().unwrap()
}

async fn all_stored(world: &World) -> usize {
    world.rows("SELECT count() FROM click_events FINAL").await.trim().parse().unwrap()
}

/// Every leased cap has something to spend.
async fn wait_for_leases(node: &Node, leased: u64) {
    eventually("the node holds its first leases", LIMIT, async || {
        let caps = &node.readyz().await.1["dependencies"]["caps"];
        caps["leased"] == leased && caps["dry"] == 0
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn three_nodes_never_pass_the_cap_and_use_it_up() {
    const CAP: usize = 1_000;
    const CLICKS: usize = 50_000;
    let world = World::start().await;
    let capped = waterfall(&world, "shared", clicks_cap(&CAP.to_string())).await;
    let link = Link::to(world.central_addr()).await;
    let through_link = [FAST[0], ("CENTRAL_URL", &link.url())];
    let nodes = [
        world.node_with("node-a", &FAST).await,
        world.node_with("node-b", &FAST).await,
        world.node_with("node-c", &through_link).await,
    ];
    for node in &nodes {
        wait_for_leases(node, 1).await;
    }
    let went = Went::default();
    let addr = |node: usize| nodes[node].addr();
    let mut sent = 0;
    let mut send_to = async |to: &[usize], clicks: usize| {
        let sends = to.iter().map(|node| send(addr(*node), "/c/shared", clicks, &went));
        futures_util::future::join_all(sends).await;
        sent += clicks * to.len();
        assert!(count(&went, CAPPED) <= CAP, "{} went there", count(&went, CAPPED));
        sent
    };

    // The budget is about half used, and each node holds some of the rest.
    while count(&went, CAPPED) < CAP / 2 {
        send_to(&[0, 1, 2], 20).await;
    }
    wait_for_leases(&nodes[2], 1).await;
    link.cut();
    // The cut-off node spends some of what it holds, and nothing else.
    send_to(&[2], 3).await;
    send_to(&[0, 1], 12_000).await;
    let during = count(&went, CAPPED);
    assert!(during < CAP, "the cut-off node holds the rest");
    link.heal();
    // What it holds and does not need comes back to the others.
    let mut sent = 0;
    eventually("the leases came back", LIMIT, async || {
        sent = send_to(&[0, 1], 200).await;
        count(&went, CAPPED) >= CAP * 99 / 100
    })
    .await;
    let rest = CLICKS.saturating_sub(sent) / 3 + 1;
    let sent = send_to(&[0, 1, 2], rest).await;

    assert!(sent >= CLICKS);
    for node in &nodes {
        node.wait_until_drained().await;
    }
    eventually("all clicks are stored", LIMIT, async || all_stored(&world).await == sent).await;
    let there = stored(&world, &capped).await;
    assert!((CAP * 99 / 100..=CAP).contains(&there), "{there} of {CAP} went there");
    assert_eq!(there, count(&went, CAPPED), "what was answered is what is stored");
    assert_eq!(count(&went, OVERFLOW), sent - there, "the others went to the next target");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_node_neither_exceeds_the_cap_nor_loses_its_lease() {
    const CAP: usize = 400;
    const KILLS: usize = 6;
    let world = World::start().await;
    let capped = waterfall(&world, "killed", clicks_cap(&CAP.to_string())).await;
    let mut nodes = [world.node_with("node-a", &FAST).await, world.node_with("node-b", &FAST).await];
    for node in &nodes {
        wait_for_leases(node, 1).await;
    }
    let went = Went::default();
    for _ in 0..KILLS {
        let addrs = [nodes[0].addr(), nodes[1].addr()];
        let load = async {
            tokio::join!(send(addrs[0], "/c/killed", 60, &went), send(addrs[1], "/c/killed", 20, &went))
        };
        let before = count(&went, CAPPED) + count(&went, OVERFLOW);
        let killed = nodes.first_mut().unwrap();
        let kill = async {
            eventually("clicks are under way", LIMIT, async || {
                count(&went, CAPPED) + count(&went, OVERFLOW) > before + 10
            })
            .await;
            killed.kill_and_restart().await;
        };
        tokio::join!(load, kill);
        assert!(count(&went, CAPPED) <= CAP);
    }
    eventually("the rest of the cap is used", LIMIT, async || {
        send(nodes[0].addr(), "/c/killed", 20, &went).await;
        send(nodes[1].addr(), "/c/killed", 20, &went).await;
        stored(&world, &capped).await >= CAP * 99 / 100
    })
    .await;
    for node in &nodes {
        node.wait_until_drained().await;
    }
    let there = stored(&world, &capped).await;
    assert!(there <= CAP, "{there} of {CAP}");
}

#[tokio::test(flavor = "multi_thread")]
async fn reached_caps_point_elsewhere_or_are_named() {
    let world = World::start().await;
    let instead = world.destination("https://instead.example/?c={click_id}").await;
    let cost = json!([{ "metric": "cost", "limit": "1", "window_hours": WINDOW_HOURS }]);
    let by_cost = waterfall(&world, "cost", json!({ "caps": cost })).await;
    let redirect = json!([{ "metric": "clicks", "limit": "3", "calendar_timezone": "Europe/Berlin", "redirect_destination_id": instead }]);
    waterfall(&world, "redirect", json!({ "caps": redirect })).await;
    let alone = world.destination_with("https://alone.example/?c={click_id}", clicks_cap("2")).await;
    let targets = json!([{ "destination_id": alone, "weight": 1 }]);
    world.campaign_with_streams("alone", json!([{ "name": "s", "targets": targets }])).await;
    let mut node = world.node_with("node-a", &FAST).await;
    wait_for_leases(&node, 3).await;

    let went = Went::default();
    eventually("as many clicks as the cost cap pays for", LIMIT, async || {
        send(node.addr(), "/c/cost?cost=0.07&currency=USD", 5, &went).await;
        count(&went, CAPPED) >= 14
    })
    .await;
    send(node.addr(), "/c/cost?cost=0.07&currency=USD", 50, &went).await;
    assert_eq!(count(&went, CAPPED), 14, "14 x 0.07 = 0.98");
    let host = async |node: &Node, path: &str| {
        let went = Went::default();
        send(node.addr(), path, 1, &went).await;
        went.lock().unwrap().keys().next().cloned().unwrap()
    };
    assert_eq!(host(&node, "/c/cost?cost=0").await, CAPPED, "a free click takes nothing");
    eventually("a cheaper click takes what is left", LIMIT, async || {
        host(&node, "/c/cost?cost=0.02").await == CAPPED
    })
    .await;
    assert_eq!(host(&node, "/c/cost?cost=0.02").await, OVERFLOW);

    let went = Went::default();
    eventually("three clicks", LIMIT, async || {
        send(node.addr(), "/c/redirect", 1, &went).await;
        count(&went, CAPPED) == 3
    })
    .await;
    send(node.addr(), "/c/redirect", 20, &went).await;
    assert_eq!((count(&went, CAPPED), count(&went, OVERFLOW)), (3, 0));
    assert!(count(&went, "instead.example") >= 20);

    let went = Went::default();
    eventually("two clicks", LIMIT, async || {
        send(node.addr(), "/c/alone", 1, &went).await;
        count(&went, "alone.example") == 2
    })
    .await;
    send(node.addr(), "/c/alone", 5, &went).await;
    assert_eq!(count(&went, "alone.example"), 2);
    assert!(count(&went, "404") >= 5);
    eventually("the reason is stored", LIMIT, async || {
        let sql = "SELECT count() FROM trafficback_events FINAL WHERE reason = 'cap_reached'";
        world.rows(sql).await.trim().parse::<usize>().unwrap() >= 5
    })
    .await;

    // What is spent stays spent, whatever becomes of the node's memory.
    node.kill_and_restart().await;
    let went = Went::default();
    send(node.addr(), "/c/redirect", 5, &went).await;
    send(node.addr(), "/c/alone", 5, &went).await;
    assert_eq!((count(&went, CAPPED), count(&went, "alone.example")), (0, 0));
    node.wait_until_drained().await;
    let sql = format!("SELECT sum(cost) FROM click_events FINAL WHERE destination_id = '{by_cost}'");
    assert_eq!(world.rows(&sql).await.trim(), "1");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_central_a_node_spends_what_it_holds_and_then_follows_the_policy() {
    let mut world = World::start().await;
    waterfall(&world, "alone", clicks_cap("100")).await;
    let closed = world.node_with("node-closed", &FAST).await;
    let open = world.node_with("node-open", &[FAST[0], ("CAP_FAILURE_POLICY", "open")]).await;
    wait_for_leases(&closed, 1).await;
    wait_for_leases(&open, 1).await;
    world.stop_central().await;

    let went = Went::default();
    send(closed.addr(), "/c/alone", 300, &went).await;
    let held = count(&went, CAPPED);
    assert!((1..=50).contains(&held), "it holds a first lease or little more: {held}");

    let went = Went::default();
    eventually("central counts as silent, and clicks pass", LIMIT, async || {
        send(open.addr(), "/c/alone", 10, &went).await;
        count(&went, CAPPED) > 100
    })
    .await;
    let metrics = open.get("/metrics").await.body;
    assert!(metrics.contains("traffoflex_cap_lease_overshoot_clicks_total"), "{metrics}");
    assert_eq!(open.readyz().await.1["dependencies"]["caps"]["state"], "central_silent");

    world.start_central().await;
    eventually("central hears of the overshoot, and nobody gets any more", LIMIT, async || {
        let went = Went::default();
        send(open.addr(), "/c/alone", 10, &went).await;
        open.readyz().await.1["dependencies"]["caps"]["state"] == "leased" && count(&went, CAPPED) == 0
    })
    .await;
    // It may have been first at central, which did not know of the overshoot yet.
    eventually("the other node gets no more either", LIMIT, async || {
        let went = Went::default();
        send(closed.addr(), "/c/alone", 50, &went).await;
        count(&went, CAPPED) == 0
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stopped_node_returns_what_it_holds() {
    const CAP: usize = 200;
    let world = World::start().await;
    let capped = waterfall(&world, "stopped", clicks_cap(&CAP.to_string())).await;
    let mut stopped = world.node_with("node-a", &FAST).await;
    let other = world.node_with("node-b", &FAST).await;
    wait_for_leases(&stopped, 1).await;
    wait_for_leases(&other, 1).await;
    let went = Went::default();
    send(stopped.addr(), "/c/stopped", 50, &went).await;
    stopped.stop().await;
    eventually("the other node has all the rest", LIMIT, async || {
        send(other.addr(), "/c/stopped", 20, &went).await;
        count(&went, CAPPED) == CAP
    })
    .await;
    send(other.addr(), "/c/stopped", 100, &went).await;
    other.wait_until_drained().await;
    stopped.start_again().await;
    stopped.wait_until_drained().await;
    assert_eq!(stored(&world, &capped).await, CAP);
}
