//! `/api/privacy/erase` and `/api/privacy/erasures`.

use std::collections::BTreeMap;

use axum::{
    Json,
    extract::{Path, Query},
};
use futures_util::TryStreamExt;
use http::StatusCode;
use mongodb::bson::{DateTime, doc};
use serde::{Deserialize, Serialize};
use serde_json::json;
use ulid::Ulid;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{Erasure, ErasureState, IdKind, collection};
use crate::{
    access::{Actor, WorkspaceApp},
    admin::{
        input::{self, JsonBody},
        validate::Errors,
    },
    app::App,
    audit_log,
    error::ApiError,
    openapi::Refusals,
    privacy::{TAG, is_plain_id},
    rfc3339,
};

/// Of an id that is to be erased.
const MAX_ID_BYTES: usize = 512;

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(request_erasure))
        .routes(routes!(list_erasures))
        .routes(routes!(read_erasure))
}

/// What is to be erased: a click by its id, or all clicks of an id that their source gave.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ErasureRequest {
    #[serde(default)]
    #[schema(max_length = 512)]
    click_id: Option<String>,
    #[serde(default)]
    #[schema(max_length = 512)]
    source_click_id: Option<String>,
    /// With `source_click_id`: only there.
    #[serde(default)]
    campaign_id: Option<String>,
    /// Clicks and conversions stay in the totals, with nothing that identifies.
    #[serde(default)]
    anonymise: bool,
}

/// An erasure, without what it is about.
#[derive(Serialize, ToSchema)]
struct ErasureView {
    id: String,
    state: ErasureState,
    kind: IdKind,
    campaign_id: Option<String>,
    anonymise: bool,
    requested_at: String,
    requested_by: Actor,
    /// When nothing was left anywhere.
    done_at: Option<String>,
    /// Rows and documents that went or were blanked, by table.
    removed: BTreeMap<String, i64>,
    /// How often something came back and was erased again.
    repeats: i64,
    /// Why the last attempt failed; it is tried again.
    error: Option<String>,
}

#[derive(Serialize, ToSchema)]
struct ErasureList {
    items: Vec<ErasureView>,
    limit: i64,
    offset: u64,
    total: u64,
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ErasureListParameters {
    /// 1 to 500.
    #[param(value_type = Option<i64>, minimum = 1, maximum = 500)]
    limit: Option<String>,
    #[param(value_type = Option<i64>, minimum = 0)]
    offset: Option<String>,
}

impl From<Erasure> for ErasureView {
    fn from(erasure: Erasure) -> Self {
        Self {
            id: erasure._id,
            state: erasure.state,
            kind: erasure.kind,
            campaign_id: erasure.campaign_id,
            anonymise: erasure.anonymise,
            requested_at: rfc3339::of(erasure.requested_at),
            requested_by: erasure.requested_by,
            done_at: erasure.done_at.map(rfc3339::of),
            removed: erasure.removed,
            repeats: erasure.repeats,
            error: erasure.error,
        }
    }
}

impl ErasureRequest {
    /// Kind and id.
    fn check(&self) -> Result<(IdKind, String), ApiError> {
        let mut errors = Errors::default();
        let named = match (&self.click_id, &self.source_click_id) {
            (Some(id), None) => Some((IdKind::ClickId, "click_id", id)),
            (None, Some(id)) => Some((IdKind::SourceClickId, "source_click_id", id)),
            _ => {
                errors.add("click_id", "either this or source_click_id");
                None
            }
        };
        if let Some((_, field, id)) = named
            && (!(1..=MAX_ID_BYTES).contains(&id.len()) || id.chars().any(char::is_control))
        {
            errors.add(field, format!("1 to {MAX_ID_BYTES} bytes of printable characters"));
        }
        if let Some(campaign) = &self.campaign_id {
            if self.source_click_id.is_none() {
                errors.add("campaign_id", "only with source_click_id");
            } else if !is_plain_id(campaign) {
                errors.add("campaign_id", "the id of a campaign");
            }
        }
        errors.finish()?;
        let (kind, _, id) = named.ok_or_else(|| ApiError::field("click_id", "required"))?;
        Ok((kind, id.clone()))
    }
}

/// Erases all that is known of a click, here and in whatever arrives later. It is under way when this answers.
#[utoipa::path(post, path = "/api/privacy/erase", tag = TAG, request_body = ErasureRequest,
    responses((status = 202, body = ErasureView), Refusals))]
async fn request_erasure(
    app: WorkspaceApp,
    JsonBody(body): JsonBody,
) -> Result<(StatusCode, Json<ErasureView>), ApiError> {
    let request: ErasureRequest = input::read(body)?;
    let (kind, identifier) = request.check()?;
    let erasure = Erasure {
        _id: Ulid::generate().to_string(),
        workspace_id: app.workspace_id.to_string(),
        state: ErasureState::Queued,
        kind,
        identifier: Some(identifier),
        campaign_id: request.campaign_id,
        anonymise: request.anonymise,
        requested_at: DateTime::now(),
        requested_by: app.caller.actor.clone(),
        targets: Vec::new(),
        conversion_ids: Vec::new(),
        click_hours: Vec::new(),
        conversion_hours: Vec::new(),
        removed: BTreeMap::new(),
        settle_until: None,
        done_at: None,
        repeats: 0,
        passes: 0,
        error: None,
    };
    collection(&app.catalog).insert_one(&erasure).await?;
    // Without the id: the log is kept for longer than what it is about.
    let change = audit_log::Change {
        action: audit_log::Action::Done,
        resource: "erasures",
        id: erasure._id.clone(),
        name: "erasure".into(),
        what: Some("requested".into()),
        before: None,
        after: Some(
            json!({ "kind": kind, "campaign_id": erasure.campaign_id, "anonymise": erasure.anonymise }),
        ),
    };
    audit_log::record(&app, change).await?;
    app.privacy.0.asked.notify_one();
    Ok((StatusCode::ACCEPTED, Json(erasure.into())))
}

/// The workspace's erasures, the latest first.
#[utoipa::path(get, path = "/api/privacy/erasures", tag = TAG, params(ErasureListParameters),
    responses((status = 200, body = ErasureList), Refusals))]
async fn list_erasures(
    app: WorkspaceApp,
    Query(query): Query<ErasureListParameters>,
) -> Result<Json<ErasureList>, ApiError> {
    let (limit, offset) = input::page(query.limit, query.offset)?;
    let all = collection(&app.catalog);
    let filter = doc! { "workspace_id": &*app.workspace_id };
    let total = all.count_documents(filter.clone()).await?;
    let sort = doc! { "requested_at": -1, "_id": -1 };
    let found: Vec<Erasure> =
        all.find(filter).sort(sort).limit(limit).skip(offset).await?.try_collect().await?;
    Ok(Json(ErasureList { items: found.into_iter().map(ErasureView::from).collect(), limit, offset, total }))
}

/// One erasure: how far it is.
#[utoipa::path(get, path = "/api/privacy/erasures/{id}", tag = TAG, params(("id" = String, Path)),
    responses((status = 200, body = ErasureView), Refusals))]
async fn read_erasure(app: WorkspaceApp, Path(id): Path<String>) -> Result<Json<ErasureView>, ApiError> {
    let filter = doc! { "_id": id, "workspace_id": &*app.workspace_id };
    let found = collection(&app.catalog).find_one(filter).await?.ok_or(ApiError::NotFound)?;
    Ok(Json(found.into()))
}
