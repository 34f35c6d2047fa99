//! `/api/campaigns/{id}/history`: what became of a campaign and its streams, the whole of it at each moment
//! that is still remembered, and the way back.

use axum::{
    Json,
    extract::{Path, Query},
    response::Response,
};
use mongodb::bson::doc;
use serde::{Deserialize, Serialize};
use traffoflex_model::Campaign;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    Campaigns, One,
    whole::{self, CampaignState},
};
use crate::{
    access::WorkspaceApp,
    admin::{
        audit_log::{self, AuditEntry},
        crud::{self, PageOf, Resource},
        input::{self, JsonBody, Paging},
        streams::Streams,
    },
    app::App,
    error::ApiError,
    openapi::Refusals,
    rfc3339,
};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_campaign_history))
        .routes(routes!(read_campaign_version))
        .routes(routes!(roll_campaign_back))
}

#[derive(Debug, Serialize, ToSchema)]
pub struct HistoryEntry {
    #[serde(flatten)]
    entry: AuditEntry,
    /// The whole state after this change is still remembered.
    can_be_restored: bool,
}

type HistoryPage = PageOf<HistoryEntry>;

/// The campaign as it was after a change.
#[derive(Debug, Serialize, ToSchema)]
pub struct CampaignMoment {
    /// Id of the change.
    entry: String,
    #[schema(format = DateTime)]
    at: String,
    state: CampaignState,
}

#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Rollback {
    /// Id of an entry of the history: the state after that change is restored.
    entry: String,
    /// Of the campaign, as it was read.
    #[schema(minimum = 1)]
    revision: i64,
}

/// Lists the changes of a campaign and of its streams, newest first.
#[utoipa::path(
    get,
    path = "/api/campaigns/{id}/history",
    tag = "Campaigns",
    params(("id" = String, Path), Paging),
    responses((status = 200, body = HistoryPage), Refusals)
)]
async fn list_campaign_history(
    app: WorkspaceApp,
    Path(id): Path<String>,
    Query(paging): Query<Paging>,
) -> Result<Json<HistoryPage>, ApiError> {
    let (limit, offset) = paging.check()?;
    crud::get::<Campaign>(&app, &id).await?;
    // What others than the catalogue's resources change says it of the stream alone.
    let streams = app.catalog.streams_of(&id).await?;
    let streams: Vec<&str> = streams.iter().map(|stream| stream._id.as_str()).collect();
    let any = vec![
        doc! { "campaign_id": &id },
        doc! { "resource": Campaigns::NAME, "resource_id": &id },
        doc! { "resource": Streams::NAME, "resource_id": { "$in": streams } },
    ];
    let filter = doc! { "workspace_id": &*app.workspace_id, "$or": any };
    let PageOf { items, total, .. } = audit_log::page(&app, filter, limit, offset).await?;
    let ids: Vec<&str> = items.iter().map(|entry| entry.id.as_str()).collect();
    let kept = app.catalog.kept_versions(&id, &ids).await?;
    let items = items.into_iter().map(|entry| {
        let can_be_restored = kept.contains(&entry.id);
        HistoryEntry { entry, can_be_restored }
    });
    Ok(Json(PageOf { items: items.collect(), limit, offset, total }))
}

/// Reads a campaign with its streams as it was after a change.
#[utoipa::path(
    get,
    path = "/api/campaigns/{id}/history/{entry}",
    tag = "Campaigns",
    params(("id" = String, Path), ("entry" = String, Path)),
    responses((status = 200, body = CampaignMoment), Refusals)
)]
async fn read_campaign_version(
    app: WorkspaceApp,
    Path((id, entry)): Path<(String, String)>,
) -> Result<Json<CampaignMoment>, ApiError> {
    crud::get::<Campaign>(&app, &id).await?;
    let version = app.catalog.campaign_version(&app.workspace_id, &id, &entry).await?;
    let version = version.ok_or(ApiError::NotFound)?;
    let state = CampaignState { campaign: version.campaign, streams: version.streams };
    Ok(Json(CampaignMoment { entry, at: rfc3339::of(version.at), state }))
}

/// Restores a campaign with its streams to what it was after a change. It is checked as any input: what it names
/// and is gone by now is a wrong field. The restoring is a change of its own.
#[utoipa::path(
    post,
    path = "/api/campaigns/{id}/rollback",
    tag = "Campaigns",
    summary = "Restores a campaign with its streams to what it was",
    params(("id" = String, Path)),
    request_body = Rollback,
    responses((status = 200, body = One), Refusals)
)]
async fn roll_campaign_back(
    app: WorkspaceApp,
    Path(id): Path<String>,
    JsonBody(body): JsonBody,
) -> Result<Response, ApiError> {
    let Rollback { entry, revision } = input::read(body)?;
    crud::get::<Campaign>(&app, &id).await?;
    let version = app.catalog.campaign_version(&app.workspace_id, &id, &entry).await?;
    let version = version.ok_or_else(|| {
        ApiError::field("entry", "no entry of this campaign's history whose state is remembered")
    })?;
    whole::put_back(&app, version, revision).await
}
