//! `POST /internal/v1/health`. See [`traffoflex_wire::health`].

use axum::{Router, extract::State, routing::post};
use http::StatusCode;
use jiff::Timestamp;
use traffoflex_wire::health::{HealthBatch, MAX_REPORTS, PATH};

use crate::{
    admin::input::{self, JsonBody},
    app::App,
    error::ApiError,
};

pub fn routes() -> Router<App> {
    Router::new().route(PATH, post(report))
}

async fn report(State(app): State<App>, JsonBody(body): JsonBody) -> Result<StatusCode, ApiError> {
    let batch: HealthBatch = input::read(body)?;
    if batch.reports.len() > MAX_REPORTS {
        return Err(ApiError::field("reports", format!("at most {MAX_REPORTS}")));
    }
    app.health.report(batch, Timestamp::now().as_millisecond()).await?;
    Ok(StatusCode::NO_CONTENT)
}
