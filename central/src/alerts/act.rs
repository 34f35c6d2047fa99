//! Does what an alert's actions say, once, whatever ends in between; and takes changes back.
//!
//! Before anything is done the alert says so (`under_way`, with what is to be changed). Whoever finds an action
//! under way: a notification is given again under its key, which changes nothing where it was given; a change
//! that is there already is published and recorded, one that is not is planned anew. Of two that meet, the
//! compare-and-set on the entity lets one through, and the other one finds the change.
//!
//! A rule that was paused or deleted begins nothing more, and of an alert that was resolved only notices go on. Mail is
//! sent beside all else ([`mail`]): a mail server that does not answer keeps nothing back but mail.

pub mod mail;
pub mod undo;

use std::time::Duration;

use mongodb::{
    bson::{DateTime, Document, doc, to_bson},
    error::{Error, Result},
    options::ReturnDocument,
};
use serde_json::{Value, json};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use traffoflex_model::{Campaign, Destination, Stream};

use super::{
    action::{Action, Change, Edit, Edited, Plan},
    condition::Subject,
    incident::{Incident, IncidentState, Outcome, Taken},
    rule::{AlertRule, RuleStatus},
    store,
};
use crate::{
    access::{Actor, ActorKind, WorkspaceApp},
    admin::{
        campaigns::Campaigns,
        crud::{self, Resource},
        destinations::Destinations,
        streams::Streams,
    },
    app::App,
    catalog::entity::Entity,
    error::ApiError,
    notifications::Notice,
    rfc3339,
    snapshot::build::{Holds, State},
};

/// An entity that is written so often meanwhile is left for the next look.
const WRITE_TRIES: usize = 5;
const ACTIONS: &str = "traffoflex_alert_actions_total";

/// Rung when an alert opens.
#[derive(Default)]
pub struct Bell {
    act: Notify,
    mail: Notify,
}

impl Bell {
    pub fn ring(&self) {
        self.act.notify_one();
        self.mail.notify_one();
    }
}

/// Does what is due of all alerts but their mail, when the bell rings and every `interval`, until `stop`.
pub async fn keep_acting(app: &App, interval: Duration, bell: &Bell, stop: &CancellationToken) {
    loop {
        // What a crash left undone is found by the first look.
        if let Err(error) = finish_all(app).await {
            tracing::warn!(%error, "what alerts do waits");
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = bell.act.notified() => {}
            () = tokio::time::sleep(interval) => {}
        }
    }
}

async fn finish_all(app: &App) -> Result<()> {
    for incident in store::due(&app.catalog, doc! {}).await? {
        let id = incident._id.clone();
        // One that fails keeps no other one back.
        if let Err(error) = finish(app, incident).await {
            tracing::warn!(alert = id, %error, "what an alert does waits");
        }
    }
    Ok(())
}

/// What is due of one alert.
async fn finish(app: &App, mut incident: Incident) -> Result<()> {
    for index in 0..incident.actions.len() {
        let Taken { action, outcome, .. } = &incident.actions[index];
        // Mail takes its time, and goes by itself.
        let is_mail = matches!(action, Action::Mail(_)) && !incident.dry_run;
        if outcome.is_due() && !is_mail {
            take(app, &mut incident, index).await?;
        }
    }
    Ok(())
}

/// Why an action is not begun any more.
async fn hindrance(app: &App, incident: &Incident, action: &Action) -> Result<Option<&'static str>> {
    let rule = store::rule(&app.catalog, &incident.workspace_id, &incident.rule_id).await?;
    if rule.is_none_or(|rule| rule.entity.status == RuleStatus::Paused) {
        return Ok(Some("the rule is gone"));
    }
    let is_over = incident.state == IncidentState::Resolved && !action.is_notice();
    Ok(is_over.then_some("the alert was resolved before"))
}

/// In words: what an action would come to now.
pub async fn foresee(
    app: &App,
    rule: &AlertRule,
    subject: &Subject,
    action: &Action,
) -> Result<(Outcome, String)> {
    Ok(match action.plan(app, &rule.workspace_id, subject).await? {
        Plan::Notify(what) => (Outcome::WouldDo, what),
        Plan::Edit(edit) => (Outcome::WouldDo, edit.change().map_err(Error::custom)?.what()),
        Plan::Nothing(why) => (Outcome::NothingToDo, why),
        Plan::Impossible(why) => (Outcome::Failed, why.to_string()),
    })
}

