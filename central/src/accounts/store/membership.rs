//! `memberships`: who is in which workspace, as what.

use futures_util::TryStreamExt;
use mongodb::{
    Collection,
    bson::{DateTime, Document, doc},
    error::Result,
    options::ReturnDocument,
};
use serde::{Deserialize, Serialize};
use traffoflex_model::WorkspaceId;

use super::user::{self, UserStatus};
use crate::{
    access::Role,
    catalog::{Catalog, duplicate_field},
};

pub const COLLECTION: &str = "memberships";
/// Of a workspace.
pub const MAX_MEMBERS: usize = 1000;

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Membership {
    /// Of both, so that there is one.
    pub _id: String,
    pub workspace_id: WorkspaceId,
    pub user_id: String,
    pub role: Role,
    /// Amounts are not for this analyst.
    pub mask_money: bool,
    pub created_at: DateTime,
}

impl Membership {
    pub fn new(workspace: &WorkspaceId, user: &str, role: Role, mask_money: bool) -> Self {
        Self {
            _id: id(workspace, user),
            workspace_id: workspace.clone(),
            user_id: user.to_owned(),
            role,
            mask_money,
            created_at: DateTime::now(),
        }
    }

    pub fn masks_money(&self) -> bool {
        self.mask_money && self.role == Role::Analyst
    }
}

fn id(workspace: &str, user: &str) -> String {
    format!("{workspace}/{user}")
}

pub fn all(catalog: &Catalog) -> Collection<Membership> {
    catalog.database().collection(COLLECTION)
}

pub async fn get(catalog: &Catalog, workspace: &str, user: &str) -> Result<Option<Membership>> {
    all(catalog).find_one(doc! { "_id": id(workspace, user) }).await
}

/// Oldest first.
pub async fn of_workspace(catalog: &Catalog, workspace: &str) -> Result<Vec<Membership>> {
    sorted(catalog, doc! { "workspace_id": workspace }).await
}

/// Oldest first.
pub async fn of_user(catalog: &Catalog, user: &str) -> Result<Vec<Membership>> {
    sorted(catalog, doc! { "user_id": user }).await
}

async fn sorted(catalog: &Catalog, filter: Document) -> Result<Vec<Membership>> {
    let collection = all(catalog);
    collection.find(filter).sort(doc! { "created_at": 1, "_id": 1 }).await?.try_collect().await
}

/// False: there is one already, which stays as it is.
pub async fn add(catalog: &Catalog, membership: &Membership) -> Result<bool> {
    match all(catalog).insert_one(membership).await {
        Ok(_) => Ok(true),
        Err(error) if duplicate_field(&error).is_some() => Ok(false),
        Err(error) => Err(error),
    }
}

/// None: it is gone.
pub async fn change(
    catalog: &Catalog,
    membership: &Membership,
    role: Role,
    mask_money: bool,
) -> Result<Option<Membership>> {
    let set = doc! { "$set": { "role": role.as_str(), "mask_money": mask_money } };
    let collection = all(catalog);
    let change = collection.find_one_and_update(doc! { "_id": &membership._id }, set);
    change.return_document(ReturnDocument::After).await
}

/// False: it was gone.
pub async fn remove(catalog: &Catalog, membership: &Membership) -> Result<bool> {
    Ok(all(catalog).delete_one(doc! { "_id": &membership._id }).await?.deleted_count > 0)
}

/// Whether the workspace has an owner who can sign in, beside this user.
pub async fn has_other_owner(catalog: &Catalog, workspace: &str, user: &str) -> Result<bool> {
    let pipeline = [
        doc! { "$match": { "workspace_id": workspace, "role": Role::Owner.as_str(), "user_id": { "$ne": user } } },
        doc! { "$lookup": { "from": user::COLLECTION, "localField": "user_id", "foreignField": "_id", "as": "user" } },
        doc! { "$match": { "user.status": UserStatus::Active.as_str() } },
        doc! { "$limit": 1 },
    ];
    let found: Vec<Document> = all(catalog).aggregate(pipeline).await?.try_collect().await?;
    Ok(!found.is_empty())
}
