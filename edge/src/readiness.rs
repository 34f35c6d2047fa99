//! `/healthz` and `/readyz`.
//!
//! Ready (200) means: this node has a configuration to route by and can keep what it answers. A node
//! that never had a snapshot, or whose outbox is full or failing, says 503, so that a balancer
//! prefers one that loses nothing; with `EVENT_WRITE_FAILURE_POLICY=open` it still redirects those
//! clicks that reach it. Central, Redpanda and ClickHouse being away does not make it unready: it
//! works without them, and says so here.

use axum::{
    Json, Router,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::get,
};
use serde_json::json;

use crate::{
    clock::now_ms,
    health::HealthChecks,
    outbox::{Outbox, OutboxReadiness},
    runtime::{NodeRuntime, feed},
    snapshot::SnapshotHandle,
};

#[derive(Clone)]
pub struct ReadinessState {
    pub snapshot: SnapshotHandle,
    pub outbox: Outbox,
    pub health: HealthChecks,
    pub runtime: NodeRuntime,
}

/// Central is shown as silent when it has not answered for this long: a long poll and a retry.
const CENTRAL_SILENT_MS: i64 = 45_000;

/// Probes that are so late are more than the node can make.
const PROBES_LATE_MS: i64 = 60_000;

pub fn routes(state: ReadinessState) -> Router {
    Router::new()
        .route("/healthz", get(|| async { Json(json!({ "status": "ok" })) }))
        .route("/readyz", get(readyz))
        .with_state(state)
}

async fn readyz(State(state): State<ReadinessState>) -> Response {
    let snapshot = state.snapshot.status(now_ms());
    let outbox = state.outbox.readiness();
    let ready = snapshot.state == "ready" && outbox == OutboxReadiness::Healthy;
    let central = match snapshot.confirmed_age_ms {
        None => "not_yet_reached",
        Some(age_ms) if age_ms > CENTRAL_SILENT_MS => "silent",
        Some(_) => "reachable",
    };
    let feed = feed::status(&state.runtime, now_ms(), state.outbox.node_id(), state.outbox.epoch());
    let stats = state.outbox.stats();
    let sink = if stats.breaker_state == "open" { "unreachable" } else { "reachable" };
    let health = state.health.status(now_ms());
    let caps = state.runtime.caps().status();
    let body = json!({
        "status": if ready { "ready" } else { "not_ready" },
        "dependencies": {
            "snapshot": { "state": snapshot.state, "required": true, "version": snapshot.version, "age_ms": snapshot.age_ms, "refused_total": snapshot.refused_total },
            "outbox": { "state": outbox.as_str(), "required": true, "queued_events": stats.queued_events, "oldest_age_ms": stats.oldest_age_ms },
            "central": { "state": central, "required": false, "silent_for_ms": snapshot.confirmed_age_ms },
            "runtime": { "state": feed.state, "required": false, "age_ms": feed.age_ms, "failures_total": feed.failures_total },
            "caps": { "state": caps.state, "required": false, "leased": caps.caps, "dry": caps.dry, "silent_for_ms": caps.silent_for_ms },
            "sink": { "state": sink, "required": false },
            "health_checks": { "state": if health.late_ms > PROBES_LATE_MS { "late" } else { "ready" }, "required": false, "of": health },
        },
    });
    let status = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Json(body)).into_response()
}
