//! The whole promise at once: two nodes, everything killed or stopped in the middle, and in the end the
//! report says what the generator's own ledger says, to the cent, and each source heard of each
//! conversion what it was to hear, under one key however often it was repeated.

mod clicks;
mod generator;
mod receiver;

use std::{
    collections::HashSet,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    time::Duration,
};

use clicks::Clicks;
use generator::Plan;
use receiver::Receiver;
use reqwest::Method;
use rust_decimal::Decimal;
use serde_json::{Value, json};

use crate::world::{PostbackNode, World, eventually};

const CLICKS: usize = 50_000;
const POSTBACKS: usize = 5_000;
/// Of the clicks, those made while postbacks are sent.
const LATE_CLICKS: usize = 5_000;
const CALLERS: usize = 16;
/// How long all of it may take to settle after the last answer.
const SETTLED: Duration = Duration::from_secs(180);
/// What a euro is worth in the report.
const EUR_IN_USD: &str = "1.1";
const SECRET: &str = "a secret of the network";

#[tokio::test(flavor = "multi_thread")]
async fn everything_fails_in_the_middle_and_the_ledger_agrees() {
    let mut world = World::start_with_kafka().await;
    let receiver = Receiver::start().await;
    set_up(&world, &receiver).await;
    let mut clicked = world.node("clicks").await;
    let early = CLICKS - LATE_CLICKS;
    let clicks = Arc::new(Clicks::of(clicked.client(), CLICKS));
    clicks.make(0..early).await;
    world.wait_for_clicks(early).await;

    let plan = Arc::new(Plan::of(POSTBACKS, early, LATE_CLICKS, 20_261_121));
    let open = [("OUTBOUND_ALLOWED_CIDRS", "127.0.0.1/32"), ("OUTBOUND_RETRY_BACKOFF_MS", "200")];
    let broker = [open[0], open[1], ("EVENT_SINK", "redpanda"), ("EVENT_BROKERS", world.brokers())];
    let mut first = world.postback_node_with("pb-a", &open).await;
    let mut second = world.postback_node_with("pb-b", &broker).await;
    let urls = Arc::new([first.url(), second.url()]);

    let answered = Arc::new(AtomicUsize::new(0));
    let next = Arc::new(AtomicUsize::new(0));
    let callers: Vec<_> = (0..CALLERS)
        .map(|_| {
            tokio::spawn(call(plan.clone(), clicks.clone(), next.clone(), urls.clone(), answered.clone()))
        })
        .collect();
    let of_conversions: HashSet<usize> = plan.clicks_from(early).into_iter().collect();
    let others = (early..CLICKS).filter(move |n| !of_conversions.contains(n));
    let late = tokio::spawn({
        let clicks = clicks.clone();
        async move { clicks.make(others).await }
    });

    // Each failure begins when so many postbacks were answered, and ends when more were.
    let reached = async |share: usize| {
        let goal = POSTBACKS * share / 100;
        eventually(&format!("{goal} postbacks are answered"), SETTLED, async || {
            answered.load(Relaxed) >= goal
        })
        .await;
    };
    reached(10).await;
    first.kill_and_restart().await;
    reached(20).await;
    clicked.kill_and_restart().await;
    reached(25).await;
    world.kill_central();
    reached(40).await;
    world.start_central().await;
    second.kill_and_restart().await;
    reached(55).await;
    world.stop_clickhouse().await;
    reached(70).await;
    world.start_clickhouse().await;
    first.kill_and_restart().await;
    reached(75).await;
    world.stop_kafka().await;
    reached(85).await;
    world.start_kafka().await;
    for caller in callers {
        caller.await.unwrap();
    }
    late.await.unwrap();

    let ledger = plan.ledger(EUR_IN_USD.parse().unwrap());
    clicked.wait_until_drained().await;
    settled(&[&first, &second]).await;
    agrees(&world, &ledger, &clicks).await;
    let counted = world.click_id_counts().await;
    assert!(counted.values().all(|times| *times == 1), "a click counts twice");
    let lost = clicks.ids().filter(|id| !counted.contains_key(*id)).count();
    assert_eq!(lost, 0, "of the clicks that were answered");
    receiver.assert_heard(&plan.due_calls());
    // The log comes by a topic of its own, behind the conversions.
    eventually("no event is missing", SETTLED, async || world.audit().await.clean).await;
    world.assert_audit_is_clean().await;
}

