//! Stands for the traffic sources: keeps every call, and fails many of them the first time.

use std::{
    collections::{BTreeMap, BTreeSet},
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use axum::{
    Router,
    extract::{Path, Query, State},
    http::{HeaderMap, StatusCode},
    routing::get,
};

use super::generator::DueCall;

#[derive(Clone, Default)]
struct Calls(Arc<Mutex<BTreeMap<String, Heard>>>);

/// All calls of one key.
struct Heard {
    times: usize,
    accepted: usize,
    path: String,
    query: BTreeMap<String, String>,
}

pub struct Receiver {
    addr: SocketAddr,
    calls: Calls,
}

impl Receiver {
    pub async fn start() -> Self {
        let calls = Calls::default();
        let app = Router::new().route("/{path}", get(hear)).with_state(calls.clone());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let addr = listener.local_addr().unwrap();
        tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        Self { addr, calls }
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.addr)
    }

    /// Each due call came under a key of its own and was accepted; nothing else came.
    pub fn assert_heard(&self, due: &[DueCall]) {
        let calls = self.calls.0.lock().unwrap();
        let mut heard: Vec<DueCall> = calls.values().map(|heard| due_call(heard, due)).collect();
        heard.sort();
        let missing: Vec<_> = due.iter().filter(|call| heard.binary_search(call).is_err()).take(5).collect();
        let wanted: BTreeSet<_> = due.iter().collect();
        let surplus: Vec<_> = heard.iter().filter(|call| !wanted.contains(call)).take(5).collect();
        assert!(missing.is_empty() && surplus.is_empty(), "missing {missing:?}, not due {surplus:?}");
        assert_eq!(heard.len(), due.len(), "a call came under two keys");
        assert!(calls.values().all(|heard| heard.accepted >= 1), "each call went through in the end");
        assert!(
            calls.values().any(|heard| heard.times > 1),
            "calls that failed were repeated under their key"
        );
    }
}

fn due_call(heard: &Heard, due: &[DueCall]) -> DueCall {
    let of = |name: &str| heard.query.get(name).cloned().unwrap_or_default();
    let known = due.iter().find(|call| call.path == heard.path && call.status == of("status"));
    let known = known.unwrap_or_else(|| panic!("nobody asked for {}: {:?}", heard.path, heard.query));
    DueCall {
        path: known.path,
        source_click_id: of("x"),
        status: known.status,
        payout: of("payout").parse().unwrap(),
    }
}

async fn hear(
    State(calls): State<Calls>,
    Path(path): Path<String>,
    Query(query): Query<BTreeMap<String, String>>,
    headers: HeaderMap,
) -> StatusCode {
    let key = headers["idempotency-key"].to_str().unwrap().to_owned();
    let mut calls = calls.0.lock().unwrap();
    let heard = calls.entry(key.clone()).or_insert_with(|| Heard {
        times: 0,
        accepted: 0,
        path: path.clone(),
        query: query.clone(),
    });
    assert_eq!((&heard.path, &heard.query), (&path, &query), "a key always says the same");
    heard.times += 1;
    // A third of the keys fails the first time.
    if heard.times == 1 && key.bytes().map(u32::from).sum::<u32>().is_multiple_of(3) {
        return StatusCode::SERVICE_UNAVAILABLE;
    }
    heard.accepted += 1;
    StatusCode::OK
}
