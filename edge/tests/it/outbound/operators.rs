//! Dead letters, their replay and the numbers, over HTTP.

use std::net::SocketAddr;
use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering::SeqCst},
};

use axum::Extension;
use reqwest::Client;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use traffoflex_edge::outbound::{DEAD_LETTERS_PATH, RETRY_PATH, STATS_PATH, Target, routes};
use traffoflex_telemetry::RequestId;

use super::{
    bench::{Bench, Receiver, answer, job},
    jobs, keys,
};

/// Who may ask what only operators and central may: the check of the token is not part of this.
pub struct Operator {
    addr: SocketAddr,
    client: Client,
}

impl Operator {
    pub async fn of(bench: &Bench) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let addr = listener.local_addr().unwrap();
        let router =
            routes(bench.outbound.clone(), bench.snapshot.clone()).layer(Extension(RequestId::mint()));
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { addr, client: Client::new() }
    }

    pub async fn get(&self, path: &str) -> (u16, Value) {
        let answer = self.client.get(format!("http://{}{path}", self.addr)).send().await.unwrap();
        (answer.status().as_u16(), answer.json().await.unwrap_or(Value::Null))
    }

    pub async fn post(&self, path: &str, body: &Value) -> (u16, Value) {
        let request = self.client.post(format!("http://{}{path}", self.addr)).json(body);
        let answer = request.send().await.unwrap();
        (answer.status().as_u16(), answer.json().await.unwrap_or(Value::Null))
    }
}

fn listed_keys(list: &Value) -> Vec<&str> {
    list["items"].as_array().unwrap().iter().map(|item| item["key"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn dead_letters_are_listed_and_replayed_with_their_keys() {
    let bench = Bench::start_with(|options| options.retries.max_attempts = 3.try_into().unwrap()).await;
    let works = Arc::new(AtomicBool::new(false));
    let habit = works.clone();
    let source =
        Receiver::start(move |_, _| if habit.load(SeqCst) { answer(200, "") } else { answer(500, "broken") })
            .await;
    let operator = Operator::of(&bench).await;
    let (ours, url) = (keys("k", 5), source.url("/pb"));
    let mut all = jobs(&ours, &url);
    let mut other = job("other", &url);
    other.target = Target::SourcePostback { source_id: "source-2".into(), postback_id: "sp-2".to_owned() };
    all.push(other);
    bench.outbound.enqueue(all.clone()).await.unwrap();
    bench.wait_until_empty().await;
    let (_, stats) = operator.get(STATS_PATH).await;
    assert_eq!(
        (&stats["dead"], &stats["dead_total"], &stats["failed_total"]),
        (&json!(6), &json!(6), &json!(18))
    );

    let (status, list) = operator.get(DEAD_LETTERS_PATH).await;
    assert_eq!(
        (status, &list["total"], &list["limit"], &list["offset"]),
        (200, &json!(6), &json!(100), &json!(0))
    );
    let item = &list["items"][0];
    assert_eq!((&item["key"], &item["target_id"]), (&json!("other"), &json!("source-2")), "{item}");
    assert_eq!(
        (&item["attempts"], &item["http_status"], &item["url"]),
        (&json!(3), &json!(500), &json!(url))
    );
    assert_eq!(item["error"], "HTTP 500: broken");
    let (_, page) = operator.get(&format!("{DEAD_LETTERS_PATH}?limit=2&offset=1")).await;
    assert_eq!(listed_keys(&page), ["k0004", "k0003"]);
    let (_, page) = operator.get(&format!("{DEAD_LETTERS_PATH}?target_id=sp-2")).await;
    assert_eq!((listed_keys(&page), &page["total"]), (vec!["other"], &json!(1)));
    for bad in ["limit=0", "limit=501", "limit=x", "offset=-1"] {
        assert_eq!(operator.get(&format!("{DEAD_LETTERS_PATH}?{bad}")).await.0, 400, "{bad}");
    }
    // A dead key is known: only a replay calls it again.
    bench.outbound.enqueue(all).await.unwrap();
    assert_eq!(bench.stats().await.queued, 0);

    works.store(true, SeqCst);
    for bad in [json!({}), json!({"all": true, "target_id": "x"}), json!({"kyes": []}), json!([])] {
        assert_eq!(operator.post(RETRY_PATH, &bad).await.0, 400, "{bad}");
    }
    for narrowed in [json!({"all": true}), json!({"keys": ["k0002"]}), json!({"target_id": "source-2"})] {
        let mut of_another = narrowed;
        of_another["workspace_id"] = json!("w2");
        assert_eq!(operator.post(RETRY_PATH, &of_another).await, (200, json!({"retried": 0})));
    }
    let of_ours = json!({"keys": ["k0002", "nobody", "k0002"], "workspace_id": "w1"});
    let retried = operator.post(RETRY_PATH, &of_ours).await;
    assert_eq!(retried, (200, json!({"retried": 1})));
    bench.wait_until_empty().await;
    assert_eq!(operator.post(RETRY_PATH, &json!({"target_id": "source-2"})).await.1, json!({"retried": 1}));
    assert_eq!(operator.post(RETRY_PATH, &json!({"all": true})).await.1, json!({"retried": 4}));
    bench.wait_until_empty().await;
    assert_eq!(operator.post(RETRY_PATH, &json!({"all": true})).await.1, json!({"retried": 0}));
    let stats = bench.stats().await;
    assert_eq!((stats.dead, stats.delivered_total), (0, 6));
    let (_, log) = bench.stop().await;
    for key in ours.iter().map(String::as_str).chain(["other"]) {
        let told: Vec<_> =
            log.iter().filter(|e| e.key == key).map(|e| (e.status.as_str(), e.attempt)).collect();
        assert_eq!(told, [("failed", 1), ("failed", 2), ("dead", 3), ("delivered", 1)], "{key}");
    }
    assert_eq!(source.seen().len(), 24);
}

#[tokio::test]
async fn the_oldest_dead_letters_go_when_there_are_too_many() {
    let bench = Bench::start_with(|options| options.max_dead_letters = 3).await;
    let source = Receiver::start(|_, _| answer(404, "")).await;
    for key in keys("k", 5) {
        bench.outbound.enqueue(vec![job(&key, &source.url("/"))]).await.unwrap();
        bench.wait_until_empty().await;
    }
    let letters = bench.outbound.dead_letters(10, 0, None, None).await.unwrap();
    let kept: Vec<&str> = letters.items.iter().map(|letter| letter.key.as_str()).collect();
    assert_eq!(kept, ["k0004", "k0003", "k0002"]);
    let stats = bench.stats().await;
    assert_eq!((stats.dead, stats.dead_total, stats.buried_total), (3, 5, 2));
    // Also those that went are not called again.
    bench.outbound.enqueue(jobs(&keys("k", 5), &source.url("/"))).await.unwrap();
    assert_eq!((bench.stats().await.queued, source.seen().len()), (0, 5));
}
