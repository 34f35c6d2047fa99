//! `POST /api/traffic/cache/reload`: every traffic node looks for a newer configuration at once.
//!
//! Nodes hear of each change by themselves; this is for those who will not wait for a node that was cut off.
//! An answer of a node says which version it had when it was asked: it does not wait for the new one.

use axum::Json;
use serde::{Deserialize, Serialize};
use traffoflex_wire::error_body::FieldError;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    access::WorkspaceApp,
    admin::shown_nodes::ShownNodes,
    app::App,
    audit_log::{self, Action, Change},
    error::ApiError,
    openapi::{NodeRefusals, Refusals},
};

/// Of a node.
const RELOAD_PATH: &str = "/internal/cache/reload";

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(reload_traffic_cache))
}

#[derive(Debug, Deserialize)]
struct NodeAnswer {
    version: u64,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CacheReload)]
struct Reload {
    /// The version that nodes will have.
    version: u64,
    nodes: Vec<NodeReload>,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = NodeCacheReload)]
struct NodeReload {
    /// Its address; its place in the list for all but the installation's admin.
    node: String,
    /// That it had when it was asked; none when it could not be.
    version: Option<u64>,
    /// Why it could not be asked.
    failed: Option<String>,
}

/// Tells all traffic nodes to look for a newer configuration now
#[utoipa::path(
    post,
    path = "/api/traffic/cache/reload",
    tag = "Nodes",
    responses(
        (status = 200, description = "At least one node was told; each is named.", body = Reload),
        Refusals,
        NodeRefusals,
    ),
)]
async fn reload_traffic_cache(app: WorkspaceApp) -> Result<Json<Reload>, ApiError> {
    if app.nodes.is_empty() {
        let message = "TRAFFIC_SERVICE_URL names no node".to_owned();
        return Err(ApiError::NodesUnreachable { message, details: Vec::new() });
    }
    let answers = app.nodes.post::<NodeAnswer>(RELOAD_PATH).await.into_iter();
    let shown = ShownNodes::of_traffic(&app);
    let nodes: Vec<NodeReload> = answers
        .map(|(node, answer)| {
            let (version, failed) = match answer {
                Ok(NodeAnswer { version }) => (Some(version), None),
                Err(error) => (None, Some(shown.failed(error.to_string()))),
            };
            NodeReload { node: shown.name(node), version, failed }
        })
        .collect();
    if nodes.iter().all(|node| node.failed.is_some()) {
        let failed = nodes.into_iter().map(|NodeReload { node, failed, .. }| FieldError {
            field: node,
            error: failed.unwrap_or_default(),
        });
        let message = "no traffic node answered".to_owned();
        return Err(ApiError::NodesUnreachable { message, details: failed.collect() });
    }
    let change = Change {
        action: Action::Done,
        resource: "traffic",
        id: String::new(),
        name: "traffic nodes".to_owned(),
        what: Some("told to reload their configuration".to_owned()),
        before: None,
        after: None,
    };
    audit_log::record(&app, change).await?;
    Ok(Json(Reload { version: app.publisher.version(), nodes }))
}
