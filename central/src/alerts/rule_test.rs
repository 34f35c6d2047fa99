//! `POST /api/alert-rules/{id}/test`: what a rule says now.

use axum::{Json, extract::Path};
use mongodb::bson::DateTime;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    act,
    action::Action,
    condition::{MeasureError, Measured, Subject},
    evaluate,
    incident::Outcome,
    rules_api::{TAG, find},
};
use crate::{
    access::WorkspaceApp, app::App, error::ApiError, openapi::Refusals, rfc3339, warehouse::WarehouseError,
};

/// Subjects of a test whose actions are looked at.
const MAX_FORESEEN: usize = 50;

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(test_alert_rule))
}

/// What a rule says now.
#[derive(Serialize, ToSchema)]
struct RuleTest {
    evaluated_at: String,
    /// Those for which the condition holds come first.
    subjects: Vec<TestedSubject>,
}

#[derive(Serialize, ToSchema)]
struct TestedSubject {
    subject: Subject,
    holds: bool,
    values: Vec<Measured>,
    /// What the actions would come to once the alert is open; for the first subjects for which the condition holds.
    would: Vec<ForeseenAction>,
}

#[derive(Serialize, ToSchema)]
struct ForeseenAction {
    action: Action,
    outcome: Outcome,
    what: String,
}

/// What a rule says now, and what its actions would come to. Changes nothing. `for_minutes` and the cooldown are
/// not asked.
#[utoipa::path(post, path = "/api/alert-rules/{id}/test", tag = TAG, params(("id" = String, Path)),
    responses((status = 200, body = RuleTest), Refusals))]
async fn test_alert_rule(app: WorkspaceApp, Path(id): Path<String>) -> Result<Json<RuleTest>, ApiError> {
    let rule = find(&app, &id).await?.entity;
    let now = DateTime::now();
    let readings = evaluate::measure(&app, &rule, now.timestamp_millis()).await.map_err(unmeasured)?;
    let masks_money = app.caller.masks_money;
    let mut subjects = Vec::new();
    for (i, reading) in readings.into_iter().enumerate() {
        let mut would = Vec::new();
        if reading.holds && i < MAX_FORESEEN {
            for action in &rule.actions {
                let (outcome, what) = act::foresee(&app, &rule, &reading.subject, action).await?;
                would.push(ForeseenAction { action: action.clone(), outcome, what });
            }
        }
        let values = reading.values.into_iter().map(|value| value.masked(masks_money)).collect();
        subjects.push(TestedSubject { subject: reading.subject, holds: reading.holds, values, would });
    }
    Ok(Json(RuleTest { evaluated_at: rfc3339::of(now), subjects }))
}

fn unmeasured(error: MeasureError) -> ApiError {
    match error {
        MeasureError::Mongo(error) => error.into(),
        MeasureError::Warehouse(error) => error.into(),
        MeasureError::Feed(error) => error.into(),
        MeasureError::NotYet(why) => ApiError::Conflict { message: why.to_owned(), details: Vec::new() },
        MeasureError::TooSlow(_) => WarehouseError::Unavailable(error.to_string()).into(),
    }
}
