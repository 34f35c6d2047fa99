//! `/api/alerts`: what opened, what was done about it, and the undoing of that.

use axum::{
    Json,
    extract::{Path, Query},
};
use mongodb::{
    bson::{DateTime, doc, to_bson},
    error::Error,
};
use serde::{Deserialize, Serialize};
use traffoflex_wire::error_body::FieldError;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    act::undo,
    action::{Action, ChangedResource},
    condition::{Measured, Subject},
    incident::{Incident, IncidentState, Outcome, Resolution, Taken},
    store,
};
use crate::{
    access::{Actor, WorkspaceApp},
    admin::input,
    app::App,
    audit_log::{self, Action as AuditAction, Entry},
    catalog::{
        ListQuery,
        work::{Refused, Work},
    },
    error::ApiError,
    openapi::Refusals,
    rfc3339,
};

const TAG: &str = "alerts";
const RESOURCE: &str = "alerts";
/// An alert that is written at the same time is read again.
const WRITE_TRIES: usize = 5;

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_alerts))
        .routes(routes!(read_alert))
        .routes(routes!(acknowledge_alert))
        .routes(routes!(undo_alert))
}

/// An alert that opened, and may have been resolved since.
#[derive(Serialize, ToSchema)]
struct Alert {
    id: String,
    rule_id: String,
    /// As it was called when the alert opened.
    rule_name: String,
    /// The kind of the rule's condition.
    condition: String,
    state: IncidentState,
    /// Nothing was done: the actions say what would have been.
    dry_run: bool,
    subject: Subject,
    /// When the condition last held.
    values: Vec<Measured>,
    actions: Vec<AlertAction>,
    /// Since when the condition held.
    since: String,
    opened_at: Option<String>,
    resolved_at: Option<String>,
    resolution: Option<Resolution>,
    acknowledged_at: Option<String>,
    acknowledged_by: Option<Actor>,
}

#[derive(Serialize, ToSchema)]
struct AlertAction {
    action: Action,
    outcome: Outcome,
    /// When it got this outcome.
    at: Option<String>,
    /// In words: what was done, or would have been.
    what: String,
    /// Why not.
    error: Option<String>,
    /// Of the configuration.
    change: Option<AlertChange>,
}

/// One field of one entity.
#[derive(Serialize, ToSchema)]
struct AlertChange {
    resource: ChangedResource,
    id: String,
    name: String,
    field: String,
    from: String,
    to: String,
}

#[derive(Serialize, ToSchema)]
struct AlertList {
    items: Vec<Alert>,
    limit: i64,
    offset: u64,
    total: u64,
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct AlertListParameters {
    /// 1 to 500.
    #[param(value_type = Option<i64>, minimum = 1, maximum = 500)]
    limit: Option<String>,
    #[param(value_type = Option<i64>, minimum = 0)]
    offset: Option<String>,
    /// `open` or `resolved`; both unless said otherwise.
    state: Option<String>,
    rule_id: Option<String>,
}

impl Alert {
    fn of(app: &WorkspaceApp, incident: Incident) -> Self {
        let masks_money = app.caller.masks_money;
        Self {
            id: incident._id,
            rule_id: incident.rule_id,
            rule_name: incident.rule_name,
            condition: incident.condition,
            state: incident.state,
            dry_run: incident.dry_run,
            subject: incident.subject,
            values: incident.values.into_iter().map(|value| value.masked(masks_money)).collect(),
            actions: incident.actions.into_iter().map(AlertAction::of).collect(),
            since: rfc3339::of(incident.true_since),
            opened_at: incident.opened_at.map(rfc3339::of),
            resolved_at: incident.resolved_at.map(rfc3339::of),
            resolution: incident.resolution,
            acknowledged_at: incident.acknowledged_at.map(rfc3339::of),
            acknowledged_by: incident.acknowledged_by,
        }
    }
}

impl AlertAction {
    fn of(taken: Taken) -> Self {
        let change = taken.change.map(|change| AlertChange {
            resource: change.resource,
            id: change.id,
            name: change.name,
            field: change.field,
            from: change.from,
            to: change.to,
        });
        let Taken { action, outcome, at, what, error, .. } = taken;
        Self { action, outcome, at: at.map(rfc3339::of), what, error, change }
    }
}

/// What opened, the latest first.
#[utoipa::path(get, path = "/api/alerts", tag = TAG, params(AlertListParameters),
    responses((status = 200, body = AlertList), Refusals))]
