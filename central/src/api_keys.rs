//! `/api/api-keys`: what scripts show instead of a session. A key belongs to a workspace and has scopes, which
//! are permissions by their names; it may expire. Its secret is shown when it is made, and never again: what
//! is kept is a keyed hash ([`secret`]).
//!
//! Nobody can give a key what they do not have themselves, masked money and time to live included; that holds for
//! keys with `keys:manage` as well. A key outlives the membership of who made it: it is the workspace's. Deleting it
//! revokes it with the next request: nothing of it is cached.

mod caller;
pub mod secret;
pub mod store;

use axum::{
    Json,
    extract::{Path, Query},
    response::{IntoResponse, Response},
};
use http::{HeaderValue, StatusCode, header};
use mongodb::bson::{DateTime, doc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use self::store::{NewKey, StoredKey};
pub use self::{caller::caller, store::ApiKeys};
use crate::{
    access::{Actor, Permission, WorkspaceApp},
    admin::{
        crud::PageOf,
        input::{self, JsonBody},
        validate::Errors,
    },
    app::App,
    audit_log::{Action, Change, Entry},
    error::ApiError,
    openapi::Refusals,
    rfc3339,
};

const PATH: &str = "/api/api-keys";
/// As the audit log names them.
pub const RESOURCE: &str = "api-keys";
/// Of a workspace.
const MAX_KEYS: u64 = 500;
const MAX_SEARCH_CHARS: usize = 100;

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list_api_keys, create_api_key)).routes(routes!(
        get_api_key,
        rename_api_key,
        revoke_api_key
    ))
}

/// An API key without its secret.
#[derive(Debug, Serialize, ToSchema)]
pub struct ApiKey {
    pub id: String,
    pub workspace_id: String,
    pub revision: i64,
    pub name: String,
    pub scopes: Vec<Permission>,
    /// Amounts are null in what it reads.
    pub mask_money: bool,
    pub created_by: Actor,
    #[schema(format = DateTime)]
    pub created_at: String,
    #[schema(format = DateTime)]
    pub updated_at: String,
    /// Null: never.
    #[schema(format = DateTime)]
    pub expires_at: Option<String>,
    pub is_expired: bool,
    /// To the minute; null: never used.
    #[schema(format = DateTime)]
    pub last_used_at: Option<String>,
}

impl From<&StoredKey> for ApiKey {
    fn from(key: &StoredKey) -> Self {
        Self {
            id: key._id.clone(),
            workspace_id: key.workspace_id.clone(),
            revision: key.revision,
            name: key.name.clone(),
            scopes: key.scopes.clone(),
            mask_money: key.mask_money,
            created_by: key.created_by.clone(),
            created_at: rfc3339::of(key.created_at),
            updated_at: rfc3339::of(key.updated_at),
            expires_at: key.expires_at.map(rfc3339::of),
            is_expired: key.is_expired(),
            last_used_at: key.last_used_at.map(rfc3339::of),
        }
    }
}

/// A new API key, and the only time that its secret is shown.
#[derive(Debug, Serialize, ToSchema)]
pub struct CreatedApiKey {
    #[serde(flatten)]
    pub key: ApiKey,
    /// For `X-Api-Key`, or as a bearer token.
    #[schema(example = "tfx_01J0ZVYK0QJ6V6X2W1C9G7T5B3_4PzT0mYFqkP1c3mQp0m6bV8Qw2h7v0Jt2nQ1m9a3kXs")]
    pub secret: String,
}

