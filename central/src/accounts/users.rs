//! `/api/users`: who is known here, who waits, and who is switched off.
//!
//! Members of a workspace that manage it see its members; the installation's administrator sees everybody, lets
//! in whoever waits, and switches users off and on, in all workspaces at once.

use axum::{
    Json,
    body::Bytes,
    extract::{Path, Query},
};
use serde::Deserialize;
use utoipa::ToSchema;

use super::{
    members,
    noted::{self, conflict},
    ownership,
    people::{self, People, PeopleParameters},
    shown::UserShown,
    store::{Membership, User, UserStatus, membership, session, user},
};
use crate::{
    access::{Role, WorkspaceApp},
    admin::{crud::PageOf, input},
    audit_log::Entry,
    catalog::work::Work,
    error::ApiError,
    openapi::Refusals,
};

type UserPage = PageOf<UserShown>;

/// List users
///
/// Members of the workspace; for the installation's administrator everybody, those who wait included.
#[utoipa::path(
    get,
    path = "/api/users",
    tag = "users",
    params(PeopleParameters),
    responses((status = 200, body = UserPage), Refusals)
)]
pub async fn list_users(
    app: WorkspaceApp,
    Query(parameters): Query<PeopleParameters>,
) -> Result<Json<UserPage>, ApiError> {
    let everybody = app.caller.is_installation_admin;
    let People { found, limit, offset, total } = people::list(&app, parameters, everybody).await?;
    let items = found.iter().map(|(user, membership)| UserShown::of(&app, user, membership.as_ref()));
    Ok(Json(PageOf { items: items.collect(), limit, offset, total }))
}

/// Read a user
#[utoipa::path(
    get,
    path = "/api/users/{id}",
    tag = "users",
    params(("id" = String, Path)),
    responses((status = 200, body = UserShown), Refusals)
)]
pub async fn get_user(app: WorkspaceApp, Path(id): Path<String>) -> Result<Json<UserShown>, ApiError> {
    let (user, membership) = visible(&app, &id).await?;
    Ok(Json(UserShown::of(&app, &user, membership.as_ref())))
}

/// The user, as far as the caller may know of them.
async fn visible(app: &WorkspaceApp, id: &str) -> Result<(User, Option<Membership>), ApiError> {
    let membership = membership::get(&app.catalog, &app.workspace_id, id).await?;
    if membership.is_none() && !app.caller.is_installation_admin {
        return Err(ApiError::NotFound);
    }
    let user = user::by_id(&app.catalog, id).await?.ok_or(ApiError::NotFound)?;
    Ok((user, membership))
}

#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Approval {
    /// In the workspace of the request; `analyst` unless named. Who is a member already keeps their role.
    #[serde(default)]
    #[schema(value_type = Option<Role>)]
    role: Option<String>,
    /// Amounts are not shown to this analyst.
    #[serde(default)]
    mask_money: bool,
}

/// Approve a user
///
/// Lets them in, as a member of the workspace of the request. The body may be empty.
#[utoipa::path(
    post,
    path = "/api/users/{id}/approve",
    tag = "users",
    params(("id" = String, Path)),
    request_body = Option<Approval>,
    responses((status = 200, body = UserShown), Refusals)
)]
pub async fn approve_user(
    app: WorkspaceApp,
    Path(id): Path<String>,
    body: Bytes,
) -> Result<Json<UserShown>, ApiError> {
    visible(&app, &id).await?;
    let Approval { role, mask_money } = approval(&body)?;
    let role = role.as_deref().map_or(Ok(Role::Analyst), members::role)?;
    ownership::check_mask(role, mask_money)?;
    ownership::may_touch(&app.caller, role)?;
    let shown = ownership::exclusively(&app.catalog, async {
        let (before, membership) = visible(&app, &id).await?;
        match before.status {
            UserStatus::Disabled => return Err(conflict("the user is disabled: enable them")),
            UserStatus::Active if membership.is_some() => return Err(conflict("the user is active already")),
            _ => {}
        }
        let mut work = Work::default();
        let joined = match &membership {
            Some(membership) => membership.clone(),
            None => {
                ownership::may_give(&app.caller, role, mask_money)?;
                let as_what = (role, mask_money);
                ownership::join(&app.catalog, &mut work, &app.workspace_id, &before, as_what).await?
            }
        };
        let after = match before.status {
            UserStatus::Active => before.clone(),
            _ => before.turn(&mut work, UserStatus::Active),
        };
        let shown = UserShown::of(&app, &after, Some(&joined));
        let change = noted::of_user(&UserShown::of(&app, &before, membership.as_ref()), &shown, "approved");
        work.record(Entry::of(&app, change));
        noted::commit(&app.catalog, &work).await?;
        Ok(shown)
    })
    .await?;
    Ok(Json(shown))
}

