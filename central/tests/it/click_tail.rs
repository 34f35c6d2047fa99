//! Clicks as they arrive: each once, late ones and repeats included, and nobody waits for anybody else.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use futures_util::StreamExt;
use reqwest::Client;
use serde_json::{Value, json};
use tokio::task::JoinHandle;
use traffoflex_local::stack::{BOOTSTRAP_TOKEN, Stack};

use crate::world::{World, eventually, logged::now_ms};

#[derive(Debug, Clone, Default)]
struct Heard {
    /// Of each event: name, id and data.
    events: Vec<(String, String, Value)>,
    ended: bool,
}

impl Heard {
    /// How often each click came, by its number.
    fn clicks(&self) -> BTreeMap<u64, usize> {
        let mut counts = BTreeMap::new();
        for (_, _, data) in self.events.iter().filter(|(name, ..)| name == "click") {
            let seq = data["event_id"].as_str().unwrap().rsplit('.').next().unwrap().parse().unwrap();
            *counts.entry(seq).or_default() += 1;
        }
        counts
    }
}

/// A connection that is read as it comes.
struct Tail {
    heard: Arc<Mutex<Heard>>,
    reading: JoinHandle<()>,
}

impl Tail {
    async fn open(world: &World, query: &str, token: &str, last_id: Option<&str>) -> Self {
        let mut request =
            world.client.get(world.url(&format!("/api/clicks/tail?{query}"))).bearer_auth(token);
        if let Some(id) = last_id {
            request = request.header("last-event-id", id);
        }
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), 200);
        assert!(answer.headers()["content-type"].to_str().unwrap().starts_with("text/event-stream"));
        let heard = Arc::new(Mutex::new(Heard::default()));
        let (keeps, mut body) = (heard.clone(), answer.bytes_stream());
        let reading = tokio::spawn(async move {
            let mut text = String::new();
            while let Some(Ok(chunk)) = body.next().await {
                text.push_str(std::str::from_utf8(&chunk).unwrap());
                while let Some((event, rest)) =
                    text.split_once("\n\n").map(|(e, r)| (e.to_owned(), r.to_owned()))
                {
                    text = rest;
                    let field = |name: &str| {
                        let line = event.lines().find_map(|line| line.strip_prefix(name));
                        line.unwrap_or_default().trim_start_matches([':', ' ']).to_owned()
                    };
                    if !field("event").is_empty() {
                        let data = serde_json::from_str(&field("data")).unwrap();
                        keeps.lock().unwrap().events.push((field("event"), field("id"), data));
                    }
                }
            }
            keeps.lock().unwrap().ended = true;
        });
        Self { heard, reading }
    }

    fn heard(&self) -> Heard {
        self.heard.lock().unwrap().clone()
    }

    async fn until(&self, what: &str, clicks: &[u64]) {
        eventually(what, async || clicks.iter().all(|seq| self.heard().clicks().contains_key(seq))).await;
    }
}

fn click(workspace: &str, own: Value) -> Value {
    let mut click =
        json!({ "workspace_id": workspace, "created_at": now_ms(), "campaign_id": "c", "cost": "1" });
    click.as_object_mut().unwrap().extend(own.as_object().unwrap().clone());
    click
}

