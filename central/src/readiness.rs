//! `/healthz` and `/readyz`. Ready means: configuration can be read and written, events stored, reports answered.

use std::time::Duration;

use axum::{Json, extract::State, http::StatusCode};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::app::App;

/// A database that takes longer is not usable.
const PROBE_TIMEOUT: Duration = Duration::from_secs(2);

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(healthz)).routes(routes!(readyz))
}

#[derive(Debug, Serialize, ToSchema)]
struct Alive {
    #[schema(value_type = String, examples("ok"))]
    status: &'static str,
}

#[derive(Debug, Serialize, ToSchema)]
struct Readiness {
    status: ReadyStatus,
    dependencies: Dependencies,
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum ReadyStatus {
    Ready,
    NotReady,
}

#[derive(Debug, Serialize, ToSchema)]
struct Dependencies {
    mongodb: Dependency,
    clickhouse: Dependency,
    postback_nodes: HandOver,
    kafka: Dependency,
    snapshot: SnapshotState,
    /// Named only when something is known to be wrong: whoever is signed in needs no mail.
    #[serde(skip_serializing_if = "Option::is_none")]
    mail: Option<Dependency>,
}

/// `state` is `reachable`, or says what is the matter.
#[derive(Debug, Serialize, ToSchema)]
struct Dependency {
    #[schema(value_type = String, examples("reachable"))]
    state: &'static str,
    /// Without it the service is not ready.
    required: bool,
}

/// Messages that wait for a postback node.
#[derive(Debug, Serialize, ToSchema)]
struct HandOver {
    #[schema(value_type = String)]
    state: &'static str,
    required: bool,
    messages: u64,
    /// Of them: refused by a node.
    refused: u64,
    oldest_age_ms: i64,
}

#[derive(Debug, Serialize, ToSchema)]
struct SnapshotState {
    #[schema(value_type = String)]
    state: &'static str,
    required: bool,
    version: u64,
}

/// Whether the process runs
#[utoipa::path(
    get,
    path = "/healthz",
    tag = "Operation",
    security(()),
    responses((status = 200, description = "It does.", body = Alive)),
)]
async fn healthz() -> Json<Alive> {
    Json(Alive { status: "ok" })
}

/// Whether the service can do its work
///
/// Each dependency with its state.
#[utoipa::path(
    get,
    path = "/readyz",
    tag = "Operation",
    security(()),
    responses(
        (status = 200, description = "It can.", body = Readiness),
        (status = 503, description = "Something it requires is away.", body = Readiness),
    ),
)]
async fn readyz(State(app): State<App>) -> (StatusCode, Json<Readiness>) {
    let (mongodb, clickhouse) = tokio::join!(probe(app.catalog.ping()), probe(app.warehouse.ping()));
    let ready = mongodb && clickhouse;
    let backlog = app.notifications.backlog();
    let database =
        |up: bool| Dependency { state: if up { "reachable" } else { "unreachable" }, required: true };
    let body = Readiness {
        status: if ready { ReadyStatus::Ready } else { ReadyStatus::NotReady },
        dependencies: Dependencies {
            mongodb: database(mongodb),
            clickhouse: database(clickhouse),
            postback_nodes: HandOver {
                state: backlog.state,
                required: false,
                messages: backlog.messages,
                refused: backlog.refused,
                oldest_age_ms: backlog.oldest_age_ms,
            },
            kafka: Dependency { state: app.feed.state(), required: false },
            snapshot: SnapshotState { state: "ready", required: true, version: app.publisher.version() },
            mail: app.mailer.is_failing().then_some(Dependency { state: "failing", required: false }),
        },
    };
    (if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE }, Json(body))
}

async fn probe<E>(ping: impl Future<Output = Result<(), E>>) -> bool {
    matches!(tokio::time::timeout(PROBE_TIMEOUT, ping).await, Ok(Ok(())))
}
