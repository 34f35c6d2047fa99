//! `/healthz` and `/readyz`. Ready means: configuration can be read and written, events stored, reports answered.

use std::time::Duration;

use axum::{
    Json, Router,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::get,
};
use serde_json::json;

use crate::app::App;

/// A database that takes longer is not usable.
const PROBE_TIMEOUT: Duration = Duration::from_secs(2);

pub fn routes() -> Router<App> {
    Router::new()
        .route("/healthz", get(|| async { Json(json!({ "status": "ok" })) }))
        .route("/readyz", get(readyz))
}

async fn readyz(State(app): State<App>) -> Response {
    let (mongodb, clickhouse) = tokio::join!(probe(app.catalog.ping()), probe(app.warehouse.ping()));
    let ready = mongodb && clickhouse;
    let backlog = app.notifications.backlog();
    let state = |up: bool| if up { "reachable" } else { "unreachable" };
    let mut body = json!({
        "status": if ready { "ready" } else { "not_ready" },
        "dependencies": {
            "mongodb": { "state": state(mongodb), "required": true },
            "clickhouse": { "state": state(clickhouse), "required": true },
            "postback_nodes": { "state": backlog.state, "required": false, "messages": backlog.messages,
                "refused": backlog.refused, "oldest_age_ms": backlog.oldest_age_ms },
            "kafka": { "state": app.feed.state(), "required": false },
            "snapshot": { "state": "ready", "required": true, "version": app.publisher.version() },
        },
    });
    // Named only when something is known to be wrong: whoever is signed in needs no mail.
    if app.mailer.is_failing() {
        body["dependencies"]["mail"] = json!({ "state": "failing", "required": false });
    }
    let status = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Json(body)).into_response()
}

async fn probe<E>(ping: impl Future<Output = Result<(), E>>) -> bool {
    matches!(tokio::time::timeout(PROBE_TIMEOUT, ping).await, Ok(Ok(())))
}