async fn take(app: &App, incident: &mut Incident, index: usize) -> Result<()> {
    let action = incident.actions[index].action.clone();
    // First whether it happened, whatever became of the rule: what is changed can be undone only if it is known.
    if let Some(change) = incident.actions[index].change.clone() {
        match found(app, incident, &change).await? {
            Found::AsBefore => {}
            // The process died between the change and the note of it.
            Found::Changed => return recorded(app, incident, index, &change).await,
            // Perhaps it was changed as it should be, and somebody has changed it back: that stands.
            Found::Other => {
                let error = "somebody changed it meanwhile, and it is not done again".to_owned();
                return end(app, incident, index, Outcome::Failed, None, Some(error)).await;
            }
        }
    }
    if let Some(why) = hindrance(app, incident, &action).await? {
        return end(app, incident, index, Outcome::Failed, None, Some(why.to_owned())).await;
    }
    for _ in 0..WRITE_TRIES {
        match action.plan(app, &incident.workspace_id, &incident.subject).await? {
            Plan::Nothing(why) => {
                return end(app, incident, index, Outcome::NothingToDo, Some(why), None).await;
            }
            Plan::Impossible(why) => {
                return end(app, incident, index, Outcome::Failed, None, Some(why.to_string())).await;
            }
            Plan::Notify(what) if incident.dry_run => {
                return end(app, incident, index, Outcome::WouldDo, Some(what), None).await;
            }
            Plan::Notify(what) => return notify(app, incident, index, what).await,
            Plan::Edit(edit) => {
                let change = edit.change().map_err(Error::custom)?;
                if incident.dry_run {
                    return end(app, incident, index, Outcome::WouldDo, Some(change.what()), None).await;
                }
                let begun = Taken {
                    outcome: Outcome::UnderWay,
                    change: Some(change.clone()),
                    ..incident.actions[index].clone()
                };
                if !write_taken(app, incident, index, begun).await? {
                    return Ok(());
                }
                let own = WorkspaceApp::of(app, (*incident.workspace_id).into(), actor(incident));
                let what = format!("by alert {}", incident._id);
                if write(&own, *edit, &what).await.map_err(Error::custom)? {
                    return end(app, incident, index, Outcome::Done, Some(change.what()), None).await;
                }
                // Whoever wrote it first may be another process that does the same.
                if matches!(found(app, incident, &change).await?, Found::Changed) {
                    return recorded(app, incident, index, &change).await;
                }
            }
        }
    }
    // The next look goes on.
    Ok(())
}

/// The way of an admin's write: compare-and-set with its entry in the audit log, then published. False when somebody
/// else wrote it meanwhile.
async fn write(app: &WorkspaceApp, edit: Edit, what: &str) -> std::result::Result<bool, ApiError> {
    async fn save<R: Resource>(
        app: &WorkspaceApp,
        edited: Edited<R::Entity>,
        what: &str,
    ) -> std::result::Result<bool, ApiError> {
        let after = edited.before.next(edited.after);
        Ok(crud::write::save::<R>(app, &edited.before, &after, Some(what.to_owned())).await?.is_some())
    }
    match edit {
        Edit::Destination(edited) => save::<Destinations>(app, edited, what).await,
        Edit::Campaign(edited) => save::<Campaigns>(app, edited, what).await,
        Edit::Stream(edited) => save::<Streams>(app, edited, what).await,
    }
}

/// In whose name a rule acts.
fn actor(incident: &Incident) -> Actor {
    Actor { kind: ActorKind::AlertRule, id: incident.rule_id.clone(), name: incident.rule_name.clone() }
}

/// How an entity stands that was to be changed.
enum Found {
    AsBefore,
    Changed,
    Other,
}

async fn found(app: &App, incident: &Incident, change: &Change) -> Result<Found> {
    let Some((revision, entity)) = current(app, &incident.workspace_id, change).await? else {
        return Ok(Found::Other);
    };
    let after: Value = serde_json::from_str(&change.after).map_err(Error::custom)?;
    Ok(match entity == after {
        true => Found::Changed,
        false if revision == change.revision => Found::AsBefore,
        false => Found::Other,
    })
}

