//! `/api/alert-rules`

use std::collections::HashMap;

use axum::{
    Json,
    extract::{Path, Query},
};
use http::StatusCode;
use mongodb::bson::doc;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use ulid::Ulid;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    MAX_RULES,
    action::{Action, MAX_ACTIONS},
    condition::Condition,
    rule::{AlertRule, RuleStatus},
    store::{self, Evaluation, EvaluationOutcome},
};
use crate::{
    access::WorkspaceApp,
    admin::{
        input::{self, JsonBody},
        validate::Errors,
    },
    app::App,
    audit_log::{self, Action as AuditAction},
    catalog::{ListQuery, Replaced, entity::Stored},
    error::ApiError,
    openapi::Refusals,
    rfc3339,
};

pub(super) const TAG: &str = "alerts";
pub(super) const RESOURCE: &str = "alert-rules";
/// Of `for_minutes` and `cooldown_minutes`: 7 days.
const MAX_MINUTES: u32 = 7 * 24 * 60;
const DEFAULT_FOR_MINUTES: u32 = 5;
const DEFAULT_COOLDOWN_MINUTES: u32 = 60;

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list_alert_rules, create_alert_rule)).routes(routes!(
        read_alert_rule,
        replace_alert_rule,
        patch_alert_rule,
        delete_alert_rule
    ))
}

/// A rule as it is written.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AlertRuleInput {
    name: String,
    #[serde(default)]
    status: RuleStatus,
    /// True unless said otherwise.
    #[serde(default = "yes")]
    dry_run: bool,
    #[schema(value_type = Condition)]
    condition: Value,
    #[serde(default)]
    #[schema(value_type = Vec<Action>)]
    actions: Vec<Value>,
    /// 0 to 10080; 5 unless said otherwise. 0: at once.
    #[serde(default = "default_for_minutes")]
    for_minutes: u32,
    /// 0 to 10080; 60 unless said otherwise.
    #[serde(default = "default_cooldown_minutes")]
    cooldown_minutes: u32,
}

/// The same, with the revision that was read.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes a body that is read in two parts")]
struct AlertRuleWrite {
    revision: i64,
    #[schema(inline)]
    #[serde(flatten)]
    rule: AlertRuleInput,
}

/// Some of its fields, with the revision that was read.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes a body that is merged into the rule")]
struct AlertRulePatch {
    revision: i64,
    name: Option<String>,
    status: Option<RuleStatus>,
    dry_run: Option<bool>,
    condition: Option<Condition>,
    actions: Option<Vec<Action>>,
    for_minutes: Option<u32>,
    cooldown_minutes: Option<u32>,
}

fn yes() -> bool {
    true
}

fn default_for_minutes() -> u32 {
    DEFAULT_FOR_MINUTES
}

fn default_cooldown_minutes() -> u32 {
    DEFAULT_COOLDOWN_MINUTES
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

impl AlertRuleInput {
    pub fn of(rule: AlertRule) -> Self {
        let values = |action: &Action| serde_json::to_value(action).unwrap_or_default();
        Self {
            name: rule.name,
            status: rule.status,
            dry_run: rule.dry_run,
            condition: serde_json::to_value(&rule.condition).unwrap_or_default(),
            actions: rule.actions.iter().map(values).collect(),
            for_minutes: rule.for_minutes,
            cooldown_minutes: rule.cooldown_minutes,
        }
    }

    /// What is wrong is added to `errors`; None where it cannot even be read.
    pub async fn check(
        self,
        app: &WorkspaceApp,
        id: String,
        errors: &mut Errors,
    ) -> Result<Option<AlertRule>, ApiError> {
        errors.name(&self.name);
        for (field, minutes) in
            [("for_minutes", self.for_minutes), ("cooldown_minutes", self.cooldown_minutes)]
        {
            if minutes > MAX_MINUTES {
                errors.add(field, format!("0 to {MAX_MINUTES}"));
            }
        }
        if self.actions.len() > MAX_ACTIONS {
            errors.add("actions", format!("at most {MAX_ACTIONS}"));
        }
        let Some(condition) = errors.take(Condition::read(self.condition))? else { return Ok(None) };
        condition.check(app, errors).await?;
        let mut actions = Vec::new();
        for (i, value) in self.actions.into_iter().enumerate().take(MAX_ACTIONS) {
            let path = format!("actions[{i}]");
            let Some(action) = errors.take(Action::read(value, &path))? else { continue };
            action.check(app, &condition, &path, errors).await?;
            actions.push(action);
        }
        Ok(Some(AlertRule {
            id,
            workspace_id: app.workspace_id.clone(),
            name: self.name,
            status: self.status,
            dry_run: self.dry_run,
            condition,
            actions,
            for_minutes: self.for_minutes,
            cooldown_minutes: self.cooldown_minutes,
        }))
    }

    async fn checked(self, app: &WorkspaceApp, id: String) -> Result<AlertRule, ApiError> {
        let mut errors = Errors::default();
        let rule = self.check(app, id, &mut errors).await?;
        errors.finish()?;
        rule.ok_or_else(|| ApiError::field("condition", "it cannot be read"))
    }
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

async fn record(
    app: &WorkspaceApp,
    action: AuditAction,
    rule: &AlertRule,
    before: Option<&AlertRule>,
    after: Option<&AlertRule>,
) -> Result<(), ApiError> {
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
    audit_log::record(app, change).await
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
    let stored = store::insert_rule(&app.catalog, rule).await?;
    record(&app, AuditAction::Created, &stored.entity, None, Some(&stored.entity)).await?;
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
    let before = find(&app, &id).await?.entity;
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
    let before = find(&app, &id).await?.entity;
    let mut whole = serde_json::to_value(AlertRuleInput::of(before.clone())).unwrap_or_default();
    input::merge(&mut whole, body);
    write(&app, before, input::read(whole)?, revision).await
}

async fn write(
    app: &WorkspaceApp,
    before: AlertRule,
    input: AlertRuleInput,
    revision: i64,
) -> Result<Json<AlertRuleView>, ApiError> {
    let rule = input.checked(app, before.id.clone()).await?;
    let stored = match store::replace_rule(&app.catalog, rule, revision).await? {
        Replaced::Done(stored) => stored,
        Replaced::Conflict { current } => return Err(ApiError::RevisionConflict { current }),
        Replaced::NotFound => return Err(ApiError::NotFound),
    };
    record(app, AuditAction::Updated, &stored.entity, Some(&before), Some(&stored.entity)).await?;
    Ok(Json(shown(app, stored).await?))
}

/// Deletes a rule. Its open alerts are resolved with the next evaluation, and stay listed.
#[utoipa::path(delete, path = "/api/alert-rules/{id}", tag = TAG, params(("id" = String, Path)),
    responses((status = 204), Refusals))]
async fn delete_alert_rule(app: WorkspaceApp, Path(id): Path<String>) -> Result<StatusCode, ApiError> {
    let filter = doc! { "_id": &id, "workspace_id": &*app.workspace_id };
    let deleted = store::rules(&app.catalog).find_one_and_delete(filter).await?;
    let rule = deleted.ok_or(ApiError::NotFound)?.entity;
    store::forget_note(&app.catalog, &id).await?;
    record(&app, AuditAction::Deleted, &rule, Some(&rule), None).await?;
    Ok(StatusCode::NO_CONTENT)
}
