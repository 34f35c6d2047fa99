//! Does what an alert's actions say, once, whatever ends in between; and takes changes back.
//!
//! Before anything is done the alert says so (`under_way`, with what is to be changed). Whoever finds an action
//! under way: a notification is given again under its key, which changes nothing where it was given; a change
//! that is there already is published and recorded, one that is not is planned anew. Of two that meet, the
//! compare-and-set on the entity lets one through.

use std::fmt::Write as _;

use mongodb::{
    bson::{DateTime, Document, doc, to_bson},
    error::{Error, Result},
    options::ReturnDocument,
};
use serde_json::{Value, json};
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
    mail::{Mail, MailError},
    notifications::Notice,
    rfc3339,
    snapshot::build::{Holds, State},
};

/// An entity that is written so often meanwhile is left for the next round.
const WRITE_TRIES: usize = 5;
/// Mails that were refused, round after round.
const MAX_ATTEMPTS: u32 = 10;
const ACTIONS: &str = "traffoflex_alert_actions_total";

/// What is due of all open alerts.
pub async fn finish_all(app: &App) -> Result<()> {
    let due = doc! { "actions.outcome": { "$in": ["planned", "under_way"] } };
    for incident in store::unresolved(&app.catalog, due).await? {
        finish(app, incident).await?;
    }
    Ok(())
}

/// What is due of one alert.
pub async fn finish(app: &App, mut incident: Incident) -> Result<()> {
    if incident.state != IncidentState::Open {
        return Ok(());
    }
    for index in 0..incident.actions.len() {
        if !incident.actions[index].outcome.is_due() {
            continue;
        }
        let rule = store::rule(&app.catalog, &incident.workspace_id, &incident.rule_id).await?;
        if rule.is_none_or(|rule| rule.entity.status == RuleStatus::Paused) {
            end(app, &mut incident, index, Outcome::Failed, None, Some("the rule is gone".to_owned()))
                .await?;
            continue;
        }
        take(app, &mut incident, index).await?;
    }
    Ok(())
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
            Plan::Notify(what) => return notify(app, incident, index, &action, what).await,
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
                write_taken(app, incident, index, begun).await?;
                let own = WorkspaceApp::of(app, (*incident.workspace_id).into(), actor(incident));
                let what = format!("by alert {}", incident._id);
                if write(&own, *edit, &what).await.map_err(Error::custom)? {
                    return end(app, incident, index, Outcome::Done, Some(change.what()), None).await;
                }
            }
        }
    }
    // The next round goes on.
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

async fn notify(
    app: &App,
    incident: &mut Incident,
    index: usize,
    action: &Action,
    what: String,
) -> Result<()> {
    let begun = Taken { outcome: Outcome::UnderWay, ..incident.actions[index].clone() };
    write_taken(app, incident, index, begun).await?;
    let key = incident.action_key(index);
    let sent = match action {
        Action::Mail(mail) => send(app, incident, &key, &mail.to).await,
        _ => {
            let opened_at = incident.opened_at.map_or(0, DateTime::timestamp_millis);
            let notice = Notice::alert(key, &incident.workspace_id, opened_at, body(incident));
            app.notifications.tell(&notice).await?;
            Ok(())
        }
    };
    match sent {
        Ok(()) => end(app, incident, index, Outcome::Done, Some(what), None).await,
        Err(error) if error.is_retryable() && incident.actions[index].attempts + 1 < MAX_ATTEMPTS => {
            let attempts = incident.actions[index].attempts + 1;
            let error = Some(public(&error).to_owned());
            let again = Taken { attempts, error, ..incident.actions[index].clone() };
            write_taken(app, incident, index, again).await
        }
        Err(error) => end(app, incident, index, Outcome::Failed, None, Some(public(&error).to_owned())).await,
    }
}

/// For clients: nothing of the inside.
fn public(error: &MailError) -> &'static str {
    match error {
        MailError::NotConfigured => "no delivery of mail is configured",
        MailError::Unwritable(_) => "the mail cannot be written",
        _ => "the mail could not be delivered",
    }
}

