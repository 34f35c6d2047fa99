//! Destinations that fail, as a node sees them, and as several nodes agree on them at central.

mod offer;

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    time::Duration,
};

use offer::Offer;
use reqwest::Client;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use traffoflex_local::{
    dns_server::{Answer, DnsServer},
    stack::{BOOTSTRAP_TOKEN, NODE_TOKEN},
};

use crate::world::{Node, World, eventually};

const LIMIT: Duration = Duration::from_secs(40);
const LOOPBACK_ALLOWED: (&str, &str) = ("PROBE_ALLOWED_CIDRS", "127.0.0.0/8");
const OFTEN: (&str, &str) = ("DESTINATION_HEALTHCHECK_INTERVAL_MS", "150");
/// Only who asks for it is probed.
const NEVER: (&str, &str) = ("DESTINATION_HEALTHCHECK_INTERVAL_MS", "86400000");
const TIMEOUT: (&str, &str) = ("DESTINATION_HEALTHCHECK_TIMEOUT_MS", "2000");

/// Where a click is sent.
async fn host_of_click(node: &Node, slug: &str) -> String {
    let answer = node.get(&format!("/c/{slug}")).await;
    assert_eq!(answer.status, 302, "no click is lost: {}", answer.body);
    let location = answer.location();
    format!("{}:{}", location.host_str().unwrap(), location.port().unwrap_or(80))
}