#[tokio::test(flavor = "multi_thread")]
async fn each_click_that_arrives_is_sent_once() {
    let world = World::start().await;
    let w = world.workspace_id().await;
    world.clicks("n1", 1, &[click(&w, json!({}))]).await;
    let tail = Tail::open(&world, "", BOOTSTRAP_TOKEN, None).await;
    let bots = Tail::open(&world, "is_bot=true&campaign_id=c", BOOTSTRAP_TOKEN, None).await;
    let many: Vec<Value> = (0..450).map(|n| click(&w, json!({ "is_bot": n % 9 == 0 }))).collect();
    world.clicks("n1", 10, &many).await;
    world
        .clicks("n1", 1000, &[click("another", json!({})), click(&w, json!({ "is_second_step": true }))])
        .await;
    let all: Vec<u64> = (10..460).collect();
    tail.until("more than one poll sends", &all).await;

    // Delivered again: all of them, in two ways.
    world.clicks("n1", 10, &many).await;
    world
        .clickhouse("INSERT INTO click_events SELECT * EXCEPT (ingested_at), now64(3) AS ingested_at FROM click_events WHERE node_seq = 12 LIMIT 1")
        .await;
    // It became visible long after it was taken in.
    world
        .clickhouse(&format!(
            "INSERT INTO click_events (event_id, node_id, node_epoch, node_seq, schema, created_at, workspace_id, campaign_id, \
             click_id, decision, ingested_at) VALUES ('n1.1.2000', 'n1', 1, 2000, 1, now64(3), '{w}', 'c', 'late', 'routed', \
             now64(3) - toIntervalSecond(15))"
        ))
        .await;
    world.clicks("n1", 3000, &[click(&w, json!({ "is_bot": true }))]).await;
    tail.until("the late one and the last", &[2000, 3000]).await;
    bots.until("the last", &[3000]).await;
    let counts = tail.heard().clicks();
    let expected: Vec<u64> = all.iter().copied().chain([2000, 3000]).collect();
    assert_eq!(counts.keys().copied().collect::<Vec<_>>(), expected, "none missed, none of others");
    assert!(counts.values().all(|times| *times == 1), "none twice: {counts:?}");
    let counts = bots.heard().clicks();
    let expected: Vec<u64> = (0..450).filter(|n| n % 9 == 0).map(|n| n + 10).chain([3000]).collect();
    assert_eq!(counts.keys().copied().collect::<Vec<_>>(), expected);
    assert!(counts.values().all(|times| *times == 1), "{counts:?}");
    assert!(tail.heard().events.iter().all(|(name, ..)| name == "click"), "nothing was skipped");

    // Another connection goes on where this one was.
    let (_, id, data) = tail.heard().events.pop().unwrap();
    assert_eq!(data["cost"], "1");
    tail.reading.abort();
    world.clicks("n1", 4000, &[click(&w, json!({}))]).await;
    let resumed = Tail::open(&world, "", BOOTSTRAP_TOKEN, Some(&id)).await;
    resumed.until("what came between", &[4000]).await;
    let wrong = world.get("/api/clicks/tail?from=2026-01-01T00:00:00Z&limit=1&nope=1").await;
    assert_eq!((wrong.status, wrong.fields()), (400, vec!["from", "limit", "nope"]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_client_holds_up_nobody_and_places_are_bounded() {
    let stack = Stack::start_with(false, &[("CLICK_TAIL_MAX_CONNECTIONS", "2")]).await.unwrap();
    let mut world = World { stack, client: Client::new() };
    let w = world.workspace_id().await;
    let tail = Tail::open(&world, "", BOOTSTRAP_TOKEN, None).await;
    // Its answer is never read: what is sent to it fills every buffer on the way.
    let slow =
        world.client.get(world.url("/api/clicks/tail")).bearer_auth(BOOTSTRAP_TOKEN).send().await.unwrap();
    let third = world.get("/api/clicks/tail").await;
    assert_eq!((third.status, third.code()), (429, "busy"));
    assert_eq!(third.headers["retry-after"], "1");
    let other = world.new_workspace("other").await;
    let stranger = world.member("analyst", Some(&other)).await;
    let elsewhere = Tail::open(&world, "", &stranger.token, None).await;

    let agent = "x".repeat(20_000);
    for round in 0..10 {
        let clicks: Vec<Value> = (0..100).map(|_| click(&w, json!({ "user_agent": agent }))).collect();
        world.clicks("n1", 1 + round * 100, &clicks).await;
        tail.until(
            "nobody waits for the slow one",
            &(1 + round * 100..101 + round * 100).collect::<Vec<_>>(),
        )
        .await;
    }
    assert!(tail.heard().clicks().values().all(|times| *times == 1));
    drop(slow);
    eventually("its place is free", async || {
        let again = world
            .client
            .get(world.url("/api/clicks/tail"))
            .bearer_auth(BOOTSTRAP_TOKEN)
            .send()
            .await
            .unwrap();
        again.status() == 200
    })
    .await;
    assert_eq!(elsewhere.heard().events.len(), 0, "nothing of another workspace");

    // A session that ends takes its connection with it.
    let ended = world.post_as("/api/auth/logout", json!({}), &stranger).await;
    assert!(ended.status < 300, "{}", ended.body);
    eventually("the session's connection ends", async || elsewhere.heard().ended).await;
    assert!(!tail.heard().ended);
    let began = std::time::Instant::now();
    world.stack.stop_api().await.unwrap();
    assert!(began.elapsed().as_secs() < 8, "open connections do not hold up the end");
    eventually("the service ends them", async || tail.heard().ended).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn amounts_are_not_sent_to_whom_they_are_hidden_from() {
    let world = World::start().await;
    let w = world.workspace_id().await;
    let masked = world.member("masked", None).await;
    let tail = Tail::open(&world, "", &masked.token, None).await;
    world
        .clicks("n1", 1, &[click(&w, json!({ "raw_query": "cost=1&cpc=2", "query": { "cpc": "2" } }))])
        .await;
    tail.until("it arrives", &[1]).await;
    let (_, _, data) = tail.heard().events.remove(0);
    assert!(["cost", "raw_query", "query"].into_iter().all(|name| data[name].is_null()), "{data}");
}

/// Clicks that arrive together, so long ago.
async fn arrived(world: &World, workspace: &str, campaign: &str, seqs: (u64, u64), seconds_ago: u64) {
    let (first, count) = seqs;
    let columns = "event_id, node_id, node_epoch, node_seq, schema, created_at, workspace_id, campaign_id, click_id, decision, ingested_at";
    let sql = format!(
        "INSERT INTO click_events ({columns}) SELECT concat('n9.1.', toString(number)), 'n9', 1, number, 1, now64(3), \
         '{workspace}', '{campaign}', toString(number), 'routed', now64(3) - toIntervalSecond({seconds_ago}) \
         FROM numbers({first}, {count})"
    );
    world.clickhouse(&sql).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_passed_over_is_counted() {
    let world = World::start().await;
    let w = world.workspace_id().await;
    let many = Tail::open(&world, "campaign_id=many", BOOTSTRAP_TOKEN, None).await;
    let more = Tail::open(&world, "campaign_id=more", BOOTSTRAP_TOKEN, None).await;
    arrived(&world, &w, "many", (0, 2300), 0).await;
    arrived(&world, &w, "more", (10_000, 25_000), 0).await;
    for (tail, skipped, is_at_least) in [(&many, 300, false), (&more, 18_000, true)] {
        for count in [1000, 2000] {
            eventually("they are sent", async || tail.heard().clicks().len() >= count).await;
        }
        let heard = tail.heard();
        assert!(heard.clicks().len() == 2000 && heard.clicks().values().all(|times| *times == 1));
        let told: Vec<&Value> =
            heard.events.iter().filter(|(name, ..)| name == "skipped").map(|(.., data)| data).collect();
        assert_eq!(told, [&json!({ "clicks": skipped, "is_at_least": is_at_least })]);
    }

    // Who was away for long goes on ten minutes ago.
    for (seq, minutes) in [(40_001, 11), (40_002, 9)] {
        arrived(&world, &w, "away", (seq, 1), minutes * 60).await;
    }
    let away = Tail::open(&world, "campaign_id=away", BOOTSTRAP_TOKEN, Some("0")).await;
    away.until("the later one", &[40_002]).await;
    assert_eq!(away.heard().clicks().len(), 1);
}
