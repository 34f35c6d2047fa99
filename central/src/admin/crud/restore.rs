//! Back from the archive: to the status that it had before, which the audit log knows.
//!
//! Of whatever is archived, the newest change before which it was not is the one that archived it, by whichever
//! way: that change's entry says what it was. Where no entry says it (it was made archived, the entry is too old
//! or was too large), it comes back paused: nothing takes traffic that nobody set active.

use axum::response::Response;
use mongodb::bson::{Document, Regex, doc};
use serde_json::Value;
use traffoflex_model::Status;

use super::{
    Resource, Shown, get_of,
    write::{RESTORED, set_status},
    written,
};
use crate::{
    access::WorkspaceApp,
    admin::campaigns::{Campaigns, whole::ROLLED_BACK},
    audit_log::{self, Entry},
    catalog::entity::Stored,
    error::ApiError,
};

pub async fn restore<R: Resource>(app: &WorkspaceApp, id: &str) -> Result<Response, ApiError> {
    let mut stored = get_of::<R>(app, id).await?;
    if R::status(&mut stored.entity).is_some_and(|status| *status != Status::Archived) {
        return Ok(written(Shown::<R>::of(app, stored).await?, app.publisher.version()));
    }
    let status = status_before::<R>(app, &stored).await?.unwrap_or(Status::Paused);
    set_status::<R>(app, id, RESTORED, status).await
}

/// None where nobody knows.
async fn status_before<R: Resource>(
    app: &WorkspaceApp,
    stored: &Stored<R::Entity>,
) -> Result<Option<Status>, ApiError> {
    let id = stored._id.as_str();
    let own = doc! { "resource": R::RECORDED, "resource_id": id, "before.status": { "$ne": "archived" } };
    let mut any = vec![own];
    any.extend(of_rollbacks::<R>(stored));
    let filter = doc! {
        "workspace_id": &*app.workspace_id,
        "action": { "$in": ["created", "updated"] },
        "state": { "$ne": "attempted" },
        "$or": any,
    };
    let entry = audit_log::entries(&app.catalog).find_one(filter).sort(doc! { "_id": -1 }).await?;
    Ok(entry.and_then(|entry| archived_from::<R>(&entry, id)))
}

/// A rollback of a campaign changes its streams too, in its own entry.
fn of_rollbacks<R: Resource>(stored: &Stored<R::Entity>) -> Option<Document> {
    let campaign = R::campaign(&stored.entity).filter(|_| R::RECORDED != Campaigns::RECORDED)?;
    let was_archived = doc! { "$elemMatch": { "id": &stored._id, "status": "archived" } };
    Some(doc! {
        "campaign_id": campaign,
        "resource": Campaigns::RECORDED,
        "what": Regex { pattern: format!("^{ROLLED_BACK}"), options: String::new() },
        "before.streams": { "$not": was_archived },
    })
}

/// The status before a change that archived it.
fn archived_from<R: Resource>(entry: &Entry, id: &str) -> Option<Status> {
    let status_in = |state: &Option<Value>| -> Option<Status> {
        let state = state.as_ref()?;
        let thing = match entry.resource == R::RECORDED {
            true => state,
            false => state["streams"].as_array()?.iter().find(|stream| stream["id"] == id)?,
        };
        serde_json::from_value(thing["status"].clone()).ok()
    };
    let is_archived = status_in(&entry.after) == Some(Status::Archived);
    status_in(&entry.before).filter(|before| is_archived && *before != Status::Archived)
}
