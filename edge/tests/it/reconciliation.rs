//! The whole promise at once: two nodes, everything killed or stopped in the middle, and in the end the
//! report says what the generator's own ledger says, to the cent, and each source heard of each
//! conversion what it was to hear, under one key however often it was repeated.

mod generator;
mod receiver;

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    time::Duration,
};

use generator::{Plan, Planned, Step};
use receiver::Receiver;
use reqwest::Method;
use rust_decimal::Decimal;
use serde_json::{Value, json};

use crate::world::{PostbackNode, World, eventually};

const CLICKS: usize = 50_000;
const POSTBACKS: usize = 5_000;
const CLICKERS: usize = 32;
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
    let clicks = click(&world).await;
    assert_eq!(clicks.len(), CLICKS);

    let plan = Arc::new(Plan::of(POSTBACKS, &clicks, 20_261_121));
    let open = [("OUTBOUND_ALLOWED_CIDRS", "127.0.0.1/32"), ("OUTBOUND_RETRY_BACKOFF_MS", "200")];
    let broker = [open[0], open[1], ("EVENT_SINK", "redpanda"), ("EVENT_BROKERS", world.brokers())];
    let mut first = world.postback_node_with("pb-a", &open).await;
    let mut second = world.postback_node_with("pb-b", &broker).await;
    let urls = Arc::new([first.url(), second.url()]);

    let answered = Arc::new(AtomicUsize::new(0));
    let next = Arc::new(AtomicUsize::new(0));
    let callers: Vec<_> = (0..CALLERS)
        .map(|_| tokio::spawn(call(plan.clone(), next.clone(), urls.clone(), answered.clone())))
        .collect();

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
    reached(25).await;
    world.kill_central();
    reached(40).await;
    world.start_central().await;
    second.kill_and_restart().await;
    reached(55).await;
    world.stop_clickhouse().await;
    reached(75).await;
    world.start_clickhouse().await;
    first.kill_and_restart().await;
    for caller in callers {
        caller.await.unwrap();
    }

    let ledger = plan.ledger(EUR_IN_USD.parse().unwrap());
    settled(&[&first, &second]).await;
    agrees(&world, &ledger).await;
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

/// Click ids of clicks of both sources in turn.
async fn click(world: &World) -> Vec<String> {
    let node = world.node("clicks").await;
    let tasks: Vec<_> = (0..CLICKERS)
        .map(|task| {
            let client = node.client();
            tokio::spawn(async move {
                let mut ids = Vec::with_capacity(CLICKS / CLICKERS + 1);
                for n in (task..CLICKS).step_by(CLICKERS) {
                    let source = generator::source_of(n);
                    let path = format!("/c/recon?source={source}&clickid=ext-{n}&cost=0.01");
                    let answer = client.try_get(&path).await.unwrap();
                    assert_eq!(answer.status, 302, "{}", answer.body);
                    ids.push((n, answer.click_id().to_owned()));
                }
                ids
            })
        })
        .collect();
    let mut ids = BTreeMap::new();
    for task in tasks {
        ids.extend(task.await.unwrap());
    }
    world.wait_for_clicks(CLICKS).await;
    ids.into_values().collect()
}

/// Sends conversions, each to its end before the next, until there is none left.
async fn call(plan: Arc<Plan>, next: Arc<AtomicUsize>, urls: Arc<[String; 2]>, answered: Arc<AtomicUsize>) {
    let client = reqwest::Client::builder().timeout(Duration::from_secs(20)).build().unwrap();
    while let Some(planned) = plan.conversions.get(next.fetch_add(1, Relaxed)) {
        for step in &planned.steps {
            let to: &[usize] = if step.both { &[0, 1] } else { std::slice::from_ref(&step.node) };
            let mut ids = Vec::new();
            for node in to {
                ids.push(deliver(&client, &urls, *node, planned, step).await);
            }
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
async fn deliver(
    client: &reqwest::Client,
    urls: &[String; 2],
    node: usize,
    planned: &Planned,
    step: &Step,
) -> String {
    loop {
        let query = planned.query(step, SECRET);
        let Ok(answer) = client.get(format!("{}/pb/acme", urls[node])).query(&query).send().await else {
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

async fn agrees(world: &World, ledger: &generator::Ledger) {
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
    assert_eq!(last["clicks"], CLICKS, "{last}");
}