type ApiKeyPage = PageOf<ApiKey>;

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewApiKey {
    #[schema(min_length = 1, max_length = 200)]
    name: String,
    /// Only what the caller may do.
    #[schema(min_items = 1)]
    scopes: Vec<Permission>,
    /// In the future. Null: never, or when the key ends that makes it: none outlives its maker.
    #[serde(default)]
    #[schema(format = DateTime)]
    expires_at: Option<String>,
    /// Amounts are null in what it reads. Always so when its maker sees none.
    #[serde(default)]
    mask_money: bool,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ApiKeyName {
    #[schema(min_length = 1, max_length = 200)]
    name: String,
    /// The one that was read.
    #[schema(minimum = 1)]
    revision: i64,
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ApiKeyListParameters {
    #[param(value_type = Option<i64>, minimum = 1, maximum = 500)]
    limit: Option<String>,
    #[param(value_type = Option<i64>, minimum = 0)]
    offset: Option<String>,
    /// Part of a name.
    #[param(max_length = 100)]
    q: Option<String>,
}

/// List the API keys of the workspace.
///
/// The oldest first, without their secrets.
#[utoipa::path(get, path = "/api/api-keys", tag = "api-keys", params(ApiKeyListParameters),
    responses((status = 200, body = ApiKeyPage), Refusals))]
async fn list_api_keys(
    app: WorkspaceApp,
    Query(query): Query<ApiKeyListParameters>,
) -> Result<Json<ApiKeyPage>, ApiError> {
    let (limit, offset) = input::page(query.limit, query.offset)?;
    let mut filter = doc! { "workspace_id": app.workspace_id.as_str() };
    if let Some(q) = query.q.filter(|q| !q.is_empty()) {
        if q.chars().count() > MAX_SEARCH_CHARS {
            return Err(ApiError::field("q", format!("at most {MAX_SEARCH_CHARS} characters")));
        }
        filter.insert("name", input::matching(&q)?);
    }
    let (found, total) = app.api_keys.list(filter, limit, offset).await?;
    Ok(Json(PageOf { items: found.iter().map(ApiKey::from).collect(), limit, offset, total }))
}

/// Make an API key.
///
/// The answer holds its secret, which is never shown again.
#[utoipa::path(post, path = "/api/api-keys", tag = "api-keys", request_body = NewApiKey,
    responses((status = 201, body = CreatedApiKey), Refusals))]
async fn create_api_key(app: WorkspaceApp, JsonBody(body): JsonBody) -> Result<Response, ApiError> {
    let NewApiKey { name, scopes, expires_at, mask_money } = input::read(body)?;
    let mut errors = Errors::default();
    errors.name(&name);
    let scopes = check_scopes(&scopes, &app.caller.permissions, &mut errors);
    let expires_at = check_expiry(expires_at.as_deref(), app.caller.expires_at, &mut errors);
    errors.finish()?;
    check_room(&app.api_keys, &app.workspace_id).await?;
    let new = NewKey {
        workspace_id: app.workspace_id.to_string(),
        name,
        scopes,
        mask_money: mask_money || app.caller.masks_money,
        expires_at,
        created_by: app.caller.actor.clone(),
    };
    let entry = |key: &StoredKey| Entry::of(&app, change(Action::Created, None, Some(key)));
    let (key, secret) = app.api_keys.create(new, entry).await?;
    let location = format!("{PATH}/{}", key._id);
    let body = CreatedApiKey { key: ApiKey::from(&key), secret };
    let mut response = (StatusCode::CREATED, Json(body)).into_response();
    if let Ok(location) = HeaderValue::try_from(location) {
        response.headers_mut().insert(header::LOCATION, location);
    }
    // The one answer that no cache may keep.
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}

/// Read an API key, without its secret.
#[utoipa::path(get, path = "/api/api-keys/{id}", tag = "api-keys", params(("id" = String, Path)),
    responses((status = 200, body = ApiKey), Refusals))]
async fn get_api_key(app: WorkspaceApp, Path(id): Path<String>) -> Result<Json<ApiKey>, ApiError> {
    let found = app.api_keys.get(&app.workspace_id, &id).await?;
    Ok(Json(ApiKey::from(&found.ok_or(ApiError::NotFound)?)))
}

/// Rename an API key.
///
/// What it may do stays: make another one, and revoke this one.
#[utoipa::path(patch, path = "/api/api-keys/{id}", tag = "api-keys", params(("id" = String, Path)),
    request_body = ApiKeyName, responses((status = 200, body = ApiKey), Refusals))]
