//! `/api/destinations/{id}/healthcheck` and `/api/destinations/{id}/health-history`; the `health` of
//! destinations wherever they are read.

use std::collections::BTreeMap;

use axum::{
    Json,
    extract::{Path, RawQuery},
};
use jiff::Timestamp;
use mongodb::bson::{DateTime, Document, doc};
use serde::Serialize;
use traffoflex_model::{Destination, Health};
use traffoflex_wire::{
    error_body::FieldError,
    health::{CheckAnswer, check_path},
};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    crud,
    log_page::{Counted, LogPage},
    log_query::{Filter, LogQuery, LogShape, Paging, described},
    shown_nodes::ShownNodes,
};
pub use crate::health::agreement::Standing as DestinationHealth;
use crate::{
    access::WorkspaceApp,
    app::App,
    error::ApiError,
    health::{
        self, NodeCallError,
        agreement::{Change, ChangeKind},
    },
    openapi::{NodeRefusals, Refusals},
    rfc3339,
};

const STATES: &[&str] = &["healthy", "degraded", "unhealthy", "unknown"];
const HISTORY: LogShape = LogShape {
    filters: &[
        Filter::one_of("kind", &["node", "agreement"]),
        Filter::one_of("current", STATES),
        Filter::one_of("previous", STATES),
        Filter::any("node_id"),
    ],
    paging: Paging::Offset,
    searches: None,
    sorts: &[],
    has_csv: false,
};

described!(HealthHistoryParameters, HISTORY);

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(check_destination_health)).routes(routes!(destination_health_history))
}

/// How destinations stand, in the order of their ids, with one look-up for all.
pub async fn of(app: &WorkspaceApp, ids: &[&str]) -> Result<Vec<DestinationHealth>, ApiError> {
    let standing = app.health.standing(ids).await?;
    let now_ms = Timestamp::now().as_millisecond();
    Ok(ids.iter().map(|id| health::shown(standing.get(*id), now_ms)).collect())
}

/// What the nodes found.
#[derive(Debug, Serialize, ToSchema)]
struct HealthCheckAnswer {
    destination_id: String,
    results: Vec<NodeHealthCheck>,
}

/// What one node found; of a node that could not be asked, `node` and `failed` alone.
#[derive(Debug, Serialize, ToSchema)]
struct NodeHealthCheck {
    /// Its address; its place in the list for all but the installation's admin.
    node: String,
    /// Why it could not be asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    failed: Option<String>,
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    #[schema(inline)]
    found: Option<CheckFound>,
}

#[derive(Debug, Serialize, ToSchema)]
struct CheckFound {
    node_id: String,
    succeeded: bool,
    /// Null when there was no answer.
    http_status: Option<u16>,
    latency_ms: u32,
    /// Empty when it succeeded.
    error: String,
    #[schema(format = DateTime)]
    checked_at: String,
    state: Health,
    #[schema(format = DateTime)]
    since: String,
}

/// Probes a destination on every node, now.
///
/// 200 when at least one of them did; 504 when none could be asked.
#[utoipa::path(
    post, path = "/api/destinations/{id}/healthcheck", tag = "logs", params(("id" = String, Path)),
    responses((status = 200, body = HealthCheckAnswer), Refusals, NodeRefusals)
)]
async fn check_destination_health(
    app: WorkspaceApp,
    Path(id): Path<String>,
) -> Result<Json<HealthCheckAnswer>, ApiError> {
    let destination = crud::get::<Destination>(&app, &id).await?;
    if app.nodes.is_empty() {
        return Err(ApiError::NodesUnreachable {
            message: "TRAFFIC_SERVICE_URL names no node".into(),
            details: Vec::new(),
        });
    }
    let answers = app.nodes.post::<CheckAnswer>(&check_path(&destination._id)).await;
    let nodes = ShownNodes::of_traffic(&app);
    if answers.iter().all(|(_, answer)| answer.is_err()) {
        let failed = |(node, answer): (String, Result<CheckAnswer, NodeCallError>)| {
            Some(FieldError { field: nodes.name(node), error: nodes.failed(answer.err()?.to_string()) })
        };
        return Err(ApiError::NodesUnreachable {
            message: "no node could probe it".into(),
            details: answers.into_iter().filter_map(failed).collect(),
        });
    }
    let results = answers.into_iter().map(|(node, answer)| {
        let (found, failed) = match answer {
            Ok(answer) => (Some(CheckFound::of(answer)), None),
            Err(error) => (None, Some(nodes.failed(error.to_string()))),
        };
        NodeHealthCheck { node: nodes.name(node), failed, found }
    });
    Ok(Json(HealthCheckAnswer { destination_id: id, results: results.collect() }))
}

impl CheckFound {
    fn of(answer: CheckAnswer) -> Self {
        Self {
            node_id: answer.node_id.to_string(),
            succeeded: answer.succeeded,
            http_status: answer.http_status,
            latency_ms: answer.latency_ms,
            error: answer.error,
            checked_at: rfc3339::of_ms(answer.checked_at_ms),
            state: answer.state,
            since: rfc3339::of_ms(answer.since_ms),
        }
    }
}

/// How a destination's health changed, the latest first.
#[utoipa::path(
    get, path = "/api/destinations/{id}/health-history", tag = "logs",
    params(("id" = String, Path), HealthHistoryParameters),
    responses((status = 200, body = LogPage<HealthChange>), Refusals)
)]
async fn destination_health_history(
    app: WorkspaceApp,
    Path(id): Path<String>,
    RawQuery(raw): RawQuery,
) -> Result<Json<LogPage<HealthChange>>, ApiError> {
    let query = LogQuery::parse(raw.as_deref().unwrap_or_default(), &HISTORY)?;
    let destination = crud::get::<Destination>(&app, &id).await?;
    let filter = history_filter(&query);
    let (changes, total) = app.health.history(&destination._id, filter, query.limit, query.offset).await?;
    let items = changes.into_iter().map(HealthChange::of).collect();
    Ok(Json(LogPage::counted(&query, items, Counted::exact(total))))
}

fn history_filter(query: &LogQuery) -> Document {
    let mut filter = Document::new();
    for (name, values) in &query.filters {
        filter.insert(*name, doc! { "$in": values });
    }
    let mut period = Document::new();
    if let Some(from_ms) = query.from_ms {
        period.insert("$gte", DateTime::from_millis(from_ms));
    }
    if let Some(to_ms) = query.to_ms {
        period.insert("$lt", DateTime::from_millis(to_ms));
    }
    if !period.is_empty() {
        filter.insert("at", period);
    }
    filter
}

/// A change of a destination's health.
#[derive(Debug, Serialize, ToSchema)]
struct HealthChange {
    destination_id: String,
    #[schema(value_type = String, example = "agreement")]
    kind: ChangeKind,
    previous: Health,
    current: Health,
    #[schema(format = DateTime)]
    at: String,
    /// Whose report it was; null when reports ran out.
    node_id: Option<String>,
    /// Of the probe; empty when it succeeded.
    error: String,
    /// What each node said at that time, as far as it counted.
    nodes: BTreeMap<String, Health>,
}

impl HealthChange {
    fn of(change: Change) -> Self {
        Self {
            destination_id: change.destination_id,
            kind: change.kind,
            previous: change.previous,
            current: change.current,
            at: rfc3339::of(change.at),
            node_id: change.node_id,
            error: change.error,
            nodes: change.nodes,
        }
    }
}
