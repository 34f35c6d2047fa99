//! `/api/outbound`: calls to traffic sources and webhooks that were given up, at the nodes that hold them.
//! `/api/postbacks/set-aside`: postbacks that a node keeps because central refused to claim them.

use axum::{
    Json,
    extract::Query,
    routing::{get, post},
};
use serde::Deserialize;
use traffoflex_wire::error_body::FieldError;
use utoipa_axum::router::OpenApiRouter;

use super::input::{self, JsonBody, Paging};
use crate::{
    access::WorkspaceApp,
    app::App,
    dead_letters::{self, Kind, List, ListRequest, Retried, RetryRequest, SetAsideRetry},
    error::ApiError,
};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .route("/api/outbound/dead-letters", get(list))
        .route("/api/outbound/retry", post(retry))
        .route("/api/postbacks/set-aside", get(list_set_aside))
        .route("/api/postbacks/set-aside/retry", post(retry_set_aside))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Parameters {
    limit: Option<String>,
    offset: Option<String>,
    target_id: Option<String>,
}

async fn list(app: WorkspaceApp, Query(query): Query<Parameters>) -> Result<Json<List>, ApiError> {
    let (limit, offset) = input::page(query.limit, query.offset)?;
    let request = ListRequest {
        kind: Kind::Outbound,
        limit: limit.unsigned_abs(),
        offset,
        target_id: query.target_id,
        workspace_id: Some(app.workspace_id.to_string()),
    };
    listed(&app, &request).await
}

async fn list_set_aside(app: WorkspaceApp, Query(page): Query<Paging>) -> Result<Json<List>, ApiError> {
    let (limit, offset) = page.check()?;
    let limit = limit.unsigned_abs();
    listed(&app, &ListRequest { kind: Kind::SetAside, limit, offset, ..ListRequest::default() }).await
}

async fn listed(app: &WorkspaceApp, request: &ListRequest) -> Result<Json<List>, ApiError> {
    let found = dead_letters::list(&app.postback_nodes, request).await;
    if found.nodes.iter().all(|node| node.failed.is_some()) {
        return Err(unreachable(found.nodes.iter().map(|node| (&node.node, node.failed.as_deref()))));
    }
    Ok(Json(found))
}

async fn retry(app: WorkspaceApp, JsonBody(body): JsonBody) -> Result<Json<Retried>, ApiError> {
    let request = input::read::<RetryRequest>(body)?;
    request.check().map_err(|(field, error)| ApiError::field(field, error))?;
    told(dead_letters::retry(&app.postback_nodes, &request, Some(&app.workspace_id)).await)
}

async fn retry_set_aside(app: WorkspaceApp, JsonBody(body): JsonBody) -> Result<Json<Retried>, ApiError> {
    let request = input::read::<SetAsideRetry>(body)?;
    request.check().map_err(|(field, error)| ApiError::field(field, error))?;
    told(dead_letters::retry_set_aside(&app.postback_nodes, &request).await)
}

fn told(retried: Retried) -> Result<Json<Retried>, ApiError> {
    if retried.nodes.iter().all(|node| node.failed.is_some()) {
        return Err(unreachable(retried.nodes.iter().map(|node| (&node.node, node.failed.as_deref()))));
    }
    Ok(Json(retried))
}

fn unreachable<'n>(nodes: impl Iterator<Item = (&'n String, Option<&'n str>)>) -> ApiError {
    let details = nodes.map(|(node, failed)| FieldError {
        field: node.clone(),
        error: failed.unwrap_or_default().to_owned(),
    });
    ApiError::NodesUnreachable { message: "no postback node answered".into(), details: details.collect() }
}
