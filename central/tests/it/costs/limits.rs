//! Rows that ask for more than ClickHouse's limits allow.

use std::{
    net::Ipv4Addr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use axum::{
    Router,
    body::Bytes,
    extract::{DefaultBodyLimit, State},
    http::{HeaderMap, Method, StatusCode, Uri},
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};

use super::Clicks;
use crate::world::eventually;

const LIMIT: &str = "Code: 158. DB::Exception: Limit for rows exceeded. (TOO_MANY_ROWS) (version 26.7.2.1)\n";

/// ClickHouse behind somebody who says for it that a statement asks for too much.
#[derive(Clone)]
struct Proxy {
    client: reqwest::Client,
    upstream: String,
    /// Corrections that named the source `s1`.
    tries: Arc<AtomicUsize>,
}

impl Proxy {
    async fn start(upstream: &str) -> (Self, String) {
        let upstream = upstream.trim_end_matches('/').to_owned();
        let proxy = Self { client: reqwest::Client::new(), upstream, tries: Arc::default() };
        let app =
            Router::new().fallback(forward).layer(DefaultBodyLimit::disable()).with_state(proxy.clone());
        let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(axum::serve(listener, app).into_future());
        (proxy, url)
    }

    /// Counting clicks of `heavy`, correcting those of `s2`, and the first time those of `s1`.
    fn refuses(&self, body: &[u8]) -> bool {
        // The statement and its parameters, as parts of a form.
        let sql = String::from_utf8_lossy(body);
        let names = |source: &str| sql.contains(&format!("'{source}'"));
        let is_count = sql.contains("GROUP BY part, hour");
        let is_correction = sql.contains("AS cost_version");
        let is_first = is_correction && names("s1") && self.tries.fetch_add(1, Ordering::Relaxed) == 0;
        is_first || (is_count && names("heavy")) || (is_correction && names("s2"))
    }
}

async fn forward(
    State(proxy): State<Proxy>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    if proxy.refuses(&body) {
        return (StatusCode::INTERNAL_SERVER_ERROR, LIMIT).into_response();
    }
    let mut request = proxy.client.request(method, format!("{}{uri}", proxy.upstream)).body(body);
    for (name, value) in headers.iter().filter(|(name, _)| name.as_str().starts_with("x-clickhouse")) {
        request = request.header(name, value);
    }
    for name in ["authorization", "content-type", "content-encoding"] {
        if let Some(value) = headers.get(name) {
            request = request.header(name, value);
        }
    }
    let answer = request.send().await.unwrap();
    let status = answer.status();
    (status, answer.bytes().await.unwrap()).into_response()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_beyond_the_limits_fails_alone() {
    let mut clicks = Clicks::start().await;
    let (proxy, url) = Proxy::start(clicks.world.stack.variable("CLICKHOUSE_HTTP_URL")).await;
    clicks.world.stack.set_for_api("CLICKHOUSE_HTTP_URL", &url).unwrap();
    clicks.world.stack.stop_api().await.unwrap();
    clicks.world.stack.start_api().await.unwrap();
    let row = |source: &str, amount: Value| {
        let mut row = clicks.row(amount);
        row["source_id"] = source.into();
        row
    };
    let total = json!({ "total": "36" });
    let rows = [
        row("s0", total.clone()),
        row("heavy", total.clone()),
        row("s1", total.clone()),
        row("s2", total.clone()),
        row("s0", json!({ "cpc": "0.1", "filters": { "country": "DE" } })),
    ];
    let told = clicks.tell(json!({ "items": rows })).await;
    assert_eq!(told.status, 200, "{}", told.body);
    let statuses: Vec<&Value> =
        told.body["items"].as_array().unwrap().iter().map(|row| &row["status"]).collect();
    assert_eq!(statuses, ["applied", "failed", "applied", "failed", "applied"], "{}", told.body);
    let errors = |row: usize| told.body["items"][row]["errors"][0]["field"].clone();
    assert_eq!((errors(1), errors(3)), (json!("from"), json!("from")));
    assert!(proxy.tries.load(Ordering::Relaxed) > 1, "those of s1 were tried again");
    assert_eq!(clicks.cost("&source=s1").await, "36");
    assert_eq!(clicks.cost("&source=s2").await, "240", "as it was");
    // Nothing is left that could keep others back.
    eventually("the next is done", async || {
        clicks.tell(row("s1", json!({ "total": "7" }))).await.body["state"] == "applied"
    })
    .await;
}