async fn rename_api_key(
    app: WorkspaceApp,
    Path(id): Path<String>,
    JsonBody(body): JsonBody,
) -> Result<Json<ApiKey>, ApiError> {
    let before = app.api_keys.get(&app.workspace_id, &id).await?.ok_or(ApiError::NotFound)?;
    let ApiKeyName { name, revision } = input::read(body)?;
    let mut errors = Errors::default();
    errors.name(&name);
    errors.finish()?;
    let entry = |after: &StoredKey| Entry::of(&app, change(Action::Updated, Some(&before), Some(after)));
    let Some(after) = app.api_keys.rename(&before, &name, revision, entry).await? else {
        let current = app.api_keys.get(&app.workspace_id, &id).await?.ok_or(ApiError::NotFound)?.revision;
        return Err(ApiError::RevisionConflict { current });
    };
    Ok(Json(ApiKey::from(&after)))
}

/// Revoke an API key, at once and for good.
#[utoipa::path(delete, path = "/api/api-keys/{id}", tag = "api-keys", params(("id" = String, Path)),
    responses((status = 204), Refusals))]
async fn revoke_api_key(app: WorkspaceApp, Path(id): Path<String>) -> Result<StatusCode, ApiError> {
    let entry = |key: &StoredKey| Entry::of(&app, change(Action::Deleted, Some(key), None));
    app.api_keys.revoke(&app.workspace_id, &id, entry).await?.ok_or(ApiError::NotFound)?;
    Ok(StatusCode::NO_CONTENT)
}

/// Whether the workspace may have another one.
pub async fn check_room(keys: &ApiKeys, workspace: &str) -> Result<(), ApiError> {
    if keys.count(workspace).await? < MAX_KEYS {
        return Ok(());
    }
    let message = format!("a workspace has at most {MAX_KEYS} API keys");
    Err(ApiError::Conflict { message, details: Vec::new() })
}

/// Each once, in the order of [`Permission::ALL`]; nobody gives what they do not have.
pub fn check_scopes(named: &[Permission], own: &[Permission], errors: &mut Errors) -> Vec<Permission> {
    if named.is_empty() {
        errors.add("scopes", "at least one");
    }
    for (i, _) in named.iter().enumerate().filter(|(_, scope)| !own.contains(scope)) {
        errors.add(&format!("scopes[{i}]"), "you do not have it yourself");
    }
    Permission::ALL.into_iter().filter(|scope| named.contains(scope)).collect()
}

/// `own` is when the caller's own key ends: what it makes does not outlive it.
pub fn check_expiry(text: Option<&str>, own: Option<DateTime>, errors: &mut Errors) -> Option<DateTime> {
    let Some(text) = text else { return own };
    let at = text.parse::<jiff::Timestamp>().ok().filter(|at| *at > jiff::Timestamp::now());
    if at.is_none() {
        errors.add("expires_at", "an RFC 3339 time in the future, for example 2030-01-31T00:00:00Z");
    }
    let at = at.map(|at| DateTime::from_millis(at.as_millisecond()));
    if let Some(own) = own
        && at.is_some_and(|at| at > own)
    {
        errors.add("expires_at", format!("at most {}, when your own key ends", rfc3339::of(own)));
    }
    at
}

/// For the audit log; of secrets nothing is in it.
pub fn change(action: Action, before: Option<&StoredKey>, after: Option<&StoredKey>) -> Change {
    let shown = |key: &StoredKey| serde_json::to_value(ApiKey::from(key)).unwrap_or_default();
    let of = |field: fn(&StoredKey) -> &String| after.or(before).map(field).cloned().unwrap_or_default();
    Change {
        action,
        resource: RESOURCE,
        id: of(|key| &key._id),
        name: of(|key| &key.name),
        what: None,
        before: before.map(shown),
        after: after.map(shown),
    }
}
