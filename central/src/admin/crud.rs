//! What all resources do alike: list, create, read, replace, patch, delete, archive, restore, set the status
//! of many.
//!
//! A [`Resource`] says what differs: its entity, what clients send, how that is checked, and what is shown.
//! Its handlers are made by the macros of [`routes`], with typed bodies for the description of the API.
//! Every write is a compare-and-set on `revision`, is one transaction with its entry in the audit log, and
//! is published to the nodes before its answer.

pub mod bulk;
pub mod resource;
pub mod restore;
#[macro_use]
pub mod routes;
pub mod schema;
pub mod write;

use axum::{
    Json,
    response::{IntoResponse, Response},
};
use http::{HeaderValue, StatusCode, header};
use mongodb::bson::doc;
use serde::Serialize;
use traffoflex_wire::{error_body::FieldError, snapshot::VERSION_HEADER};

pub use self::resource::{Nothing, Resource, Shown, audited};
use super::input::{ListQuery as _, ListRequest};
use crate::{
    access::WorkspaceApp,
    catalog::{
        ListQuery,
        entity::{Entity, Stored},
    },
    error::ApiError,
};

/// A page of a list.
#[derive(Debug, Serialize)]
pub struct PageOf<T> {
    pub items: Vec<T>,
    pub limit: i64,
    pub offset: u64,
    /// How many there are over all pages.
    pub total: u64,
}

/// An entity of the caller's workspace.
pub async fn get<T: Entity>(app: &WorkspaceApp, id: &str) -> Result<Stored<T>, ApiError> {
    app.catalog.get::<T>(&app.workspace_id, id).await?.ok_or(ApiError::NotFound)
}

/// Likewise, when it is one of the resource's.
pub async fn get_of<R: Resource>(app: &WorkspaceApp, id: &str) -> Result<Stored<R::Entity>, ApiError> {
    let mut filter = R::scope();
    filter.extend(doc! { "_id": id, R::Entity::WORKSPACE: &*app.workspace_id });
    app.catalog.collection::<R::Entity>().find_one(filter).await?.ok_or(ApiError::NotFound)
}

pub async fn list<R: Resource>(
    app: &WorkspaceApp,
    mut query: R::Query,
) -> Result<Json<PageOf<Shown<R>>>, ApiError> {
    let mut request = query.common().check(&app.workspace_id, R::SEARCHED, R::SORTED)?;
    request.filter.extend(R::scope());
    R::filter(app, &query, &mut request.filter).await?;
    Ok(Json(page_of(app, request).await?))
}

pub async fn page_of<R: Resource>(
    app: &WorkspaceApp,
    request: ListRequest,
) -> Result<PageOf<Shown<R>>, ApiError> {
    let ListRequest { filter, sort, limit, offset } = request;
    let (found, total) = app.catalog.list::<R::Entity>(ListQuery { filter, sort, limit, offset }).await?;
    Ok(PageOf { items: Shown::of_all(app, found).await?, limit, offset, total })
}

pub async fn read<R: Resource>(app: &WorkspaceApp, id: &str) -> Result<Json<Shown<R>>, ApiError> {
    Ok(Json(Shown::of(app, get_of::<R>(app, id).await?).await?))
}

pub fn created(path: &str, id: &str, body: impl Serialize, version: u64) -> Response {
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

/// The answer to a write.
pub fn written(body: impl Serialize, version: u64) -> Response {
    published((StatusCode::OK, Json(body)).into_response(), version)
}

/// Refuses a delete while something points at the entity.
pub fn in_use(places: Vec<(String, String)>) -> Result<(), ApiError> {
    if places.is_empty() {
        return Ok(());
    }
    let details =
        places.into_iter().map(|(field, name)| FieldError { field, error: format!("used by {name}") });
    Err(ApiError::Conflict { message: "it is still in use".into(), details: details.collect() })
}

/// Places of one kind, as [`in_use`] names them.
pub fn places(kind: &str, found: Vec<(String, String)>) -> Vec<(String, String)> {
    found.into_iter().map(|(id, name)| (format!("{kind}/{id}"), name)).collect()
}
