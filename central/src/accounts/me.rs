//! `/api/me`: who I am, where I am what, and where I am signed in.

use axum::{
    Json,
    extract::{Path, Query},
};
use http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    noted,
    shown::{MyWorkspace, SessionShown, UserShown},
    store::{UserStatus, membership, session, user},
    workspaces,
};
use crate::{
    access::{Actor, CallerApp, CallerSession, Permission, Role},
    admin::{
        crud::PageOf,
        input::{self, JsonBody, Paging},
        validate::Errors,
    },
    audit_log::{Action, Change, Entry},
    catalog::work::Work,
    error::ApiError,
    openapi::Refusals,
};

#[derive(Debug, Serialize, ToSchema)]
pub struct Me {
    /// As the audit log names the caller.
    pub actor: Actor,
    /// Null for API keys and tokens.
    pub user: Option<UserShown>,
    /// The user's.
    pub status: Option<UserStatus>,
    pub workspaces: Vec<MyWorkspace>,
    /// The one that this request is about; null: in none.
    pub workspace: Option<MyWorkspace>,
    /// In that workspace.
    pub role: Option<Role>,
    pub permissions: Vec<Permission>,
    pub masks_money: bool,
    pub is_installation_admin: bool,
}

/// Who I am
///
/// Also for those who wait for approval.
#[utoipa::path(get, path = "/api/me", tag = "me", responses((status = 200, body = Me), Refusals))]
pub async fn get_me(app: CallerApp) -> Result<Json<Me>, ApiError> {
    me(&app).await.map(Json)
}

async fn me(app: &CallerApp) -> Result<Me, ApiError> {
    let caller = &app.caller;
    let found = match caller.user_id() {
        Some(id) => Some(user::by_id(&app.catalog, id).await?.ok_or(ApiError::Unauthorized)?),
        None => None,
    };
    let membership = match (&found, &caller.workspace_id) {
        (Some(user), Some(workspace)) => membership::get(&app.catalog, workspace, &user._id).await?,
        _ => None,
    };
    let workspaces = match caller.is_pending() {
        true => Vec::new(),
        false => workspaces::of_caller(app, caller).await?,
    };
    Ok(Me {
        actor: caller.actor.clone(),
        status: found.as_ref().map(|user| user.status),
        user: found.map(|user| UserShown::of(app, &user, membership.as_ref())),
        workspace: workspaces.iter().find(|w| Some(&w.id) == caller.workspace_id.as_ref()).cloned(),
        workspaces,
        role: caller.role,
        permissions: caller.permissions.clone(),
        masks_money: caller.masks_money,
        is_installation_admin: caller.is_installation_admin,
    })
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MePatch {
    name: String,
}

/// Change my name
#[utoipa::path(
    patch,
    path = "/api/me",
    tag = "me",
    request_body = MePatch,
    responses((status = 200, body = Me), Refusals)
)]
pub async fn update_me(app: CallerApp, JsonBody(body): JsonBody) -> Result<Json<Me>, ApiError> {
    let (id, _) = session_of(&app)?;
    let MePatch { name } = input::read(body)?;
    let mut errors = Errors::default();
    errors.name(&name);
    errors.finish()?;
    let before = me(&app).await?.user;
    let mut after = before.clone();
    if let Some(after) = &mut after {
        name.trim().clone_into(&mut after.name);
    }
    let change = Change {
        action: Action::Updated,
        resource: "users",
        id: id.to_owned(),
        name: app.caller.actor.name.clone(),
        what: None,
        before: serde_json::to_value(&before).ok(),
        after: serde_json::to_value(&after).ok(),
    };
    let mut work = Work::default();
    let user = user::by_id(&app.catalog, id).await?.ok_or(ApiError::Unauthorized)?;
    user.rename(&mut work, name.trim());
    work.record(Entry::new(&app.caller.actor, None, change));
    noted::commit(&app.catalog, &work).await?;
    get_me(app).await
}

type SessionPage = PageOf<SessionShown>;

/// List my sessions
///
/// Where I am signed in, youngest first.
#[utoipa::path(
    get,
    path = "/api/me/sessions",
    tag = "me",
    params(Paging),
    responses((status = 200, body = SessionPage), Refusals)
)]
pub async fn list_my_sessions(
    app: CallerApp,
    Query(paging): Query<Paging>,
) -> Result<Json<SessionPage>, ApiError> {
    let (limit, offset) = paging.check()?;
    let (user, current) = session_of(&app)?;
    let all = session::of_user(&app.catalog, user).await?;
    let shown = all.iter().map(|session| SessionShown::of(session, &current.id));
    let items = shown.skip(offset as usize).take(limit as usize).collect();
    Ok(Json(PageOf { items, limit, offset, total: all.len() as u64 }))
}

/// Sign out everywhere else
///
/// Ends all sessions of mine but the one of this request.
#[utoipa::path(
    delete,
    path = "/api/me/sessions",
    tag = "me",
    responses((status = 204, description = "Signed out everywhere else"), Refusals)
)]
pub async fn end_my_other_sessions(app: CallerApp) -> Result<StatusCode, ApiError> {
    let (user, current) = session_of(&app)?;
    let mut work = Work::default();
    session::end_all(&mut work, user, Some(&current.id));
    end(&app, work, "signed out everywhere else").await
}

/// End one of my sessions
#[utoipa::path(
    delete,
    path = "/api/me/sessions/{id}",
    tag = "me",
    params(("id" = String, Path, description = "Of the session")),
    responses((status = 204, description = "Ended"), Refusals)
)]
pub async fn end_my_session(app: CallerApp, Path(id): Path<String>) -> Result<StatusCode, ApiError> {
    let (user, _) = session_of(&app)?;
    let found = session::of_id(&app.catalog, user, &id).await?.ok_or(ApiError::NotFound)?;
    let mut work = Work::default();
    found.end(&mut work);
    end(&app, work, "ended a session").await
}

/// Only users have names and sessions.
fn session_of(app: &CallerApp) -> Result<(&str, &CallerSession), ApiError> {
    app.caller.user_id().zip(app.caller.session.as_ref()).ok_or(ApiError::Forbidden)
}

async fn end(app: &CallerApp, mut work: Work, what: &str) -> Result<StatusCode, ApiError> {
    work.record(noted::of_oneself(&app.caller.actor, what));
    noted::commit(&app.catalog, &work).await?;
    Ok(StatusCode::NO_CONTENT)
}
