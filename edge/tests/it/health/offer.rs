//! Destinations that fail when they are told to, and what central says of them.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicU16, AtomicUsize, Ordering::SeqCst},
    },
};

use axum::{Router, extract::State, http::StatusCode};
use reqwest::Method;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use super::LIMIT;
use crate::world::{World, eventually};

/// A web server that answers what it is told.
pub struct Offer {
    pub addr: SocketAddr,
    habits: Arc<Habits>,
}

struct Habits {
    status: AtomicU16,
    /// Answers of 500 and above.
    failed: AtomicUsize,
}

impl Offer {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let addr = listener.local_addr().unwrap();
        let habits = Arc::new(Habits { status: AtomicU16::new(200), failed: AtomicUsize::new(0) });
        let answer = async |State(habits): State<Arc<Habits>>| {
            let status = StatusCode::from_u16(habits.status.load(SeqCst)).unwrap();
            habits.failed.fetch_add(usize::from(status.is_server_error()), SeqCst);
            status
        };
        let router = Router::new().fallback(answer).with_state(habits.clone());
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { addr, habits }
    }

    pub fn answer(&self, status: u16) {
        self.habits.status.store(status, SeqCst);
    }

    pub fn failed(&self) -> usize {
        self.habits.failed.load(SeqCst)
    }
}

impl World {
    /// A destination that nodes probe.
    pub async fn checked(&self, url: &str) -> String {
        self.destination_with(url, json!({ "health_check": { "enabled": true } })).await
    }

    /// Every click to the first of the destinations that takes it.
    pub async fn in_order(&self, slug: &str, destinations: &[&str]) {
        let targets: Vec<Value> =
            destinations.iter().map(|id| json!({ "destination_id": id, "weight": 1 })).collect();
        let stream = json!({ "name": "all", "position": 1, "strategy": "waterfall", "targets": targets });
        self.campaign_with_streams(slug, json!([stream])).await;
    }

    pub async fn health(&self, destination: &str) -> Value {
        let path = format!("/api/destinations/{destination}");
        self.admin(Method::GET, &path, json!({})).await["health"].clone()
    }

    pub async fn wait_for_health(&self, destination: &str, current: &str) {
        let mut last = Value::Null;
        let is_so = async || {
            last = self.health(destination).await;
            last["current"] == current
        };
        eventually(&format!("central says {current}"), LIMIT, is_so).await;
    }

    /// Changes as `kind node previous current`, the first one first.
    pub async fn history(&self, destination: &str) -> Vec<String> {
        let path = format!("/api/destinations/{destination}/health-history?limit=500");
        let page = self.admin(Method::GET, &path, json!({})).await;
        let items = page["items"].as_array().unwrap();
        assert_eq!(page["total"], items.len());
        let text = |row: &Value, name: &str| row[name].as_str().unwrap_or("-").to_owned();
        let line = |row| ["kind", "node_id", "previous", "current"].map(|name| text(row, name)).join(" ");
        items.iter().rev().map(line).collect()
    }
}
