//! The other end of the demo sources' postbacks: a server on loopback that keeps what it is told.

use std::{
    collections::BTreeMap,
    net::{Ipv4Addr, SocketAddr},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use anyhow::{Context, Result};
use axum::{
    Router,
    body::Bytes,
    extract::{Path, Query, State},
    http::{HeaderMap, StatusCode},
    routing::any,
};
use rust_decimal::Decimal;
use tokio::net::TcpListener;

/// Loopback, but not where anything else of ours listens: a node that may call it reaches nothing else by
/// that.
pub const IP: Ipv4Addr = Ipv4Addr::new(127, 84, 70, 1);

/// A call as the ledger has it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Call {
    /// Slug of the source.
    pub source: String,
    pub source_click_id: String,
    pub event_type: String,
    pub status: String,
    pub payout: Decimal,
}

#[derive(Default)]
struct Heard {
    /// By idempotency key, with the run each is of.
    calls: BTreeMap<String, (String, Call)>,
    /// Calls whose key had come before.
    repeated: u64,
    /// Calls that say something else than the one of the same key, or that cannot be read.
    wrong: u64,
}

/// Listens for as long as the program runs.
#[derive(Clone, Default)]
pub struct Receiver(Arc<Mutex<Heard>>);

impl Receiver {
    pub async fn start(addr: SocketAddr) -> Result<Self> {
        let receiver = Self::default();
        let listener = TcpListener::bind(addr)
            .await
            .with_context(|| format!("cannot listen on {addr} for the demo sources"))?;
        let app = Router::new().route("/{source}", any(hear)).with_state(receiver.clone());
        tokio::spawn(axum::serve(listener, app).into_future());
        Ok(receiver)
    }

    /// Calls of a run, each key once, in order.
    pub fn calls(&self, run: &str) -> Vec<Call> {
        let heard = self.lock();
        let mut calls: Vec<Call> =
            heard.calls.values().filter(|(of, _)| of == run).map(|(_, call)| call.clone()).collect();
        calls.sort();
        calls
    }

    /// Calls that were repeated with the same key, and those that were not as they should be.
    pub fn repeated_and_wrong(&self) -> (u64, u64) {
        let heard = self.lock();
        (heard.repeated, heard.wrong)
    }

    fn lock(&self) -> MutexGuard<'_, Heard> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn hear(
    State(receiver): State<Receiver>,
    Path(source): Path<String>,
    Query(mut fields): Query<BTreeMap<String, String>>,
    headers: HeaderMap,
    body: Bytes,
) -> StatusCode {
    let key = headers.get("idempotency-key").and_then(|key| key.to_str().ok()).unwrap_or_default();
    fields.extend(serde_json::from_slice::<BTreeMap<String, String>>(&body).unwrap_or_default());
    let mut heard = receiver.lock();
    let (Some(call), false) = (read(source, &mut fields), key.is_empty()) else {
        heard.wrong += 1;
        return StatusCode::BAD_REQUEST;
    };
    let call = (fields.remove("run").unwrap_or_default(), call);
    match heard.calls.get(key).map(|known| *known == call) {
        None => drop(heard.calls.insert(key.to_owned(), call)),
        Some(true) => heard.repeated += 1,
        Some(false) => heard.wrong += 1,
    }
    StatusCode::OK
}

fn read(source: String, fields: &mut BTreeMap<String, String>) -> Option<Call> {
    Some(Call {
        source,
        source_click_id: fields.remove("click")?,
        event_type: fields.remove("goal")?,
        status: fields.remove("status")?,
        payout: fields.remove("payout")?.parse().ok()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_call_counts_once_for_its_key() {
        let addr = TcpListener::bind((IP, 0)).await.unwrap().local_addr().unwrap();
        let receiver = Receiver::start(addr).await.unwrap();
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        let query = |payout: &str| {
            format!("http://{addr}/push-network?run=r&click=c-1&goal=deposit&status=sale&payout={payout}")
        };
        let get = async |key: &str, payout: &str| {
            let request = client.get(query(payout)).header("Idempotency-Key", key);
            request.send().await.unwrap().status().as_u16()
        };
        assert_eq!([get("k1", "12.50").await, get("k1", "12.50").await, get("k1", "1").await], [200; 3]);
        assert_eq!(get("", "1").await, 400);
        let json = r#"{"run":"r","click":"c-2","goal":"","status":"sale","payout":"12.5"}"#;
        let post =
            client.post(format!("http://{addr}/search-ads")).header("Idempotency-Key", "k2").body(json);
        assert_eq!(post.send().await.unwrap().status(), 200);
        let calls = receiver.calls("r");
        let said: Vec<_> = calls.iter().map(|call| (&*call.source, &*call.source_click_id)).collect();
        assert_eq!(said, [("push-network", "c-1"), ("search-ads", "c-2")]);
        assert_eq!(calls[0].payout, calls[1].payout, "12.50 is 12.5");
        assert_eq!(receiver.repeated_and_wrong(), (1, 2));
        assert!(receiver.calls("another run").is_empty());
    }
}
