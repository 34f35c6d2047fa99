//! Shared views of a workspace in its exported file. Private ones are their owners' alone, and stay.

use futures_util::TryStreamExt;
use mongodb::{
    bson::{DateTime, Document, doc, to_document},
    error::Error,
};
use serde_json::Value;

pub use super::store::Stored;
use super::{MAX_VIEWS, SavedViewInput, check, store};
use crate::{
    access::WorkspaceApp,
    admin::input,
    catalog::{Catalog, work::Work},
    error::ApiError,
};

pub const COLLECTION: &str = store::COLLECTION;
pub const RESOURCE: &str = "saved-views";

/// By id.
pub async fn shared(catalog: &Catalog, workspace_id: &str) -> Result<Vec<Stored>, ApiError> {
    find(catalog, workspace_id, doc! { "visibility": "shared" }).await
}

pub async fn of_ids(app: &WorkspaceApp, ids: &[&str]) -> Result<Vec<Stored>, ApiError> {
    find(&app.catalog, &app.workspace_id, doc! { "_id": { "$in": ids } }).await
}

async fn find(catalog: &Catalog, workspace_id: &str, mut filter: Document) -> Result<Vec<Stored>, ApiError> {
    filter.insert("workspace_id", workspace_id);
    let views = catalog.database().collection::<Stored>(COLLECTION);
    Ok(views.find(filter).sort(doc! { "_id": 1 }).await?.try_collect().await?)
}

pub fn read(body: Value) -> Result<SavedViewInput, ApiError> {
    check(input::read(body)?)
}

/// Whether so many more may be there.
pub async fn has_room(app: &WorkspaceApp, more: usize) -> Result<bool, ApiError> {
    Ok(store::count(app).await? + more as u64 <= MAX_VIEWS)
}

/// A new one is the caller's.
pub fn write(
    app: &WorkspaceApp,
    work: &mut Work,
    id: &str,
    view: &SavedViewInput,
    before: Option<&Stored>,
) -> Result<(), ApiError> {
    let now = DateTime::now();
    match before {
        Some(before) => {
            let mut set = to_document(view).map_err(Error::custom)?;
            set.insert("updated_at", now);
            work.replace_document(COLLECTION, id, before.revision, set);
        }
        None => {
            let stored = Stored {
                _id: id.to_owned(),
                workspace_id: app.workspace_id.to_string(),
                owner: app.caller.actor.clone(),
                revision: 1,
                created_at: now,
                updated_at: now,
                view: view.clone(),
            };
            work.insert_document(COLLECTION, to_document(&stored).map_err(Error::custom)?);
        }
    }
    Ok(())
}
