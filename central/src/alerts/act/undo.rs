//! Takes back what alerts changed.

use mongodb::{
    bson::{DateTime, Document, to_bson},
    error::{Error, Result},
};
use serde_json::Value;

use super::{
    super::{
        action::{Change, ChangedResource, Edit, Edited},
        incident::{Incident, Outcome, Taken},
        store,
    },
    current, write,
};
use crate::{
    access::WorkspaceApp,
    audit_log::Entry,
    catalog::{
        entity::Entity,
        work::{Refused, Work},
    },
    error::ApiError,
};

/// An alert that is written at the same time is read again.
const WRITE_TRIES: usize = 5;

/// Takes back what an alert changed, the last change first. Answers what could not be taken back, since somebody
/// changed it meanwhile.
pub async fn undo(app: &WorkspaceApp, incident: &mut Incident) -> std::result::Result<Vec<Change>, ApiError> {
    let mut kept = Vec::new();
    for index in (0..incident.actions.len()).rev() {
        let taken = incident.actions[index].clone();
        let (Outcome::Done, Some(change)) = (taken.outcome, taken.change.clone()) else { continue };
        let what = format!("undo of alert {}", incident._id);
        if restore(app, &change, &what).await? {
            note(app, incident, index).await?;
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

/// With the alert, and in the audit log.
async fn note(
    app: &WorkspaceApp,
    incident: &mut Incident,
    index: usize,
) -> std::result::Result<(), ApiError> {
    for _ in 0..WRITE_TRIES {
        let taken = incident.actions[index].clone();
        if taken.outcome != Outcome::Done {
            return Ok(());
        }
        let what = format!("undone: {}", taken.what);
        let taken = Taken { outcome: Outcome::Undone, at: Some(DateTime::now()), ..taken };
        let mut set = Document::new();
        set.insert(format!("actions.{index}"), to_bson(&taken).map_err(Error::custom)?);
        let mut work = Work::default();
        work.replace_document(store::ALERTS, &incident._id, incident.revision, set);
        work.record(Entry::of(app, incident.audited(what)));
        match app.catalog.commit(&work).await {
            Ok(()) | Err(Refused::Stale { .. }) => {}
            Err(refused) => return Err(refused.into()),
        }
        let current = store::incident(&app.catalog, &incident.workspace_id, &incident._id).await?;
        *incident = current.ok_or(ApiError::NotFound)?;
    }
    Ok(())
}
