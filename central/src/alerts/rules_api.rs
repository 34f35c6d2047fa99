//! `/api/alert-rules`

use std::collections::HashMap;

use axum::{
    Json,
    extract::{Path, Query},
};
use http::StatusCode;
use mongodb::{
    bson::{DateTime, doc, to_document},
    error::Error,
};
use serde::{Deserialize, Serialize};
use ulid::Ulid;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    MAX_RULES,
    condition::Condition,
    rule::{AlertRule, RuleStatus},
    rule_input::{AlertRuleInput, AlertRulePatch, AlertRuleWrite},
    store::{self, Evaluation, EvaluationOutcome},
};
use crate::{
    access::WorkspaceApp,
    admin::input::{self, JsonBody},
    app::App,
    audit_log::{self, Action as AuditAction, Entry},
    catalog::{
        ListQuery,
        entity::Stored,
        work::{Refused, Work},
    },
    error::ApiError,
    openapi::Refusals,
    rfc3339,
};

pub(super) const TAG: &str = "alerts";
pub(super) const RESOURCE: &str = "alert-rules";
/// A rule that is written at the same time is read again.
const WRITE_TRIES: usize = 5;

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list_alert_rules, create_alert_rule)).routes(routes!(
        read_alert_rule,
        replace_alert_rule,
        patch_alert_rule,
        delete_alert_rule
    ))
}

/// A rule, and how its last evaluation went.
#[derive(Serialize, ToSchema)]
struct AlertRuleView {
    #[serde(flatten)]
    rule: AlertRule,
    revision: i64,
    created_at: String,
    updated_at: String,
    /// Null: there was none yet.
    evaluation: Option<RuleEvaluation>,
}

#[derive(Serialize, ToSchema)]
struct RuleEvaluation {
    at: String,
    outcome: EvaluationOutcome,
    /// Why it was skipped.
    error: Option<String>,
    /// Subjects measured.
    subjects: i64,
    /// Those for which the condition held.
    holding: i64,
}

#[derive(Serialize, ToSchema)]
struct AlertRuleList {
    items: Vec<AlertRuleView>,
    limit: i64,
    offset: u64,
    total: u64,
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct RuleListParameters {
    /// 1 to 500.
    #[param(value_type = Option<i64>, minimum = 1, maximum = 500)]
    limit: Option<String>,
    #[param(value_type = Option<i64>, minimum = 0)]
    offset: Option<String>,
    #[param(value_type = Option<RuleStatus>)]
    status: Option<String>,
}

impl AlertRuleView {
    fn of(app: &WorkspaceApp, stored: Stored<AlertRule>, evaluation: Option<Evaluation>) -> Self {
        let rule = if app.caller.masks_money { stored.entity.without_money() } else { stored.entity };
        Self {
            rule,
            revision: stored.revision,
            created_at: rfc3339::of(stored.created_at),
            updated_at: rfc3339::of(stored.updated_at),
            evaluation: evaluation.map(|last| RuleEvaluation {
                at: rfc3339::of(last.at),
                outcome: last.outcome,
                error: last.error,
                subjects: last.subjects,
                holding: last.holding,
            }),
        }
    }
}

pub(super) async fn find(app: &WorkspaceApp, id: &str) -> Result<Stored<AlertRule>, ApiError> {
    store::rule(&app.catalog, &app.workspace_id, id).await?.ok_or(ApiError::NotFound)
}

async fn shown(app: &WorkspaceApp, stored: Stored<AlertRule>) -> Result<AlertRuleView, ApiError> {
    let evaluation = store::notes(&app.catalog, &[&stored._id]).await?.pop();
    Ok(AlertRuleView::of(app, stored, evaluation))
}

fn entry(
    app: &WorkspaceApp,
    action: AuditAction,
    before: Option<&AlertRule>,
    after: Option<&AlertRule>,
) -> Option<Entry> {
    let rule = after.or(before)?;
    let value = |rule: &AlertRule| serde_json::to_value(rule).unwrap_or_default();
    let change = audit_log::Change {
        action,
        resource: RESOURCE,
        id: rule.id.clone(),
        name: rule.name.clone(),
        what: None,
        before: before.map(value),
        after: after.map(value),
    };
    Some(Entry::of(app, change))
}

/// Who may see no amount may not ask for one by a rule whose notices, or whose opening alone, tell it.
fn check_money(app: &WorkspaceApp, condition: &Condition) -> Result<(), ApiError> {
    match app.caller.masks_money && condition.is_about_money() {
        true => Err(ApiError::Forbidden),
        false => Ok(()),
    }
}

/// The workspace's alert rules, oldest first.
#[utoipa::path(get, path = "/api/alert-rules", tag = TAG, params(RuleListParameters),
    responses((status = 200, body = AlertRuleList), Refusals))]
