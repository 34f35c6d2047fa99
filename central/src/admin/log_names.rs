//! Names beside the ids in rows of a log. What was deleted since, or was never the workspace's, has none.

use std::collections::HashMap;

use futures_util::TryStreamExt;
use mongodb::bson::{Document, doc};
use serde::Deserialize;

use crate::{access::WorkspaceApp, catalog::entity::Entity, error::ApiError};

#[derive(Debug, Deserialize)]
struct Named {
    _id: String,
    name: String,
}

/// The names of those of the ids that exist in the workspace.
pub async fn of<T: Entity>(
    app: &WorkspaceApp,
    ids: impl Iterator<Item = &str>,
) -> Result<HashMap<String, String>, ApiError> {
    let mut ids: Vec<&str> = ids.filter(|id| !id.is_empty()).collect();
    ids.sort_unstable();
    ids.dedup();
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let filter = doc! { "_id": { "$in": ids }, T::WORKSPACE: &*app.workspace_id };
    let named = app.catalog.database().collection::<Document>(T::COLLECTION).clone_with_type::<Named>();
    let found = named.find(filter).projection(doc! { "name": 1 }).await?;
    let found: Vec<Named> = found.try_collect().await?;
    Ok(found.into_iter().map(|named| (named._id, named.name)).collect())
}
