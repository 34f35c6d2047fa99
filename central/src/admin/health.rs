//! `/api/destinations/{id}/healthcheck` and `/api/destinations/{id}/health-history`; the `health` of
//! destinations wherever they are read.

use axum::{
    Json,
    extract::{Path, Query},
    routing::{get, post},
};
use jiff::Timestamp;
use serde_json::{Value, json};
use traffoflex_model::Destination;
use traffoflex_wire::{
    error_body::FieldError,
    health::{CheckAnswer, check_path},
};
use utoipa_axum::router::OpenApiRouter;

use super::{
    crud::{self, Page},
    input::Paging,
};
pub use crate::health::agreement::Standing as DestinationHealth;
use crate::{
    access::WorkspaceApp,
    app::App,
    error::ApiError,
    health::{self, agreement::Change},
    rfc3339,
};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .route("/api/destinations/{id}/healthcheck", post(check))
        .route("/api/destinations/{id}/health-history", get(history))
}

/// How destinations stand, in the order of their ids, with one look-up for all.
pub async fn of(app: &WorkspaceApp, ids: &[&str]) -> Result<Vec<DestinationHealth>, ApiError> {
    let standing = app.health.standing(ids).await?;
    let now_ms = Timestamp::now().as_millisecond();
    Ok(ids.iter().map(|id| health::shown(standing.get(*id), now_ms)).collect())
}

/// Probes on every node, now. 200 when at least one of them did; 504 when none could be asked.
async fn check(app: WorkspaceApp, Path(id): Path<String>) -> Result<Json<Value>, ApiError> {
    let destination = crud::get::<Destination>(&app, &id).await?;
    if app.nodes.is_empty() {
        return Err(ApiError::NodesUnreachable {
            message: "TRAFFIC_SERVICE_URL names no node".into(),
            details: Vec::new(),
        });
    }
    let answers = app.nodes.post::<CheckAnswer>(&check_path(&destination._id)).await;
    if answers.iter().all(|(_, answer)| answer.is_err()) {
        let failed = |(node, answer): (String, Result<CheckAnswer, _>)| {
            Some(FieldError { field: node, error: format!("{}", answer.err()?) })
        };
        return Err(ApiError::NodesUnreachable {
            message: "no node could probe it".into(),
            details: answers.into_iter().filter_map(failed).collect(),
        });
    }
    let results: Vec<Value> = answers
        .into_iter()
        .map(|(node, answer)| match answer {
            Ok(answer) => shown_answer(&node, &answer),
            Err(error) => json!({ "node": node, "failed": error.to_string() }),
        })
        .collect();
    Ok(Json(json!({ "destination_id": id, "results": results })))
}

fn shown_answer(node: &str, answer: &CheckAnswer) -> Value {
    json!({
        "node": node,
        "node_id": answer.node_id,
        "succeeded": answer.succeeded,
        "http_status": answer.http_status,
        "latency_ms": answer.latency_ms,
        "error": answer.error,
        "checked_at": rfc3339::of_ms(answer.checked_at_ms),
        "state": answer.state,
        "since": rfc3339::of_ms(answer.since_ms),
    })
}

async fn history(
    app: WorkspaceApp,
    Path(id): Path<String>,
    Query(paging): Query<Paging>,
) -> Result<Json<Page>, ApiError> {
    let (limit, offset) = paging.check()?;
    let destination = crud::get::<Destination>(&app, &id).await?;
    let (changes, total) = app.health.history(&destination._id, limit, offset).await?;
    Ok(Json(Page { items: changes.iter().map(shown_change).collect(), limit, offset, total }))
}

fn shown_change(change: &Change) -> Value {
    json!({
        "destination_id": change.destination_id,
        "kind": change.kind,
        "previous": change.previous,
        "current": change.current,
        "at": rfc3339::of(change.at),
        "node_id": change.node_id,
        "error": change.error,
        "nodes": change.nodes,
    })
}
