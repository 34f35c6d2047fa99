//! `GET /api/nodes`: every node that was heard of, and whether it is there.

use axum::{
    Json, Router,
    extract::{Query, State},
    routing::get,
};
use serde::Deserialize;
use serde_json::json;

use super::{
    crud::{Page, rfc3339},
    input::{DEFAULT_LIMIT, MAX_LIMIT},
};
use crate::{app::App, error::ApiError, node_presence::ListedNode};

pub fn routes() -> Router<App> {
    Router::new().route("/api/nodes", get(list))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Paging {
    limit: Option<String>,
    offset: Option<String>,
}

async fn list(State(app): State<App>, Query(paging): Query<Paging>) -> Result<Json<Page>, ApiError> {
    let number = |name, text: Option<String>, default: i64, range: std::ops::RangeInclusive<i64>| {
        let parsed = text.map_or(Some(default), |text| text.parse().ok());
        parsed.filter(|n| range.contains(n)).ok_or_else(|| {
            ApiError::field(name, format!("an integer from {} to {}", range.start(), range.end()))
        })
    };
    let limit = number("limit", paging.limit, DEFAULT_LIMIT, 1..=MAX_LIMIT)?;
    let offset = number("offset", paging.offset, 0, 0..=i64::from(i32::MAX))? as u64;
    let (nodes, total) = app.presence.list(limit, offset).await?;
    let current = app.publisher.version();
    let items = nodes.into_iter().map(|ListedNode { node, online }| {
        json!({
            "node_id": node._id,
            "online": online,
            "first_seen": rfc3339(node.first_seen),
            "last_seen": rfc3339(node.last_seen),
            "snapshot_version": node.snapshot_version,
            "is_current": node.snapshot_version as u64 == current,
        })
    });
    Ok(Json(Page { items: items.collect(), limit, offset, total }))
}