async fn post(url: String, token: &str) -> (u16, Value) {
    let answer = Client::new().post(url).bearer_auth(token).send().await.unwrap();
    (answer.status().as_u16(), answer.json().await.unwrap_or_default())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failing_destination_is_skipped_and_comes_back() {
    let world = World::start().await;
    let offer = Offer::start().await;
    let (main, backup) = (offer.addr.to_string(), "backup.example:80");
    let destination = world.checked(&format!("http://{main}/?cid={{click_id}}")).await;
    let second = world.destination("http://backup.example/?cid={click_id}").await;
    world.in_order("both", &[&destination, &second]).await;
    world.in_order("only", &[&destination]).await;
    let node = world.node_with("node-h", &[LOOPBACK_ALLOWED, OFTEN, TIMEOUT]).await;
    world.wait_for_health(&destination, "healthy").await;
    let mut clicks = 0;
    let mut click = async || {
        clicks += 1;
        host_of_click(&node, "both").await
    };
    assert_eq!(click().await, main);
    assert_eq!(offer.failed(), 0);

    offer.answer(502);
    let mut failed_before = 0;
    eventually("clicks go to the next target", LIMIT, async || {
        let failed = offer.failed();
        let skipped = click().await == backup;
        if !skipped {
            failed_before = failed;
        }
        skipped
    })
    .await;
    assert!(offer.failed() >= 3, "not before three failures: {}", offer.failed());
    assert!(failed_before <= 3, "three failures are enough: {failed_before}");
    let lost = node.get("/c/only").await;
    assert_eq!((lost.status, lost.error_code()), (404, "no_route".to_owned()));
    world.wait_for_health(&destination, "unhealthy").await;
    let health = world.health(&destination).await;
    assert_eq!(health["nodes"]["node-h"]["error"], "HTTP 502", "{health}");
    let (status, ready) = node.readyz().await;
    assert_eq!(status, 200);
    let of = &ready["dependencies"]["health_checks"]["of"];
    assert_eq!((&of["destinations"], &of["unhealthy"]), (&1.into(), &1.into()), "{ready}");
    let metrics = node.get("/metrics").await.body;
    for line in [
        "traffoflex_health_probes_total{result=\"status\"}",
        "traffoflex_health_destinations{state=\"unhealthy\"} 1",
        "traffoflex_health_transitions_total{to=\"unhealthy\"} 1",
    ] {
        assert!(metrics.contains(line), "{line} in {metrics}");
    }

    offer.answer(404);
    eventually("clicks go to it again", LIMIT, async || click().await == main).await;
    world.wait_for_health(&destination, "healthy").await;
    let node_rows = ["unknown healthy", "healthy degraded", "degraded unhealthy", "unhealthy healthy"];
    let history = world.history(&destination).await;
    let of_node = |kind: &str| {
        let prefix = format!("{kind} node-h ");
        let rows = history.iter().filter_map(|row| row.strip_prefix(&prefix).map(str::to_owned));
        rows.collect::<Vec<_>>()
    };
    // A report that is overtaken by the next one is not told.
    let told = of_node("node");
    assert_eq!(
        (told.first(), told.last()),
        (Some(&node_rows[0].into()), Some(&node_rows[3].into())),
        "{history:?}"
    );
    assert_eq!(told, of_node("agreement"), "one node decides alone");

    world.wait_for_clicks(clicks + 1).await;
    let sql = format!(
        "SELECT previous, current, error FROM destination_health_events FINAL WHERE destination_id = '{destination}' \
         AND node_id = 'node-h' ORDER BY node_seq FORMAT TSV"
    );
    let events = "unknown\thealthy\t\nhealthy\tdegraded\tHTTP 502\ndegraded\tunhealthy\tHTTP 502\nunhealthy\thealthy\t\n";
    eventually("events are in ClickHouse", LIMIT, async || world.rows(&sql).await == events).await;
    let reasons = "SELECT DISTINCT reason FROM trafficback_events FINAL FORMAT TSV";
    assert_eq!(world.rows(reasons).await, "destination_unhealthy\n");
    let report = world.report("health", &[("destination", &destination)]).await;
    let row = &report["items"][0];
    assert_eq!(
        (&row["transitions"], &row["outages"], &row["last_state"]),
        (&4.into(), &1.into(), &"healthy".into()),
        "{report}"
    );
    assert_eq!((&report["total"], row["destination_name"].is_string()), (&1.into(), true), "{report}");
    world.assert_audit_is_clean().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_longer_checked_is_no_longer_skipped() {
    let world = World::start().await;
    let offer = Offer::start().await;
    let destination = world.checked(&format!("http://{}/", offer.addr)).await;
    world.in_order("checked", &[&destination]).await;
    offer.answer(503);
    let node = world.node_with("node-off", &[LOOPBACK_ALLOWED, OFTEN]).await;
    world.wait_for_health(&destination, "unhealthy").await;
    assert_eq!(node.get("/c/checked").await.status, 404);
    world.patch("/api/destinations", &destination, json!({ "health_check": { "enabled": false } })).await;
    eventually("clicks go there", LIMIT, async || node.get("/c/checked").await.status == 302).await;
    world.wait_for_health(&destination, "unknown").await;
    assert_eq!(world.health(&destination).await["nodes"], json!({}));
}

#[tokio::test(flavor = "multi_thread")]
async fn central_learns_later_what_changed_while_it_was_away() {
    let mut world = World::start().await;
    let offer = Offer::start().await;
    let destination = world.checked(&format!("http://{}/?cid={{click_id}}", offer.addr)).await;
    world.in_order("alone", &[&destination]).await;
    let mut node = world.node_with("node-o", &[LOOPBACK_ALLOWED, OFTEN]).await;
    world.wait_for_health(&destination, "healthy").await;
    world.stop_central().await;
    offer.answer(500);
    eventually("the node goes by what it sees", LIMIT, async || node.get("/c/alone").await.status == 404)
        .await;
    world.start_central().await;
    world.wait_for_health(&destination, "unhealthy").await;
    let sql = format!(
        "SELECT arrayStringConcat(groupArray(current), ' ') FROM (SELECT * FROM destination_health_events FINAL \
         WHERE destination_id = '{destination}' ORDER BY node_seq) FORMAT TSV"
    );
    let is_there = async || world.rows(&sql).await == "healthy degraded unhealthy\n";
    eventually("no change is lost", LIMIT, is_there).await;
    node.wait_until_drained().await;
    node.stop().await;
    node.start_again().await;
    eventually("a new life finds out anew", LIMIT, async || node.get("/c/alone").await.status == 404).await;
    node.wait_until_drained().await;
    world.assert_audit_is_clean().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_probe_can_be_asked_for() {
    let mut world = World::start().await;
    let offer = Offer::start().await;
    let destination = world.checked(&format!("http://{}/?c={{click_id}}", offer.addr)).await;
    let unchecked = world.destination(&format!("http://{}/", offer.addr)).await;
    world.in_order("asked", &[&destination]).await;
    let node = world.node_with("node-m", &[LOOPBACK_ALLOWED, NEVER]).await;
    let closed = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    world
        .restart_central_with("TRAFFIC_SERVICE_URL", &format!("http://{},http://{closed}", node.addr()))
        .await;

    let central =
        |world: &World, id: &str| format!("{}/api/destinations/{id}/healthcheck", world.central_url());
    let (status, answer) = post(central(&world, &destination), BOOTSTRAP_TOKEN).await;
    assert_eq!(status, 200, "{answer}");
    let (probed, other) = (&answer["results"][0], &answer["results"][1]);
    assert_eq!((&probed["node_id"], &probed["succeeded"]), (&"node-m".into(), &true.into()), "{answer}");
    assert_eq!((&probed["http_status"], &probed["state"]), (&200.into(), &"healthy".into()), "{answer}");
    assert!(other["failed"].as_str().unwrap().contains("cannot be reached"), "{answer}");
    world.wait_for_health(&destination, "healthy").await;

    offer.answer(500);
    let mut states = Vec::new();
    for _ in 0..3 {
        let (_, answer) = post(central(&world, &destination), BOOTSTRAP_TOKEN).await;
        assert_eq!(answer["results"][0]["error"], "HTTP 500");
        states.push(answer["results"][0]["state"].clone());
    }
    assert_eq!(states, ["degraded", "degraded", "unhealthy"]);
    assert_eq!(offer.failed(), 3, "each is one probe");
    assert_eq!(node.get("/c/asked").await.status, 404, "what was asked for counts");
    world.wait_for_health(&destination, "unhealthy").await;

    let (status, answer) = post(central(&world, &unchecked), BOOTSTRAP_TOKEN).await;
    let probed = &answer["results"][0];
    assert_eq!((status, &probed["succeeded"], &probed["state"]), (200, &false.into(), &"unknown".into()));
    assert_eq!(post(central(&world, "nothing"), BOOTSTRAP_TOKEN).await.0, 404);

    let of_node = |id: &str| format!("http://{}/internal/destinations/{id}/healthcheck", node.addr());
    assert_eq!(post(of_node(&destination), "no-such-token-0123").await.0, 401);
    assert_eq!(post(of_node("nothing"), NODE_TOKEN).await.0, 404);
    world.restart_central_with("TRAFFIC_SERVICE_URL", &format!("http://{closed}")).await;
    let (status, answer) = post(central(&world, &destination), BOOTSTRAP_TOKEN).await;
    assert_eq!((status, &answer["error"]["code"]), (504, &"nodes_unreachable".into()), "{answer}");
    assert_eq!(answer["error"]["details"][0]["field"], format!("http://{closed}"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_public_is_never_dialled() {
    let world = World::start().await;
    let dns = DnsServer::start().await.unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let dialled = Arc::new(AtomicUsize::new(0));
    let count = dialled.clone();
    tokio::spawn(async move {
        while listener.accept().await.is_ok() {
            count.fetch_add(1, SeqCst);
        }
    });
    dns.set("inside.example", vec![Answer::Ip("127.0.0.1".parse().unwrap())]);
    dns.set("mapped.example", vec![Answer::Ip("::ffff:127.0.0.1".parse().unwrap())]);
    dns.set("metadata.example", vec![Answer::Ip("169.254.169.254".parse().unwrap())]);
    let inside = world.checked(&format!("http://inside.example:{port}/")).await;
    let mapped = world.checked(&format!("http://mapped.example:{port}/")).await;
    let metadata = world.checked("http://metadata.example/latest/").await;
    let literal = world.checked(&format!("http://127.0.0.1:{port}/")).await;
    let servers = dns.address().to_string();
    let node = world.node_with("node-s", &[("DNS_SERVERS", &servers), OFTEN]).await;
    for (destination, said) in [
        (&inside, "refused: inside.example resolves to 127.0.0.1, which is not a public address (loopback)"),
        (
            &mapped,
            "refused: mapped.example resolves to ::ffff:127.0.0.1, which is not a public address (loopback)",
        ),
        (
            &metadata,
            "refused: metadata.example resolves to 169.254.169.254, which is not a public address (link-local)",
        ),
        (&literal, "refused: 127.0.0.1 is not a public address (loopback)"),
    ] {
        world.wait_for_health(destination, "unhealthy").await;
        assert_eq!(world.health(destination).await["nodes"]["node-s"]["error"], said);
        let url = format!("http://{}/internal/destinations/{destination}/healthcheck", node.addr());
        let (status, answer) = post(url, NODE_TOKEN).await;
        assert_eq!((status, &answer["error"]), (200, &said.into()), "asked for, it is refused as well");
    }
    assert_eq!(dialled.load(SeqCst), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_nodes_have_to_agree() {
    let world = World::start().await;
    let offer = Offer::start().await;
    let (dns_a, dns_b) = (DnsServer::start().await.unwrap(), DnsServer::start().await.unwrap());
    // Nobody listens at the second address.
    let (up, down) = ("127.0.0.1".parse().unwrap(), "127.0.0.2".parse().unwrap());
    dns_a.set("offer.example", vec![Answer::Ip(up)]);
    dns_b.set("offer.example", vec![Answer::Ip(down)]);
    let main = format!("offer.example:{}", offer.addr.port());
    let destination = world.checked(&format!("http://{main}/?cid={{click_id}}")).await;
    let backup = world.destination("http://backup.example/?cid={click_id}").await;
    world.in_order("two", &[&destination, &backup]).await;
    let start = async |name: &str, dns: &DnsServer| {
        let servers = dns.address().to_string();
        world.node_with(name, &[LOOPBACK_ALLOWED, OFTEN, TIMEOUT, ("DNS_SERVERS", &servers)]).await
    };
    let (a, b) = (start("node-a", &dns_a).await, start("node-b", &dns_b).await);
    eventually("the one that sees it down skips it", LIMIT, async || {
        host_of_click(&b, "two").await == "backup.example:80"
    })
    .await;
    assert_eq!(host_of_click(&a, "two").await, main, "the other sends clicks there");
    eventually("central has heard both", LIMIT, async || {
        let health = world.health(&destination).await;
        health["current"] == "degraded"
            && health["nodes"]["node-a"]["state"] == "healthy"
            && health["nodes"]["node-b"]["state"] == "unhealthy"
    })
    .await;

    dns_a.set("offer.example", vec![Answer::Ip(down)]);
    world.wait_for_health(&destination, "unhealthy").await;
    assert_eq!(host_of_click(&a, "two").await, "backup.example:80");
    let history = world.history(&destination).await;
    let tail: Vec<&str> = history.iter().rev().take(2).rev().map(String::as_str).collect();
    assert_eq!(
        tail,
        ["node node-a degraded unhealthy", "agreement node-a degraded unhealthy"],
        "the last node tips it: {history:?}"
    );

    dns_b.set("offer.example", vec![Answer::Ip(up)]);
    world.wait_for_health(&destination, "degraded").await;
    dns_a.set("offer.example", vec![Answer::Ip(up)]);
    world.wait_for_health(&destination, "healthy").await;
    assert_eq!((host_of_click(&a, "two").await, host_of_click(&b, "two").await), (main.clone(), main));
}

#[tokio::test(flavor = "multi_thread")]
async fn changes_of_health_go_through_kafka_as_well() {
    let world = World::start_with_kafka().await;
    let offer = Offer::start().await;
    let destination = world.checked(&format!("http://{}/", offer.addr)).await;
    let sink = [("EVENT_SINK", "redpanda"), ("EVENT_BROKERS", world.brokers())];
    let node = world.node_with("node-k", &[LOOPBACK_ALLOWED, OFTEN, sink[0], sink[1]]).await;
    let sql = format!(
        "SELECT previous, current, workspace_id != '', event_id = concat('node-k.', toString(node_epoch), '.', toString(node_seq)) \
         FROM destination_health_events FINAL WHERE destination_id = '{destination}' FORMAT TSV"
    );
    let is_there = async || world.rows(&sql).await == "unknown\thealthy\t1\t1\n";
    eventually("the event is in ClickHouse", LIMIT, is_there).await;
    node.wait_until_drained().await;
    world.assert_audit_is_clean().await;
}
