//! `POST /api/ingestion-errors/{id}/reingest`: the message, maybe repaired, as the event that it was to be.
//!
//! It is checked like an event of its topic, and its identity stays what it was: put in twice it is one row. What
//! ClickHouse itself refuses again is answered as a field error, and the error stays as it is.

use axum::{Json, extract::Path};
use serde::Deserialize;
use serde_json::Value;
use traffoflex_wire::{error_body::FieldError, topic::Topic};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{IngestionErrorItem, dressed, found, record, states::States};
use crate::{
    access::WorkspaceApp,
    admin::{
        input::{self, JsonBody},
        quoted,
    },
    app::App,
    error::ApiError,
    ingest::repair::{self, Repaired},
    openapi::Refusals,
};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(reingest_ingestion_error))
}

/// How a message is put in again.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ReingestRequest {
    /// The repaired message; none: as it came.
    #[schema(value_type = Option<Object>)]
    message: Option<Value>,
}

/// Puts a message in again, as it came or repaired.
///
/// Its identity (`event_id`, `node_id`, `node_epoch`, `node_seq`, `workspace_id`) stays what it was, so that a
/// message that is put in twice is one event.
#[utoipa::path(
    post, path = "/api/ingestion-errors/{id}/reingest", tag = "logs", params(("id" = String, Path)),
    request_body = ReingestRequest, responses((status = 200, body = IngestionErrorItem), Refusals)
)]
async fn reingest_ingestion_error(
    app: WorkspaceApp,
    Path(id): Path<String>,
    JsonBody(body): JsonBody,
) -> Result<Json<IngestionErrorItem>, ApiError> {
    let request: ReingestRequest = input::read(body)?;
    let item = found::one(&app, &id).await?;
    let message = request.message.map(|message| message.to_string());
    let wrong = |errors| ApiError::Validation(quoted::errors(&app, errors));
    let (topic, line) = check(&app, &item, message.as_deref()).await.map_err(wrong)?;
    let refused = app.ingest.insert(topic, format!("{line}\n").into()).await?;
    if let Some(refused) = refused.into_iter().next() {
        return Err(ApiError::field("message", quoted::text(&app, refused.error)));
    }
    States::new(&app).reingested(&[&item], &app.caller.actor).await?;
    record(&app, id, "reingested".to_owned()).await?;
    Ok(Json(dressed(&app, item).await?))
}

/// The topic, and the message as a line for it; or what is wrong with it.
pub async fn check(
    app: &WorkspaceApp,
    item: &IngestionErrorItem,
    message: Option<&str>,
) -> Result<(Topic, String), Vec<FieldError>> {
    let wrong =
        |field: &str, error: &str| Err(vec![FieldError { field: field.to_owned(), error: error.to_owned() }]);
    let Some(topic) = app.ingest.topic_named(&item.topic) else {
        return wrong("topic", "is none of the topics of events");
    };
    let original = item.raw_message.as_deref().unwrap_or_default();
    let Repaired { line, workspace_id, is_identified } =
        repair::check(topic, original, message.unwrap_or(original))?;
    if app.caller.is_installation_admin {
        let Some(workspace) = workspace_id else { return Ok((topic, line)) };
        let exists = app.publisher.inspect(|view| view.state.workspaces.contains_key(&workspace)).await;
        return if exists { Ok((topic, line)) } else { wrong("workspace_id", "does not exist") };
    }
    if workspace_id.as_deref() != Some(&*app.workspace_id) {
        return wrong("workspace_id", "must be your workspace");
    }
    if !is_identified {
        return wrong("event_id", "it did not say who it is: only the installation's admin can repair it");
    }
    Ok((topic, line))
}
