//! `GET /api/nodes`: every node that was heard of, and whether it is there.

use axum::{Json, extract::Query, routing::get};
use serde_json::json;
use utoipa_axum::router::OpenApiRouter;

use super::{crud::Page, input::Paging};
use crate::{access::WorkspaceApp, app::App, error::ApiError, node_presence::ListedNode, rfc3339};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().route("/api/nodes", get(list))
}

async fn list(app: WorkspaceApp, Query(paging): Query<Paging>) -> Result<Json<Page>, ApiError> {
    let (limit, offset) = paging.check()?;
    let (nodes, total) = app.presence.list(limit, offset).await?;
    let current = app.publisher.version();
    let items = nodes.into_iter().map(|ListedNode { node, online }| {
        json!({
            "node_id": node._id,
            "online": online,
            "first_seen": rfc3339::of(node.first_seen),
            "last_seen": rfc3339::of(node.last_seen),
            "snapshot_version": node.snapshot_version,
            "is_current": node.snapshot_version as u64 == current,
        })
    });
    Ok(Json(Page { items: items.collect(), limit, offset, total }))
}