async fn send(
    app: &App,
    incident: &Incident,
    key: &str,
    to: &[String],
) -> std::result::Result<(), MailError> {
    let subject = format!("Alert: {}", incident.rule_name.replace(['\r', '\n'], " "));
    let mut text = format!(
        "{}\n\nCondition: {}\nAbout: {}\nSince: {}\n",
        incident.rule_name,
        incident.condition,
        if incident.subject.name.is_empty() { "the workspace" } else { &incident.subject.name },
        rfc3339::of(incident.true_since),
    );
    for value in &incident.values {
        let _ = writeln!(text, "{}: {}", value.name, value.value.as_deref().unwrap_or("unknown"));
    }
    for (n, to) in to.iter().enumerate() {
        let id = format!("{}.{n}", key.replace(':', "."));
        app.mailer
            .send_as(&id, Mail { to: to.clone(), subject: subject.clone(), text: text.clone() })
            .await?;
    }
    Ok(())
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
    metrics::counter!(ACTIONS, "action" => taken.action.kind(), "outcome" => outcome.as_str()).increment(1);
    let at = Some(DateTime::now());
    let ended = Taken { outcome, at, what: what.unwrap_or_default(), error, ..taken };
    write_taken(app, incident, index, ended).await
}

/// Of this one action, whatever else was written to the alert meanwhile.
async fn write_taken(app: &App, incident: &mut Incident, index: usize, taken: Taken) -> Result<()> {
    let mut set = Document::new();
    set.insert(format!("actions.{index}"), to_bson(&taken).map_err(Error::custom)?);
    let written = store::alerts(&app.catalog)
        .find_one_and_update(
            doc! { "_id": &incident._id },
            doc! { "$set": set, "$inc": { "revision": 1_i64 } },
        )
        .return_document(ReturnDocument::After)
        .await?;
    *incident = written.ok_or_else(|| Error::custom("the alert is gone"))?;
    Ok(())
}

/// Takes back what an alert changed, the last change first. Answers what could not be taken back, since somebody
/// changed it meanwhile.
pub async fn undo(app: &WorkspaceApp, incident: &mut Incident) -> std::result::Result<Vec<Change>, ApiError> {
    let mut kept = Vec::new();
    for index in (0..incident.actions.len()).rev() {
        let taken = incident.actions[index].clone();
        let (Outcome::Done, Some(change)) = (taken.outcome, taken.change.clone()) else { continue };
        let what = format!("undo of alert {}", incident._id);
        if restore(app, &change, &what).await? {
            end(app, incident, index, Outcome::Undone, Some(taken.what), None).await?;
        } else {
            kept.push(change);
        }
    }
    Ok(kept)
}

/// False when it is not what the change made of it.
async fn restore(app: &WorkspaceApp, change: &Change, what: &str) -> std::result::Result<bool, ApiError> {
    async fn edited<T: Entity>(app: &WorkspaceApp, change: &Change) -> Result<Option<Edited<T>>> {
        let Some(before) = app.catalog.get::<T>(&app.workspace_id, &change.id).await? else {
            return Ok(None);
        };
        let (field, from, to) = (change.field.clone(), change.to.clone(), change.from.clone());
        let after = serde_json::from_str(&change.before).map_err(Error::custom)?;
        Ok(Some(Edited { before, after, field, from, to }))
    }
    let Some((_, entity)) = current(app, &app.workspace_id, change).await? else { return Ok(false) };
    let of_change = |text: &str| serde_json::from_str::<Value>(text).map_err(Error::custom);
    // It died after it had restored it.
    if entity == of_change(&change.before)? {
        return Ok(true);
    }
    if entity != of_change(&change.after)? {
        return Ok(false);
    }
    use super::action::ChangedResource;
    let edit = match change.resource {
        ChangedResource::Destinations => edited(app, change).await?.map(Edit::Destination),
        ChangedResource::Campaigns => edited(app, change).await?.map(Edit::Campaign),
        ChangedResource::Streams => edited(app, change).await?.map(Edit::Stream),
    };
    match edit {
        Some(edit) => write(app, edit, what).await,
        None => Ok(false),
    }
}
