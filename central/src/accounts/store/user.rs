//! `users`: a document a person, by address.

use futures_util::TryStreamExt;
use mongodb::{
    Collection,
    bson::{DateTime, Document, doc, to_document},
    error::{Error, Result},
};
use serde::{Deserialize, Serialize};
use ulid::Ulid;
use utoipa::ToSchema;

use crate::catalog::{Catalog, work::Work};

pub const COLLECTION: &str = "users";

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum UserStatus {
    /// Added by a workspace, and not signed in yet.
    Invited,
    /// Proved an address that nobody invited.
    PendingApproval,
    Active,
    Disabled,
}

impl UserStatus {
    pub const ALL: [Self; 4] = [Self::Invited, Self::PendingApproval, Self::Active, Self::Disabled];

    /// As it is stored and shown.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Invited => "invited",
            Self::PendingApproval => "pending_approval",
            Self::Active => "active",
            Self::Disabled => "disabled",
        }
    }
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct User {
    pub _id: String,
    /// Normalised; of one user.
    pub email: String,
    pub name: String,
    pub status: UserStatus,
    pub created_at: DateTime,
    /// When they were let in, by whatever way.
    pub approved_at: Option<DateTime>,
    pub last_sign_in_at: Option<DateTime>,
}

pub fn all(catalog: &Catalog) -> Collection<User> {
    catalog.database().collection(COLLECTION)
}

pub async fn by_id(catalog: &Catalog, id: &str) -> Result<Option<User>> {
    all(catalog).find_one(doc! { "_id": id }).await
}

/// The user of a normalised address.
pub async fn by_email(catalog: &Catalog, email: &str) -> Result<Option<User>> {
    all(catalog).find_one(doc! { "email": email }).await
}

impl User {
    /// One who is new here, by a normalised address.
    pub fn new(email: &str, status: UserStatus) -> Self {
        let now = DateTime::now();
        Self {
            _id: Ulid::generate().to_string(),
            email: email.to_owned(),
            name: String::new(),
            status,
            created_at: now,
            approved_at: (status == UserStatus::Active).then_some(now),
            last_sign_in_at: None,
        }
    }

    /// Refused as taken when somebody has the address already.
    pub fn add(&self, work: &mut Work) -> Result<()> {
        work.insert_document(COLLECTION, to_document(self).map_err(Error::custom)?);
        Ok(())
    }

    /// From the status that it has into another one; what it is afterwards.
    pub fn turn(&self, work: &mut Work, to: UserStatus) -> Self {
        let mut set = doc! { "status": to.as_str() };
        let mut after = Self { status: to, ..self.clone() };
        if to == UserStatus::Active && self.approved_at.is_none() {
            after.approved_at = Some(DateTime::now());
            set.insert("approved_at", after.approved_at);
        }
        work.update_document(COLLECTION, &self._id, self.as_read(), doc! { "$set": set });
        after
    }

    /// What it is afterwards.
    pub fn rename(&self, work: &mut Work, name: &str) -> Self {
        let guard = doc! { "name": &self.name };
        work.update_document(COLLECTION, &self._id, guard, doc! { "$set": { "name": name } });
        Self { name: name.to_owned(), ..self.clone() }
    }

    /// What it is afterwards.
    pub fn signed_in(&self, work: &mut Work) -> Self {
        let now = DateTime::now();
        let update = doc! { "$set": { "last_sign_in_at": now } };
        work.update_document(COLLECTION, &self._id, self.as_read(), update);
        Self { last_sign_in_at: Some(now), ..self.clone() }
    }

    /// Removes one who was invited and has nothing to come to any more.
    pub fn forget(&self, work: &mut Work) {
        work.remove_document(COLLECTION, &self._id, self.as_read());
    }

    fn as_read(&self) -> Document {
        doc! { "status": self.status.as_str() }
    }
}

/// A page in the order of addresses, and how many there are.
pub async fn page(catalog: &Catalog, filter: Document, limit: i64, offset: u64) -> Result<(Vec<User>, u64)> {
    let total = all(catalog).count_documents(filter.clone()).await?;
    let found = all(catalog).find(filter).sort(doc! { "email": 1 }).limit(limit).skip(offset).await?;
    Ok((found.try_collect().await?, total))
}
