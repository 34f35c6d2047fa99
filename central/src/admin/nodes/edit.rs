//! `PATCH /api/nodes/{id}`: what the installation calls a node and notes of it. `DELETE /api/nodes/{id}`: forgets one
//! that is gone, with its last day; one that is heard of would be back with its next request.
//!
//! Nodes serve every workspace: both are for the installation's admin alone.

use axum::{Json, extract::Path};
use http::StatusCode;
use mongodb::bson::doc;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::item::{NodeItem, Now};
use crate::{
    access::WorkspaceApp,
    admin::{
        crud::schema::Patch,
        input::{self, JsonBody},
        validate::Errors,
    },
    app::App,
    audit_log::{Action, Change, Entry},
    catalog::work::{Refused, Work},
    error::ApiError,
    node_presence::{KnownNode, ListedNode, NODES, reports::HISTORY},
    openapi::Refusals,
};

const MAX_NOTES_CHARS: usize = 2000;

type Part = Patch<NodeInput>;

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(patch_node, forget_node))
}

/// What is said of a node here; the rest it says of itself.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NodeInput {
    /// Beside its id, which is what it calls itself.
    #[serde(default)]
    #[schema(max_length = 200)]
    name: Option<String>,
    #[serde(default)]
    #[schema(max_length = 2000)]
    notes: Option<String>,
}

impl NodeInput {
    fn json(&self) -> Value {
        json!({ "name": self.name, "notes": self.notes })
    }

    fn check(&self) -> Result<(), ApiError> {
        let mut errors = Errors::default();
        if let Some(name) = &self.name {
            errors.name(name);
        }
        if self.notes.as_ref().is_some_and(|notes| notes.chars().count() > MAX_NOTES_CHARS) {
            errors.add("notes", format!("at most {MAX_NOTES_CHARS} characters"));
        }
        errors.finish()
    }
}

/// Names a node, or notes something of it.
///
/// For the installation's admin.
#[utoipa::path(
    patch, path = "/api/nodes/{id}", tag = "logs", params(("id" = String, Path)), request_body = Part,
    responses((status = 200, body = NodeItem), Refusals)
)]
async fn patch_node(
    app: WorkspaceApp,
    Path(id): Path<String>,
    JsonBody(mut body): JsonBody,
) -> Result<Json<NodeItem>, ApiError> {
    let before = of_installation(&app, &id).await?.node;
    let revision = input::take_revision(&mut body)?;
    if revision != before.revision {
        return Err(ApiError::RevisionConflict { current: before.revision });
    }
    let was = NodeInput { name: before.name.clone(), notes: before.notes.clone() }.json();
    let mut whole = was.clone();
    input::merge(&mut whole, body);
    let input: NodeInput = input::read(whole)?;
    input.check()?;
    let mut work = Work::default();
    let set = doc! { "name": input.name.clone(), "notes": input.notes.clone() };
    work.replace_document(NODES, &id, revision, set);
    work.record(entry(&app, Action::Updated, &before, (Some(was), Some(input.json()))));
    commit(&app, &id, &work).await?;
    let after = app.presence.node(&id).await?.ok_or(ApiError::NotFound)?;
    Ok(Json(NodeItem::of(after, &Now::of(&app).await)))
}

/// Forgets a node that is gone.
///
/// For the installation's admin. Refused while the node is heard of.
#[utoipa::path(
    delete, path = "/api/nodes/{id}", tag = "logs", params(("id" = String, Path)),
    responses((status = 204), Refusals)
)]
async fn forget_node(app: WorkspaceApp, Path(id): Path<String>) -> Result<StatusCode, ApiError> {
    let ListedNode { node, online } = of_installation(&app, &id).await?;
    if online {
        let message = "the node is heard of: stop it first".to_owned();
        return Err(ApiError::Conflict { message, details: Vec::new() });
    }
    let mut work = Work::default();
    work.delete_document(NODES, &id, node.revision);
    work.delete_many(HISTORY, doc! { "node": &id });
    let was = NodeInput { name: node.name.clone(), notes: node.notes.clone() }.json();
    work.record(entry(&app, Action::Deleted, &node, (Some(was), None)));
    commit(&app, &id, &work).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn of_installation(app: &WorkspaceApp, id: &str) -> Result<ListedNode, ApiError> {
    if !app.caller.is_installation_admin {
        return Err(ApiError::Forbidden);
    }
    app.presence.node(id).await?.ok_or(ApiError::NotFound)
}

async fn commit(app: &WorkspaceApp, id: &str, work: &Work) -> Result<(), ApiError> {
    match app.catalog.commit(work).await {
        Err(Refused::Stale { .. }) => Err(match app.presence.node(id).await? {
            Some(now) => ApiError::RevisionConflict { current: now.node.revision },
            None => ApiError::NotFound,
        }),
        other => Ok(other?),
    }
}

fn entry(
    app: &WorkspaceApp,
    action: Action,
    node: &KnownNode,
    (before, after): (Option<Value>, Option<Value>),
) -> Entry {
    let name = node.name.clone().unwrap_or_else(|| node._id.clone());
    Entry::of(
        app,
        Change { action, resource: "nodes", id: node._id.clone(), name, what: None, before, after },
    )
}