async fn list_alert_rules(
    app: WorkspaceApp,
    Query(query): Query<RuleListParameters>,
) -> Result<Json<AlertRuleList>, ApiError> {
    let (limit, offset) = input::page(query.limit, query.offset)?;
    let mut filter = doc! { "workspace_id": &*app.workspace_id };
    if let Some(status) = query.status {
        if !["active", "paused"].contains(&&*status) {
            return Err(ApiError::field("status", "active or paused"));
        }
        filter.insert("status", status);
    }
    let sort = doc! { "created_at": 1, "_id": 1 };
    let (found, total) = store::list_rules(&app.catalog, ListQuery { filter, sort, limit, offset }).await?;
    let ids: Vec<&str> = found.iter().map(|stored| &*stored._id).collect();
    let notes = store::notes(&app.catalog, &ids).await?;
    let mut notes: HashMap<String, Evaluation> =
        notes.into_iter().map(|note| (note._id.clone(), note)).collect();
    let items = found.into_iter().map(|stored| {
        let evaluation = notes.remove(&stored._id);
        AlertRuleView::of(&app, stored, evaluation)
    });
    Ok(Json(AlertRuleList { items: items.collect(), limit, offset, total }))
}

/// Makes a rule: a dry run, unless it says otherwise.
#[utoipa::path(post, path = "/api/alert-rules", tag = TAG, request_body = AlertRuleInput,
    responses((status = 201, body = AlertRuleView), Refusals))]
async fn create_alert_rule(
    app: WorkspaceApp,
    JsonBody(body): JsonBody,
) -> Result<(StatusCode, Json<AlertRuleView>), ApiError> {
    let rule = input::read::<AlertRuleInput>(body)?.checked(&app, Ulid::generate().to_string()).await?;
    let own = doc! { "workspace_id": &*app.workspace_id };
    if store::rules(&app.catalog).count_documents(own).await? >= MAX_RULES {
        return Err(ApiError::Conflict {
            message: format!("a workspace has at most {MAX_RULES} alert rules"),
            details: Vec::new(),
        });
    }
    check_money(&app, &rule.condition)?;
    let now = DateTime::now();
    let stored = Stored { _id: rule.id.clone(), revision: 1, created_at: now, updated_at: now, entity: rule };
    let mut work = Work::default();
    work.insert_document(AlertRule::COLLECTION, to_document(&stored).map_err(Error::custom)?);
    entry(&app, AuditAction::Created, None, Some(&stored.entity)).into_iter().for_each(|e| work.record(e));
    app.catalog.commit(&work).await?;
    Ok((StatusCode::CREATED, Json(AlertRuleView::of(&app, stored, None))))
}

/// One rule.
#[utoipa::path(get, path = "/api/alert-rules/{id}", tag = TAG, params(("id" = String, Path)),
    responses((status = 200, body = AlertRuleView), Refusals))]
async fn read_alert_rule(app: WorkspaceApp, Path(id): Path<String>) -> Result<Json<AlertRuleView>, ApiError> {
    let stored = find(&app, &id).await?;
    Ok(Json(shown(&app, stored).await?))
}

/// Writes a rule anew.
#[utoipa::path(put, path = "/api/alert-rules/{id}", tag = TAG, params(("id" = String, Path)),
    request_body = AlertRuleWrite, responses((status = 200, body = AlertRuleView), Refusals))]
