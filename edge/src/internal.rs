//! `/internal/*` of a node, for central and for operators: `Authorization: Bearer <node or operator token>`.

mod access;
pub mod input;

pub use access::{Tokens, bears_one_of, guarded};
use axum::{
    Extension, Json, Router,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use serde_json::json;
use traffoflex_telemetry::RequestId;

use crate::{
    clock::now_ms,
    config::NodeConfig,
    error::EdgeError,
    health::{CheckError, HealthChecks},
    outbox::{Outbox, OutboxStats},
    runtime::{
        NodeRuntime,
        feed::{self, FeedStatus},
    },
    snapshot::{SnapshotHandle, SnapshotStatus},
};

#[derive(Clone)]
pub struct InternalState {
    pub snapshot: SnapshotHandle,
    pub outbox: Outbox,
    pub health: HealthChecks,
    pub runtime: NodeRuntime,
    tokens: Tokens,
}

impl InternalState {
    pub fn new(
        snapshot: SnapshotHandle,
        outbox: Outbox,
        health: HealthChecks,
        runtime: NodeRuntime,
        node: &NodeConfig,
    ) -> Self {
        Self { snapshot, outbox, health, runtime, tokens: Tokens::of(node) }
    }
}

pub fn routes(state: InternalState) -> Router {
    let tokens = state.tokens.clone();
    let routes = Router::new()
        .route("/internal/event-producer/stats", get(event_producer_stats))
        .route("/internal/snapshot", get(snapshot_status))
        .route("/internal/runtime", get(runtime_status))
        .route("/internal/cache/reload", post(reload))
        .route("/internal/destinations/{id}/healthcheck", post(healthcheck))
        .with_state(state);
    guarded(routes, tokens)
}

async fn event_producer_stats(State(state): State<InternalState>) -> Json<OutboxStats> {
    Json(state.outbox.stats())
}

async fn snapshot_status(State(state): State<InternalState>) -> Json<SnapshotStatus> {
    Json(state.snapshot.status(now_ms()))
}

async fn runtime_status(State(state): State<InternalState>) -> Json<FeedStatus> {
    Json(feed::status(&state.runtime, now_ms(), state.outbox.node_id(), state.outbox.epoch()))
}

/// Asks central for a newer snapshot at once. The answer does not wait for it.
async fn reload(State(state): State<InternalState>) -> impl IntoResponse {
    state.snapshot.request_reload();
    let version = state.snapshot.status(now_ms()).version;
    (StatusCode::ACCEPTED, Json(json!({ "status": "requested", "version": version })))
}

/// Probes now and answers with what came of it.
async fn healthcheck(
    State(state): State<InternalState>,
    Path(id): Path<String>,
    Extension(request_id): Extension<RequestId>,
) -> Response {
    match state.health.check(id.into()).await {
        Ok(answer) => Json(answer).into_response(),
        Err(CheckError::NotFound) => EdgeError::NotFound.into_response_for(Some(request_id)),
        Err(CheckError::Busy) => EdgeError::Busy.into_response_for(Some(request_id)),
    }
}
