//! `/internal/*` of a node, for central and for operators: `Authorization: Bearer <node or operator token>`.

use std::sync::Arc;

use axum::{
    Extension, Json, Router,
    extract::{Path, Request, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::{any, get, post},
};
use serde_json::json;
use traffoflex_telemetry::RequestId;

use crate::{
    clock::now_ms,
    config::NodeConfig,
    error::{self, EdgeError},
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
    tokens: Arc<[String]>,
}

impl InternalState {
    pub fn new(
        snapshot: SnapshotHandle,
        outbox: Outbox,
        health: HealthChecks,
        runtime: NodeRuntime,
        node: &NodeConfig,
    ) -> Self {
        let tokens = [Some(node.node_token.clone()), node.operator_token.clone()];
        Self { snapshot, outbox, health, runtime, tokens: tokens.into_iter().flatten().collect() }
    }
}

pub fn routes(state: InternalState) -> Router {
    Router::new()
        .route("/internal/event-producer/stats", get(event_producer_stats))
        .route("/internal/snapshot", get(snapshot_status))
        .route("/internal/runtime", get(runtime_status))
        .route("/internal/cache/reload", post(reload))
        .route("/internal/destinations/{id}/healthcheck", post(healthcheck))
        // Whoever has no token does not learn what is there.
        .route("/internal/{*rest}", any(error::not_found))
        .layer(middleware::from_fn_with_state(state.clone(), require_token))
        .with_state(state)
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

async fn require_token(State(state): State<InternalState>, request: Request, next: Next) -> Response {
    if bears_one_of(request.headers(), &state.tokens) {
        return next.run(request).await;
    }
    let request_id = request.extensions().get::<RequestId>().copied();
    let mut response = EdgeError::Unauthorized.into_response_for(request_id);
    response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    response
}

fn bears_one_of(headers: &HeaderMap, tokens: &[String]) -> bool {
    let Some(shown) = headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.as_bytes().split_at_checked(7))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case(b"bearer "))
        .map(|(_, token)| token)
    else {
        return false;
    };
    // All tokens are compared, so that time tells neither which one nor how far it agreed.
    tokens.iter().fold(false, |found, token| found | constant_time_eq(shown, token.as_bytes()))
}

fn constant_time_eq(left: &[u8], right: &[u8]) -> bool {
    left.len() == right.len()
        && std::hint::black_box(left.iter().zip(right).fold(0, |differs, (a, b)| differs | (a ^ b))) == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_whole_token_opens() {
        let tokens = ["node-token-123456".to_owned(), "operator-token-12".to_owned()];
        let ask = |value: &'static str| {
            let headers = HeaderMap::from_iter([(header::AUTHORIZATION, HeaderValue::from_static(value))]);
            bears_one_of(&headers, &tokens)
        };
        assert!(ask("Bearer node-token-123456"));
        assert!(ask("bearer operator-token-12"));
        for bad in
            ["", "Bearer ", "Bearer node-token-12345", "Bearer node-token-1234567", "Basic node-token-123456"]
        {
            assert!(!ask(bad), "{bad:?}");
        }
        assert!(!bears_one_of(&HeaderMap::new(), &tokens));
    }
}