async fn list_alerts(
    app: WorkspaceApp,
    Query(query): Query<AlertListParameters>,
) -> Result<Json<AlertList>, ApiError> {
    let (limit, offset) = input::page(query.limit, query.offset)?;
    let mut filter = doc! { "workspace_id": &*app.workspace_id };
    match query.state.as_deref() {
        None => filter.insert("state", doc! { "$in": ["open", "resolved"] }),
        Some(state @ ("open" | "resolved")) => filter.insert("state", state),
        Some(_) => return Err(ApiError::field("state", "open or resolved")),
    };
    if let Some(rule) = query.rule_id {
        filter.insert("rule_id", rule);
    }
    let sort = doc! { "opened_at": -1, "_id": -1 };
    let (found, total) =
        store::list_incidents(&app.catalog, ListQuery { filter, sort, limit, offset }).await?;
    let items = found.into_iter().map(|incident| Alert::of(&app, incident)).collect();
    Ok(Json(AlertList { items, limit, offset, total }))
}

/// One alert.
#[utoipa::path(get, path = "/api/alerts/{id}", tag = TAG, params(("id" = String, Path)),
    responses((status = 200, body = Alert), Refusals))]
async fn read_alert(app: WorkspaceApp, Path(id): Path<String>) -> Result<Json<Alert>, ApiError> {
    let incident = find(&app, &id).await?;
    Ok(Json(Alert::of(&app, incident)))
}

/// Says that somebody looks after it. Saying so again changes nothing.
#[utoipa::path(post, path = "/api/alerts/{id}/acknowledge", tag = TAG, params(("id" = String, Path)),
    responses((status = 200, body = Alert), Refusals))]
async fn acknowledge_alert(app: WorkspaceApp, Path(id): Path<String>) -> Result<Json<Alert>, ApiError> {
    for _ in 0..WRITE_TRIES {
        let mut incident = find(&app, &id).await?;
        if incident.acknowledged_at.is_some() {
            return Ok(Json(Alert::of(&app, incident)));
        }
        incident.acknowledged_at = Some(DateTime::now());
        incident.acknowledged_by = Some(app.caller.actor.clone());
        let by = to_bson(&incident.acknowledged_by).map_err(Error::custom)?;
        let set = doc! { "acknowledged_at": incident.acknowledged_at, "acknowledged_by": by };
        let mut work = Work::default();
        work.replace_document(store::ALERTS, &id, incident.revision, set);
        work.record(Entry::of(&app, incident.audited("acknowledged".to_owned())));
        match app.catalog.commit(&work).await {
            Ok(()) => return Ok(Json(Alert::of(&app, incident))),
            Err(Refused::Stale { .. }) => {}
            Err(refused) => return Err(refused.into()),
        }
    }
    Err(written_all_the_time())
}

/// Takes back what it changed, as far as nobody has changed it since; what somebody has is named (409), and the rest
/// is taken back all the same.
#[utoipa::path(post, path = "/api/alerts/{id}/undo", tag = TAG, params(("id" = String, Path)),
    responses((status = 200, body = Alert), Refusals))]
async fn undo_alert(app: WorkspaceApp, Path(id): Path<String>) -> Result<Json<Alert>, ApiError> {
    let mut incident = find(&app, &id).await?;
    let is_done = |taken: &Taken| taken.outcome == Outcome::Done && taken.change.is_some();
    if !incident.actions.iter().any(is_done) {
        return Err(ApiError::Conflict { message: "there is nothing to undo".into(), details: Vec::new() });
    }
    let kept = undo::undo(&app, &mut incident).await?;
    if kept.is_empty() {
        return Ok(Json(Alert::of(&app, incident)));
    }
    let details = kept.into_iter().map(|change| FieldError {
        field: format!("{}/{}", change.resource.as_str(), change.id),
        error: "somebody has changed it since".into(),
    });
    Err(ApiError::Conflict { message: "not all could be undone".into(), details: details.collect() })
}

async fn find(app: &WorkspaceApp, id: &str) -> Result<Incident, ApiError> {
    let found = store::incident(&app.catalog, &app.workspace_id, id).await?;
    found.filter(|incident| incident.state != IncidentState::Pending).ok_or(ApiError::NotFound)
}

impl Incident {
    /// What somebody did with it.
    pub(super) fn audited(&self, what: String) -> audit_log::Change {
        audit_log::Change {
            action: AuditAction::Done,
            resource: RESOURCE,
            id: self._id.clone(),
            name: self.rule_name.clone(),
            what: Some(what),
            before: None,
            after: None,
        }
    }
}

fn written_all_the_time() -> ApiError {
    ApiError::Conflict { message: "it is being written all the time; try again".into(), details: Vec::new() }
}
