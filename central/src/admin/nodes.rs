//! `GET /api/nodes` and `GET /api/nodes/{id}`: every node that was heard of, and how it is; [`edit`]: what is said
//! of it here.
//!
//! Nodes are of the installation and serve every workspace. Whoever may read logs may see how they are; where they
//! listen is for the installation's admin alone.
//!
//! What a node said is as old as `reported_at`: a postback node says it at least every half minute, a traffic node
//! with each pull of its runtime feed.

mod edit;
mod item;

use axum::{
    Json,
    extract::{Path, RawQuery},
};
use utoipa_axum::{router::OpenApiRouter, routes};

use self::item::{NodeDetail, NodeItem, NodeMoment, Now};
use super::{
    log_page::{Counted, LogPage},
    log_query::{LogQuery, LogShape, Paging, described},
};
use crate::{access::WorkspaceApp, app::App, error::ApiError, openapi::Refusals};

const SHAPE: LogShape =
    LogShape { filters: &[], paging: Paging::Page, searches: None, sorts: &[], has_csv: false };

described!(NodeParameters, SHAPE);

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list_nodes)).routes(routes!(read_node)).merge(edit::routes())
}

/// All nodes by name, and how they are.
#[utoipa::path(
    get, path = "/api/nodes", tag = "logs", params(NodeParameters),
    responses((status = 200, body = LogPage<NodeItem>), Refusals)
)]
async fn list_nodes(app: WorkspaceApp, RawQuery(raw): RawQuery) -> Result<Json<LogPage<NodeItem>>, ApiError> {
    let query = LogQuery::parse(raw.as_deref().unwrap_or_default(), &SHAPE)?;
    let (nodes, total) = app.presence.list(query.limit, query.offset).await?;
    let now = Now::of(&app).await;
    let items = nodes.into_iter().map(|node| NodeItem::of(node, &now)).collect();
    Ok(Json(LogPage::counted(&query, items, Counted::exact(total))))
}

/// One node, and how it was in the last day.
#[utoipa::path(
    get, path = "/api/nodes/{id}", tag = "logs", params(("id" = String, Path)),
    responses((status = 200, body = NodeDetail), Refusals)
)]
async fn read_node(app: WorkspaceApp, Path(id): Path<String>) -> Result<Json<NodeDetail>, ApiError> {
    let (node, history) = tokio::try_join!(app.presence.node(&id), app.presence.history(&id))?;
    let node = node.ok_or(ApiError::NotFound)?;
    let now = Now::of(&app).await;
    let history = history.into_iter().map(NodeMoment::of).collect();
    Ok(Json(NodeDetail { node: NodeItem::of(node, &now), history }))
}
