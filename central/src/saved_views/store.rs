//! Saved views in MongoDB: one document each, written over only at the revision that was read.

use futures_util::TryStreamExt;
use mongodb::{
    Collection, IndexModel,
    bson::{self, DateTime, Document, doc},
    error::{Error, Result},
    options::ReturnDocument,
};
use serde::{Deserialize, Serialize};

use super::{SavedViewInput, Visibility};
use crate::{
    access::{Actor, WorkspaceApp},
    catalog::Catalog,
};

pub const COLLECTION: &str = "saved_views";

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Stored {
    pub _id: String,
    pub workspace_id: String,
    pub owner: Actor,
    pub revision: i64,
    pub created_at: DateTime,
    pub updated_at: DateTime,
    #[serde(flatten)]
    pub view: SavedViewInput,
}

pub enum Replaced {
    Done(Box<Stored>),
    Conflict { current: i64 },
    NotFound,
}

/// Safe to run again.
pub async fn migrate(catalog: &Catalog) -> Result<()> {
    let by_name = IndexModel::builder().keys(doc! { "workspace_id": 1, "name": 1, "_id": 1 }).build();
    catalog.database().collection::<Stored>(COLLECTION).create_index(by_name).await.map(drop)
}

fn views(app: &WorkspaceApp) -> Collection<Stored> {
    app.catalog.database().collection(COLLECTION)
}

fn of(app: &WorkspaceApp, id: &str) -> Document {
    doc! { "_id": id, "workspace_id": &*app.workspace_id }
}

fn bson_of<T: Serialize>(value: &T) -> Result<bson::Bson> {
    bson::to_bson(value).map_err(Error::custom)
}

/// Those that the caller sees.
pub async fn list(app: &WorkspaceApp, limit: i64, offset: u64) -> Result<(Vec<Stored>, u64)> {
    let caller = &app.caller.actor;
    let own = doc! { "owner.kind": bson_of(&caller.kind)?, "owner.id": &caller.id };
    let shared = doc! { "visibility": bson_of(&Visibility::Shared)? };
    let filter = doc! { "workspace_id": &*app.workspace_id, "$or": [own, shared] };
    let total = views(app).count_documents(filter.clone()).await?;
    let sort = doc! { "name": 1, "_id": 1 };
    let found = views(app).find(filter).sort(sort).limit(limit).skip(offset).await?;
    Ok((found.try_collect().await?, total))
}

/// Of the whole workspace.
pub async fn count(app: &WorkspaceApp) -> Result<u64> {
    views(app).count_documents(doc! { "workspace_id": &*app.workspace_id }).await
}

pub async fn get(app: &WorkspaceApp, id: &str) -> Result<Option<Stored>> {
    views(app).find_one(of(app, id)).await
}

pub async fn insert(app: &WorkspaceApp, id: String, view: SavedViewInput) -> Result<Stored> {
    let now = DateTime::now();
    let stored = Stored {
        _id: id,
        workspace_id: app.workspace_id.to_string(),
        owner: app.caller.actor.clone(),
        revision: 1,
        created_at: now,
        updated_at: now,
        view,
    };
    views(app).insert_one(&stored).await?;
    Ok(stored)
}

pub async fn replace(app: &WorkspaceApp, id: &str, view: SavedViewInput, revision: i64) -> Result<Replaced> {
    let mut set = bson::to_document(&view).map_err(Error::custom)?;
    set.insert("updated_at", DateTime::now());
    let mut filter = of(app, id);
    filter.insert("revision", revision);
    let updated = views(app)
        .find_one_and_update(filter, doc! { "$set": set, "$inc": { "revision": 1 } })
        .return_document(ReturnDocument::After)
        .await?;
    Ok(match updated {
        Some(stored) => Replaced::Done(Box::new(stored)),
        None => match get(app, id).await? {
            Some(stored) => Replaced::Conflict { current: stored.revision },
            None => Replaced::NotFound,
        },
    })
}

/// What went.
pub async fn delete(app: &WorkspaceApp, id: &str) -> Result<Option<Stored>> {
    views(app).find_one_and_delete(of(app, id)).await
}
