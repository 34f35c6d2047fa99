//! `GET /internal/v1/snapshot`: see [`traffoflex_wire::snapshot`].

use std::time::Duration;

use axum::{
    Router,
    extract::{Query, State},
    response::{IntoResponse, Response},
    routing::get,
};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use serde::Deserialize;
use traffoflex_model::NodeId;
use traffoflex_wire::snapshot::{CONTENT_TYPE, MAX_WAIT_MS, NODE_HEADER, PATH, VERSION_HEADER};

use super::node_report;
use crate::{app::App, error::ApiError, snapshot::publish::Answer};

pub fn routes() -> Router<App> {
    Router::new().route(PATH, get(snapshot))
}

#[derive(Debug, Deserialize)]
struct SnapshotQuery {
    since: Option<u64>,
    generation: Option<String>,
    wait_ms: Option<u64>,
}

async fn snapshot(
    State(app): State<App>,
    headers: HeaderMap,
    query: Result<Query<SnapshotQuery>, axum::extract::rejection::QueryRejection>,
) -> Result<Response, ApiError> {
    let Query(query) = query.map_err(|rejection| ApiError::field("query", rejection.body_text()))?;
    let node = headers.get(NODE_HEADER).and_then(|v| v.to_str().ok()).unwrap_or_default();
    tracing::debug!(node, since = query.since, "snapshot asked for");
    let node = NodeId::parse(node);
    // Heard of for as long as the request is open.
    let _present = node.as_ref().ok().map(|node| app.presence.hear(node, query.since));
    node_report::hear(&app, &headers);
    if let (Ok(node), Some(since)) = (node, query.since) {
        let node = node.to_string();
        metrics::gauge!("traffoflex_node_snapshot_version", "node" => node.clone()).set(since as f64);
        metrics::gauge!("traffoflex_node_seen_timestamp_seconds", "node" => node)
            .set(jiff::Timestamp::now().as_second() as f64);
    }
    let wait = Duration::from_millis(query.wait_ms.unwrap_or(0).min(MAX_WAIT_MS));
    match app.publisher.since(query.since, query.generation.as_deref(), wait).await? {
        Answer::NotModified => Ok(StatusCode::NOT_MODIFIED.into_response()),
        Answer::Message { version, sealed } => {
            let mut response = sealed.into_response();
            let headers = response.headers_mut();
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(CONTENT_TYPE));
            headers.insert(VERSION_HEADER, HeaderValue::from(version));
            Ok(response)
        }
    }
}
