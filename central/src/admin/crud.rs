//! What all resources do alike: list, read, write with compare-and-set, and publish before the answer.

use axum::{
    Json,
    response::{IntoResponse, Response},
};
use http::{HeaderValue, StatusCode, header};
use serde::Serialize;
use serde_json::{Value, json};
use traffoflex_wire::snapshot::VERSION_HEADER;

use super::input::ListRequest;
use crate::{
    access::WorkspaceApp,
    catalog::{
        ListQuery, Replaced, duplicate_field,
        entity::{Entity, Stored},
    },
    error::ApiError,
    rfc3339,
    snapshot::build::{Holds, State},
};

/// How an entity looks to clients: its fields, then what the database knows.
pub fn show<T: Entity>(stored: &Stored<T>, more: impl FnOnce(&T) -> Value) -> Value {
    let mut shown = serde_json::to_value(&stored.entity).unwrap_or_default();
    if let (Some(object), Value::Object(more)) = (shown.as_object_mut(), more(&stored.entity)) {
        object.extend(more);
        object.insert("revision".into(), stored.revision.into());
        object.insert("created_at".into(), rfc3339::of(stored.created_at).into());
        object.insert("updated_at".into(), rfc3339::of(stored.updated_at).into());
    }
    shown
}

#[derive(Serialize)]
pub struct Page {
    pub items: Vec<Value>,
    pub limit: i64,
    pub offset: u64,
    pub total: u64,
}

pub async fn list<T: Entity>(
    app: &WorkspaceApp,
    request: ListRequest,
    show: impl Fn(&Stored<T>) -> Value,
) -> Result<Json<Page>, ApiError> {
    let ListRequest { filter, sort, limit, offset } = request;
    let (found, total) = app.catalog.list::<T>(ListQuery { filter, sort, limit, offset }).await?;
    Ok(Json(Page { items: found.iter().map(show).collect(), limit, offset, total }))
}

pub async fn get<T: Entity>(app: &WorkspaceApp, id: &str) -> Result<Stored<T>, ApiError> {
    app.catalog.get::<T>(&app.workspace_id, id).await?.ok_or(ApiError::NotFound)
}

/// Inserts; the answer's `Location` is `path` and the id.
pub async fn create<T: Entity>(app: &WorkspaceApp, entity: T) -> Result<Stored<T>, ApiError> {
    app.catalog.insert(entity).await.map_err(taken)
}

/// Writes over `revision`, and publishes.
pub async fn replace<T: Entity>(
    app: &WorkspaceApp,
    entity: T,
    revision: i64,
) -> Result<(Stored<T>, u64), ApiError>
where
    State: Holds<T>,
{
    match app.catalog.replace(entity, revision).await.map_err(taken)? {
        Replaced::Done(stored) => {
            let version = app.publisher.publish::<T>(&stored._id).await?;
            Ok((stored, version))
        }
        Replaced::Conflict { current } => Err(ApiError::RevisionConflict { current }),
        Replaced::NotFound => Err(ApiError::NotFound),
    }
}

/// Deletes, and publishes.
pub async fn delete<T: Entity>(app: &WorkspaceApp, id: &str) -> Result<Response, ApiError>
where
    State: Holds<T>,
{
    if !app.catalog.delete::<T>(&app.workspace_id, id).await? {
        return Err(ApiError::NotFound);
    }
    let version = app.publisher.publish::<T>(id).await?;
    Ok(published(StatusCode::NO_CONTENT.into_response(), version))
}

pub fn created(path: &str, id: &str, body: Value, version: u64) -> Response {
    let mut response = (StatusCode::CREATED, Json(body)).into_response();
    if let Ok(location) = HeaderValue::try_from(format!("{path}/{id}")) {
        response.headers_mut().insert(header::LOCATION, location);
    }
    published(response, version)
}

/// Says which snapshot version the write is in.
pub fn published(mut response: Response, version: u64) -> Response {
    response.headers_mut().insert(VERSION_HEADER, HeaderValue::from(version));
    response
}

/// A violated unique index is the client's to mend.
fn taken(error: mongodb::error::Error) -> ApiError {
    match duplicate_field(&error) {
        Some(field) => ApiError::field(field, "already taken"),
        None => error.into(),
    }
}

/// Refuses a delete while something points at the entity.
pub fn in_use(places: Vec<(String, String)>) -> Result<(), ApiError> {
    if places.is_empty() {
        return Ok(());
    }
    let details = places.into_iter().map(|(field, name)| traffoflex_wire::error_body::FieldError {
        field,
        error: format!("used by {name}"),
    });
    Err(ApiError::Conflict { message: "it is still in use".into(), details: details.collect() })
}

pub fn nothing_more<T>(_: &T) -> Value {
    json!({})
}
