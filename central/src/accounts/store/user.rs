//! `users`: a document a person, by address.

use futures_util::TryStreamExt;
use mongodb::{
    Collection,
    bson::{DateTime, Document, doc},
    error::{Error, Result},
    options::ReturnDocument,
};
use serde::{Deserialize, Serialize};
use ulid::Ulid;
use utoipa::ToSchema;

use crate::catalog::{Catalog, duplicate_field};

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

/// The user of a normalised address, made with this status when there is none; and whether it was made.
pub async fn ensure(catalog: &Catalog, email: &str, status: UserStatus) -> Result<(User, bool)> {
    if let Some(found) = by_email(catalog, email).await? {
        return Ok((found, false));
    }
    let now = DateTime::now();
    let fresh = User {
        _id: Ulid::generate().to_string(),
        email: email.to_owned(),
        name: String::new(),
        status,
        created_at: now,
        approved_at: (status == UserStatus::Active).then_some(now),
        last_sign_in_at: None,
    };
    match all(catalog).insert_one(&fresh).await {
        Ok(_) => Ok((fresh, true)),
        // Somebody else was quicker.
        Err(error) if duplicate_field(&error).is_some() => {
            let found = by_email(catalog, email).await?;
            Ok((found.ok_or_else(|| Error::custom("a user came and went"))?, false))
        }
        Err(error) => Err(error),
    }
}

/// From one status into another; None: it has another one, or is gone.
pub async fn turn(catalog: &Catalog, user: &User, to: UserStatus) -> Result<Option<User>> {
    let mut set = doc! { "status": to.as_str() };
    if to == UserStatus::Active && user.approved_at.is_none() {
        set.insert("approved_at", DateTime::now());
    }
    update(catalog, doc! { "_id": &user._id, "status": user.status.as_str() }, set).await
}

pub async fn rename(catalog: &Catalog, id: &str, name: &str) -> Result<Option<User>> {
    update(catalog, doc! { "_id": id }, doc! { "name": name }).await
}

pub async fn note_sign_in(catalog: &Catalog, id: &str) -> Result<Option<User>> {
    update(catalog, doc! { "_id": id }, doc! { "last_sign_in_at": DateTime::now() }).await
}

/// Removes one who was invited and has nothing to come to any more.
pub async fn forget_invited(catalog: &Catalog, id: &str) -> Result<()> {
    let invited = doc! { "_id": id, "status": UserStatus::Invited.as_str() };
    all(catalog).delete_one(invited).await.map(drop)
}

/// A page in the order of addresses, and how many there are.
pub async fn page(catalog: &Catalog, filter: Document, limit: i64, offset: u64) -> Result<(Vec<User>, u64)> {
    let total = all(catalog).count_documents(filter.clone()).await?;
    let found = all(catalog).find(filter).sort(doc! { "email": 1 }).limit(limit).skip(offset).await?;
    Ok((found.try_collect().await?, total))
}

async fn update(catalog: &Catalog, filter: Document, set: Document) -> Result<Option<User>> {
    let collection = all(catalog);
    let update = collection.find_one_and_update(filter, doc! { "$set": set });
    update.return_document(ReturnDocument::After).await
}
