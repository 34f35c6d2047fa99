//! `sessions`: who is signed in. MongoDB removes what has expired.

use futures_util::TryStreamExt;
use mongodb::{
    Collection,
    bson::{DateTime, Document, doc, from_document, to_document},
    error::{Error, Result},
};
use serde::{Deserialize, Serialize};
use ulid::Ulid;

use super::{Membership, User, membership, user};
use crate::catalog::{Catalog, work::Work};

pub const COLLECTION: &str = "sessions";
/// Kept of what a browser says it is, in characters.
const MAX_USER_AGENT_CHARS: usize = 200;
/// Of a user, shown and ended at once.
pub const MAX_SHOWN: i64 = 500;

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Session {
    /// The token's `jti`.
    pub _id: String,
    pub user_id: String,
    pub created_at: DateTime,
    pub expires_at: DateTime,
    pub user_agent: String,
}

/// Who a session stands for, as of now.
#[derive(Debug, Deserialize)]
pub struct Standing {
    pub user: User,
    /// Oldest first.
    pub memberships: Vec<Membership>,
}

pub fn all(catalog: &Catalog) -> Collection<Session> {
    catalog.database().collection(COLLECTION)
}

pub fn begin(work: &mut Work, user: &str, ttl_ms: i64, user_agent: &str) -> Result<Session> {
    let now = DateTime::now();
    let session = Session {
        _id: Ulid::generate().to_string(),
        user_id: user.to_owned(),
        created_at: now,
        expires_at: DateTime::from_millis(now.timestamp_millis() + ttl_ms),
        user_agent: user_agent.chars().take(MAX_USER_AGENT_CHARS).collect(),
    };
    work.insert_document(COLLECTION, to_document(&session).map_err(Error::custom)?);
    Ok(session)
}

/// None: it was ended, or has expired. In one round trip: every request asks.
pub async fn standing(catalog: &Catalog, id: &str, user: &str) -> Result<Option<Standing>> {
    let alive = doc! { "_id": id, "user_id": user, "expires_at": { "$gt": DateTime::now() } };
    let pipeline = [
        doc! { "$match": alive },
        doc! { "$lookup": { "from": user::COLLECTION, "localField": "user_id", "foreignField": "_id", "as": "user" } },
        doc! { "$unwind": "$user" },
        doc! { "$lookup": {
            "from": membership::COLLECTION, "localField": "user_id", "foreignField": "user_id", "as": "memberships",
        } },
        doc! { "$project": { "_id": 0, "user": 1, "memberships": 1 } },
    ];
    let found: Option<Document> = all(catalog).aggregate(pipeline).await?.try_next().await?;
    let Some(found) = found else { return Ok(None) };
    let mut standing: Standing = from_document(found).map_err(Error::custom)?;
    standing.memberships.sort_by(|a, b| (a.created_at, &a._id).cmp(&(b.created_at, &b._id)));
    Ok(Some(standing))
}

/// Youngest first.
pub async fn of_user(catalog: &Catalog, user: &str) -> Result<Vec<Session>> {
    let alive = doc! { "user_id": user, "expires_at": { "$gt": DateTime::now() } };
    let found = all(catalog).find(alive).sort(doc! { "created_at": -1, "_id": -1 }).limit(MAX_SHOWN).await?;
    found.try_collect().await
}

/// The user's session of this id.
pub async fn of_id(catalog: &Catalog, user: &str, id: &str) -> Result<Option<Session>> {
    all(catalog).find_one(doc! { "_id": id, "user_id": user }).await
}

impl Session {
    pub fn end(&self, work: &mut Work) {
        work.remove_document(COLLECTION, &self._id, doc! {});
    }
}

/// All of a user's, except one where it is named.
pub fn end_all(work: &mut Work, user: &str, except: Option<&str>) {
    let mut theirs = doc! { "user_id": user };
    if let Some(id) = except {
        theirs.insert("_id", doc! { "$ne": id });
    }
    work.delete_many(COLLECTION, theirs);
}