fn approval(body: &[u8]) -> Result<Approval, ApiError> {
    if body.trim_ascii().is_empty() {
        return Ok(Approval::default());
    }
    let value: serde_json::Value = serde_json::from_slice(body)
        .map_err(|error| ApiError::field("body", format!("not JSON: {error}")))?;
    if value.is_null() {
        return Ok(Approval::default());
    }
    input::read(value)
}

/// Disable a user
///
/// For the installation's administrator. It ends the user's sessions at once, in all workspaces.
#[utoipa::path(
    post,
    path = "/api/users/{id}/disable",
    tag = "users",
    params(("id" = String, Path)),
    responses((status = 200, body = UserShown), Refusals)
)]
pub async fn disable_user(app: WorkspaceApp, Path(id): Path<String>) -> Result<Json<UserShown>, ApiError> {
    of_everybody(&app, &id).await?;
    if app.caller.user_id() == Some(&id) {
        return Err(conflict("nobody disables themselves"));
    }
    let shown = ownership::exclusively(&app.catalog, async {
        let (before, membership) = of_everybody(&app, &id).await?;
        if before.status == UserStatus::Disabled {
            return Ok(UserShown::of(&app, &before, membership.as_ref()));
        }
        let memberships = membership::of_user(&app.catalog, &id).await?;
        for membership in &memberships {
            ownership::keep_one(&app.catalog, membership).await?;
        }
        let mut work = Work::default();
        let after = before.turn(&mut work, UserStatus::Disabled);
        session::end_all(&mut work, &id, None);
        let both = (&before, &after);
        noted::everywhere(&app, &mut work, &app.caller.actor, both, (&memberships, "disabled"));
        noted::commit(&app.catalog, &work).await?;
        Ok(UserShown::of(&app, &after, membership.as_ref()))
    })
    .await?;
    Ok(Json(shown))
}

/// Enable a user
///
/// For the installation's administrator. Who was not let in before waits again.
#[utoipa::path(
    post,
    path = "/api/users/{id}/enable",
    tag = "users",
    params(("id" = String, Path)),
    responses((status = 200, body = UserShown), Refusals)
)]
pub async fn enable_user(app: WorkspaceApp, Path(id): Path<String>) -> Result<Json<UserShown>, ApiError> {
    of_everybody(&app, &id).await?;
    let shown = ownership::exclusively(&app.catalog, async {
        let (before, membership) = of_everybody(&app, &id).await?;
        let memberships = membership::of_user(&app.catalog, &id).await?;
        let status = match (before.status, before.approved_at) {
            (UserStatus::Disabled, Some(_)) => UserStatus::Active,
            (UserStatus::Disabled, None) if memberships.is_empty() => UserStatus::PendingApproval,
            (UserStatus::Disabled, None) => UserStatus::Invited,
            _ => return Ok(UserShown::of(&app, &before, membership.as_ref())),
        };
        let mut work = Work::default();
        let after = before.turn(&mut work, status);
        let both = (&before, &after);
        noted::everywhere(&app, &mut work, &app.caller.actor, both, (&memberships, "enabled"));
        noted::commit(&app.catalog, &work).await?;
        Ok(UserShown::of(&app, &after, membership.as_ref()))
    })
    .await?;
    Ok(Json(shown))
}

/// For what concerns all workspaces.
async fn of_everybody(app: &WorkspaceApp, id: &str) -> Result<(User, Option<Membership>), ApiError> {
    let found = visible(app, id).await?;
    if app.caller.is_installation_admin { Ok(found) } else { Err(ApiError::Forbidden) }
}
