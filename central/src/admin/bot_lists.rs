//! `/api/bot-lists`: the clients that are bots, and those that are people, whatever else is known of them. They
//! are fields of the workspace, and `/api/workspace` shows and takes them too; here entries are added and
//! removed one by one or as lines of text.
//!
//! A line of text is an address or a CIDR, `AS` and a number, or else a part of a User-Agent; or a row of CSV
//! whose first field says what it is: `ip`, `asn` or `user_agent`. Empty lines and those that begin with `#`
//! are passed over.

mod entries;

use axum::{Json, response::Response};
use serde::{Deserialize, Serialize};
use traffoflex_model::{ClientList, Workspace};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use self::entries::BotListEntries;
use super::{
    crud::{self, schema::Replacement, write},
    input::{self, JsonBody},
    validate::Errors,
    workspace::Workspaces,
};
use crate::{
    access::WorkspaceApp, app::App, audit_log::Action, catalog::entity::Stored, error::ApiError,
    openapi::Refusals,
};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(read_bot_lists, replace_bot_lists))
        .routes(routes!(add_bot_list_entries, remove_bot_list_entries))
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum BotList {
    /// Clients that are bots.
    Bots,
    /// Clients that are people; stronger than `bots`.
    People,
}

#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct BotListsInput {
    bots: ClientList,
    people: ClientList,
}

type BotListsReplacement = Replacement<BotListsInput>;

#[derive(Debug, Serialize, ToSchema)]
struct BotLists {
    bots: ClientList,
    people: ClientList,
    /// Of the workspace.
    revision: i64,
}

impl From<Stored<Workspace>> for BotLists {
    fn from(stored: Stored<Workspace>) -> Self {
        let Workspace { bots, people, .. } = stored.entity;
        Self { bots, people, revision: stored.revision }
    }
}

#[derive(Debug, Serialize, ToSchema)]
struct BotListChange {
    /// Entries added or removed; the others were there, or were not.
    changed: usize,
    lists: BotLists,
}

/// Reads both lists.
#[utoipa::path(
    get,
    path = "/api/bot-lists",
    tag = "Bot lists",
    responses((status = 200, body = BotLists), Refusals)
)]
async fn read_bot_lists(app: WorkspaceApp) -> Result<Json<BotLists>, ApiError> {
    Ok(Json(crud::get::<Workspace>(&app, &app.workspace_id).await?.into()))
}

/// Replaces both lists.
#[utoipa::path(
    put,
    path = "/api/bot-lists",
    tag = "Bot lists",
    request_body = BotListsReplacement,
    responses((status = 200, body = BotLists), Refusals)
)]
async fn replace_bot_lists(app: WorkspaceApp, JsonBody(mut body): JsonBody) -> Result<Response, ApiError> {
    let revision = input::take_revision(&mut body)?;
    let BotListsInput { bots, people } = input::read(body)?;
    let mut errors = Errors::default();
    errors.clients("bots", &bots);
    errors.clients("people", &people);
    errors.finish()?;
    let before = crud::get::<Workspace>(&app, &app.workspace_id).await?;
    if before.revision != revision {
        return Err(ApiError::RevisionConflict { current: before.revision });
    }
    let after = before.next(Workspace { bots, people, ..before.entity.clone() });
    match write::save::<Workspaces>(&app, &before, &after, Some("bot lists replaced".into())).await? {
        Some(version) => Ok(crud::written(BotLists::from(after), version)),
        None => {
            let current = crud::get::<Workspace>(&app, &app.workspace_id).await?.revision;
            Err(ApiError::RevisionConflict { current })
        }
    }
}

/// Adds entries to a list.
#[utoipa::path(
    post,
    path = "/api/bot-lists/entries",
    tag = "Bot lists",
    request_body = BotListEntries,
    responses((status = 200, body = BotListChange), Refusals)
)]
async fn add_bot_list_entries(app: WorkspaceApp, JsonBody(body): JsonBody) -> Result<Response, ApiError> {
    change(&app, body, Action::Created).await
}

/// Removes entries from a list.
#[utoipa::path(
    delete,
    path = "/api/bot-lists/entries",
    tag = "Bot lists",
    request_body = BotListEntries,
    responses((status = 200, body = BotListChange), Refusals)
)]
async fn remove_bot_list_entries(app: WorkspaceApp, JsonBody(body): JsonBody) -> Result<Response, ApiError> {
    change(&app, body, Action::Deleted).await
}

async fn change(app: &WorkspaceApp, body: serde_json::Value, action: Action) -> Result<Response, ApiError> {
    let (list, named) = input::read::<BotListEntries>(body)?.check()?;
    let changed = std::sync::atomic::AtomicUsize::new(0);
    let apply = |mut workspace: Workspace| {
        let kept = match list {
            BotList::Bots => &mut workspace.bots,
            BotList::People => &mut workspace.people,
        };
        let count = match action {
            Action::Deleted => entries::remove(kept, &named),
            _ => entries::add(kept, &named),
        };
        changed.store(count, std::sync::atomic::Ordering::Relaxed);
        let mut errors = Errors::default();
        errors.clients(if list == BotList::Bots { "bots" } else { "people" }, kept);
        errors.finish()?;
        Ok((count > 0).then_some(workspace))
    };
    let what = if action == Action::Deleted { "bot list entries removed" } else { "bot list entries added" };
    let (stored, version) = write::change::<Workspaces>(app, &app.workspace_id, what, apply).await?;
    let answer = BotListChange { changed: changed.into_inner(), lists: stored.into() };
    Ok(crud::written(answer, version))
}