async fn replace_alert_rule(
    app: WorkspaceApp,
    Path(id): Path<String>,
    JsonBody(mut body): JsonBody,
) -> Result<Json<AlertRuleView>, ApiError> {
    let revision = input::take_revision(&mut body)?;
    let before = find(&app, &id).await?;
    write(&app, before, input::read(body)?, revision).await
}

/// Writes some fields of a rule. A condition is written whole, and so are the actions.
#[utoipa::path(patch, path = "/api/alert-rules/{id}", tag = TAG, params(("id" = String, Path)),
    request_body = AlertRulePatch, responses((status = 200, body = AlertRuleView), Refusals))]
async fn patch_alert_rule(
    app: WorkspaceApp,
    Path(id): Path<String>,
    JsonBody(mut body): JsonBody,
) -> Result<Json<AlertRuleView>, ApiError> {
    let revision = input::take_revision(&mut body)?;
    let before = find(&app, &id).await?;
    let mut whole = serde_json::to_value(AlertRuleInput::of(before.entity.clone())).unwrap_or_default();
    input::merge(&mut whole, body);
    write(&app, before, input::read(whole)?, revision).await
}

async fn write(
    app: &WorkspaceApp,
    before: Stored<AlertRule>,
    input: AlertRuleInput,
    revision: i64,
) -> Result<Json<AlertRuleView>, ApiError> {
    let rule = input.checked(app, before._id.clone()).await?;
    check_money(app, &before.entity.condition)?;
    check_money(app, &rule.condition)?;
    if before.revision != revision {
        return Err(ApiError::RevisionConflict { current: before.revision });
    }
    let (_id, created_at, updated_at) = (before._id.clone(), before.created_at, DateTime::now());
    let stored = Stored { _id, revision: revision + 1, created_at, updated_at, entity: rule };
    let mut set = to_document(&stored.entity).map_err(Error::custom)?;
    set.insert("updated_at", stored.updated_at);
    let mut work = Work::default();
    work.replace_document(AlertRule::COLLECTION, &stored._id, revision, set);
    let changed = entry(app, AuditAction::Updated, Some(&before.entity), Some(&stored.entity));
    changed.into_iter().for_each(|entry| work.record(entry));
    match app.catalog.commit(&work).await {
        Ok(()) => Ok(Json(shown(app, stored).await?)),
        Err(Refused::Stale { .. }) => {
            Err(ApiError::RevisionConflict { current: find(app, &before._id).await?.revision })
        }
        Err(refused) => Err(refused.into()),
    }
}

/// Deletes a rule. Its open alerts are resolved with the next evaluation, and stay listed.
#[utoipa::path(delete, path = "/api/alert-rules/{id}", tag = TAG, params(("id" = String, Path)),
    responses((status = 204), Refusals))]
async fn delete_alert_rule(app: WorkspaceApp, Path(id): Path<String>) -> Result<StatusCode, ApiError> {
    for _ in 0..WRITE_TRIES {
        let before = find(&app, &id).await?;
        let mut work = Work::default();
        // The write meets others by its revision: what is deleted is what the entry says.
        let last = doc! { "updated_at": DateTime::now() };
        work.replace_document(AlertRule::COLLECTION, &id, before.revision, last);
        work.delete_many(AlertRule::COLLECTION, doc! { "_id": &id });
        work.delete_many(store::EVALUATIONS, doc! { "_id": &id });
        let deleted = entry(&app, AuditAction::Deleted, Some(&before.entity), None);
        deleted.into_iter().for_each(|entry| work.record(entry));
        match app.catalog.commit(&work).await {
            Ok(()) => return Ok(StatusCode::NO_CONTENT),
            Err(Refused::Stale { .. }) => {}
            Err(refused) => return Err(refused.into()),
        }
    }
    Err(ApiError::Conflict {
        message: "it is being written all the time; try again".into(),
        details: Vec::new(),
    })
}