/// Two sources that want to hear of sales, and one of them also of leads and rejections.
async fn set_up(world: &World, receiver: &Receiver) {
    let call = |path: &str, statuses: Value| {
        let url = format!(
            "{}/{path}?x={{source_click_id}}&conversion={{conversion_id}}&transaction={{transaction_id}}&status={{status}}&payout={{payout}}",
            receiver.url()
        );
        json!({ "name": path, "method": "GET", "url": url, "statuses": statuses })
    };
    for (slug, calls) in [
        ("alpha", json!([call("alpha", json!(["sale"]))])),
        ("beta", json!([call("beta", json!(["sale"])), call("beta-others", json!(["lead", "rejected"]))])),
    ] {
        let body = json!({ "name": slug, "slug": slug, "postbacks": calls });
        world.admin(Method::POST, "/api/traffic-sources", body).await;
    }
    world.campaign("recon", "https://offer.example/?cid={click_id}").await;
    let template = json!({ "name": "Acme", "slug": "acme", "secret": SECRET, "currency": "USD" });
    let template = world.admin(Method::POST, "/api/postback-templates", template).await;
    let network = json!({ "name": "Acme", "slug": "acme", "template_id": template["id"] });
    world.admin(Method::POST, "/api/affiliate-networks", network).await;
    let rates = json!({ "items": [{ "currency": "EUR", "date": "2026-01-01", "rate": EUR_IN_USD }] });
    world.admin(Method::PUT, "/api/currency-rates", rates).await;
}

/// Sends conversions, each to its end before the next, until there is none left.
async fn call(
    plan: Arc<Plan>,
    clicks: Arc<Clicks>,
    next: Arc<AtomicUsize>,
    urls: Arc<[String; 2]>,
    answered: Arc<AtomicUsize>,
) {
    let client = reqwest::Client::builder().timeout(Duration::from_secs(20)).build().unwrap();
    while let Some(planned) = plan.conversions.get(next.fetch_add(1, Relaxed)) {
        // One that is not made yet is made now, and may come to the warehouse later than its conversion.
        let click_id = planned.click.named(&clicks.id(planned.click.number).await);
        for step in &planned.steps {
            let query = planned.query(step, &click_id, SECRET);
            let to: &[usize] = if step.both { &[0, 1] } else { std::slice::from_ref(&step.node) };
            let sent = to.iter().map(|node| deliver(&client, &urls[*node], &query));
            let ids = futures_util::future::join_all(sent).await;
            assert!(ids.iter().all(|id| *id == ids[0]), "one conversion, one id: {ids:?}");
            answered.fetch_add(1, Relaxed);
            // What a network says next it says later.
            let now = now_ms();
            while now_ms() <= now {
                tokio::task::yield_now().await;
            }
        }
    }
}

/// As a network does: again until it is answered. Returns the conversion's id.
async fn deliver(client: &reqwest::Client, url: &str, query: &[(&'static str, String)]) -> String {
    loop {
        let Ok(answer) = client.get(format!("{url}/pb/acme")).query(query).send().await else {
            // Down between two lives.
            tokio::task::yield_now().await;
            continue;
        };
        let status = answer.status();
        let Ok(text) = answer.text().await else { continue };
        assert_eq!(status, 200, "{text}");
        let body: Value = serde_json::from_str(&text).unwrap();
        return body["conversion_id"].as_str().unwrap().to_owned();
    }
}

fn now_ms() -> u128 {
    std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_millis()
}

/// Nothing waits any more: not in a journal, not in a queue of calls, not in an outbox.
async fn settled(nodes: &[&PostbackNode]) {
    for node in nodes {
        eventually("everything has left the node", SETTLED, async || node.is_settled().await).await;
    }
}

async fn agrees(world: &World, ledger: &generator::Ledger, clicks: &Clicks) {
    let wanted = |counts: &generator::Counts| {
        json!({ "conversions": counts.leads + counts.sales, "leads": counts.leads, "sales": counts.sales,
            "rejected": counts.rejected })
    };
    let counts_of = |row: &Value| {
        let of = |name: &str| row[name].clone();
        json!({ "conversions": of("conversions"), "leads": of("leads"), "sales": of("sales"), "rejected": of("rejected") })
    };
    let money = |row: &Value| -> Decimal { row["revenue"].as_str().unwrap_or("-1").parse().unwrap() };
    let mut last = Value::Null;
    eventually("the report says what the ledger says", SETTLED, async || {
        last = world.report("overview", &[]).await;
        counts_of(&last) == wanted(&ledger.total) && money(&last) == ledger.total.revenue
    })
    .await;
    let by_source = world.report("grouped", &[("group_by", "source")]).await;
    for (source, counts) in &ledger.by_source {
        let rows = by_source["items"].as_array().unwrap();
        let named = |row: &&Value| row["source_name"] == **source || row["source"] == **source;
        let row = rows.iter().find(named).unwrap_or_else(|| panic!("{source}: {by_source}"));
        assert_eq!((counts_of(row), money(row)), (wanted(counts), counts.revenue), "{source}: {row}");
    }
    // One that a killed node kept without having answered is a click as well.
    let counted = last["clicks"].as_u64().unwrap() as usize;
    assert!((CLICKS..=CLICKS + clicks.unanswered()).contains(&counted), "{last}");
}
