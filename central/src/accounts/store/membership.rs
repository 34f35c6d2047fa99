//! `memberships`: who is in which workspace, as what.

use futures_util::TryStreamExt;
use mongodb::{
    Collection,
    bson::{DateTime, Document, doc, to_document},
    error::{Error, Result},
};
use serde::{Deserialize, Serialize};
use traffoflex_model::WorkspaceId;

use super::user::{self, UserStatus};
use crate::{
    access::Role,
    catalog::{Catalog, work::Work},
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

impl Membership {
    /// Refused as taken when there is one already.
    pub fn add(&self, work: &mut Work) -> Result<()> {
        work.insert_document(COLLECTION, to_document(self).map_err(Error::custom)?);
        Ok(())
    }

    /// What it is afterwards.
    pub fn change(&self, work: &mut Work, role: Role, mask_money: bool) -> Self {
        let set = doc! { "$set": { "role": role.as_str(), "mask_money": mask_money } };
        work.update_document(COLLECTION, &self._id, self.as_read(), set);
        Self { role, mask_money, ..self.clone() }
    }

    pub fn remove(&self, work: &mut Work) {
        work.remove_document(COLLECTION, &self._id, self.as_read());
    }

    fn as_read(&self) -> Document {
        doc! { "role": self.role.as_str(), "mask_money": self.mask_money }
    }
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