/// Revision and fields of what a change is of.
async fn current(app: &App, workspace: &str, change: &Change) -> Result<Option<(i64, Value)>> {
    async fn read<T: Entity>(app: &App, workspace: &str, id: &str) -> Result<Option<(i64, Value)>> {
        let Some(stored) = app.catalog.get::<T>(workspace, id).await? else { return Ok(None) };
        Ok(Some((stored.revision, serde_json::to_value(&stored.entity).map_err(Error::custom)?)))
    }
    use super::action::ChangedResource::{Campaigns, Destinations, Streams};
    match change.resource {
        Destinations => read::<Destination>(app, workspace, &change.id).await,
        Campaigns => read::<Campaign>(app, workspace, &change.id).await,
        Streams => read::<Stream>(app, workspace, &change.id).await,
    }
}

/// A change that was written with its entry: it is published, if it was not, and noted with the alert.
async fn recorded(app: &App, incident: &mut Incident, index: usize, change: &Change) -> Result<()> {
    publish(app, change).await?;
    end(app, incident, index, Outcome::Done, Some(change.what()), None).await
}

/// What cannot be published now is found by the next look at the catalogue.
async fn publish(app: &App, change: &Change) -> Result<()> {
    async fn of<T: Entity>(app: &App, id: &str) -> Result<()>
    where
        State: Holds<T>,
    {
        app.publisher.publish::<T>(id).await.map(drop).map_err(Error::custom)
    }
    use super::action::ChangedResource::{Campaigns, Destinations, Streams};
    match change.resource {
        Destinations => of::<Destination>(app, &change.id).await,
        Campaigns => of::<Campaign>(app, &change.id).await,
        Streams => of::<Stream>(app, &change.id).await,
    }
}

/// Every webhook that asks. They are called by others, who hear of it under this key once.
async fn notify(app: &App, incident: &mut Incident, index: usize, what: String) -> Result<()> {
    let begun = Taken { outcome: Outcome::UnderWay, ..incident.actions[index].clone() };
    if !write_taken(app, incident, index, begun).await? {
        return Ok(());
    }
    let opened_at = incident.opened_at.map_or(0, DateTime::timestamp_millis);
    let key = incident.action_key(index);
    let notice = Notice::alert(key, &incident.workspace_id, opened_at, body(incident));
    app.notifications.tell(&notice).await?;
    end(app, incident, index, Outcome::Done, Some(what), None).await
}

/// What a webhook is told.
fn body(incident: &Incident) -> Value {
    let values = incident.values.iter().map(|value| json!({ "name": value.name, "value": value.value }));
    json!({
        "workspace_id": incident.workspace_id,
        "alert_id": incident._id,
        "rule_id": incident.rule_id,
        "rule_name": incident.rule_name,
        "condition": incident.condition,
        "subject": incident.subject,
        "values": values.collect::<Vec<_>>(),
        "opened_at": incident.opened_at.map(rfc3339::of),
    })
}

async fn end(
    app: &App,
    incident: &mut Incident,
    index: usize,
    outcome: Outcome,
    what: Option<String>,
    error: Option<String>,
) -> Result<()> {
    let taken = incident.actions[index].clone();
    let kind = taken.action.kind();
    let at = Some(DateTime::now());
    let ended = Taken { outcome, at, what: what.unwrap_or_default(), error, ..taken };
    if write_taken(app, incident, index, ended).await? {
        metrics::counter!(ACTIONS, "action" => kind, "outcome" => outcome.as_str()).increment(1);
    }
    Ok(())
}

/// Of this one action, whatever else was written to the alert meanwhile. False when the action was not as it was
/// read: another process goes on with it.
async fn write_taken(app: &App, incident: &mut Incident, index: usize, taken: Taken) -> Result<bool> {
    let place = format!("actions.{index}");
    let mut this = doc! { "_id": &incident._id };
    this.insert(format!("{place}.outcome"), incident.actions[index].outcome.as_str());
    let mut set = Document::new();
    set.insert(place, to_bson(&taken).map_err(Error::custom)?);
    let written = store::alerts(&app.catalog)
        .find_one_and_update(this, doc! { "$set": set, "$inc": { "revision": 1_i64 } })
        .return_document(ReturnDocument::After)
        .await?;
    if let Some(written) = written {
        *incident = written;
        return Ok(true);
    }
    let current = store::incident(&app.catalog, &incident.workspace_id, &incident._id).await?;
    *incident = current.ok_or_else(|| Error::custom("the alert is gone"))?;
    Ok(false)
}
