//! `GET /internal/v1/runtime`: see [`traffoflex_wire::runtime`].

use axum::{
    Router,
    extract::{Query, State, rejection::QueryRejection},
    response::{IntoResponse, Response},
    routing::get,
};
use http::{HeaderMap, HeaderValue, header};
use serde::Deserialize;
use traffoflex_wire::{
    codec,
    runtime::{CONTENT_TYPE, PATH},
};

use super::node_report;
use crate::{app::App, error::ApiError};

pub fn routes() -> Router<App> {
    Router::new().route(PATH, get(runtime))
}

#[derive(Debug, Deserialize)]
struct RuntimeQuery {
    since: Option<String>,
    generation: Option<String>,
}

async fn runtime(
    State(app): State<App>,
    headers: HeaderMap,
    query: Result<Query<RuntimeQuery>, QueryRejection>,
) -> Result<Response, ApiError> {
    let Query(query) = query.map_err(|rejection| ApiError::field("query", rejection.body_text()))?;
    node_report::hear(&app, &headers);
    let since = query.since.as_deref().filter(|since| !since.is_empty()).map(str::parse).transpose();
    let since = since.map_err(|error| ApiError::field("since", format!("{error}")))?;
    let feed = app.runtime_feeds.answer(since, query.generation.as_deref()).await?;
    // Tens of thousands of visits take a while to encode and compress.
    let sealed = tokio::task::block_in_place(|| codec::seal(&feed))?;
    let mut response = sealed.into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(CONTENT_TYPE));
    Ok(response)
}
