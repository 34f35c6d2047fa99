//! The collection of API keys.

use std::time::Duration;

use futures_util::TryStreamExt;
use mongodb::{
    Collection, IndexModel,
    bson::{Binary, DateTime, Document, doc, spec::BinarySubtype, to_document},
    error::{Error, Result},
    options::{Acknowledgment, WriteConcern},
};
use serde::{Deserialize, Serialize};

use super::secret::{HashKey, id_of, mint};
use crate::{
    access::{Actor, Permission},
    audit_log::Entry,
    catalog::{
        Catalog,
        work::{Refused, Work},
    },
};

const COLLECTION: &str = "api_keys";
/// What the key of the hashes is derived for.
const PURPOSE: &str = "api-keys";
/// When a key was last used is written down at most this often.
const LAST_USED_EVERY: Duration = Duration::from_secs(60);

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct StoredKey {
    pub _id: String,
    pub workspace_id: String,
    pub revision: i64,
    pub name: String,
    pub scopes: Vec<Permission>,
    /// Amounts are not for who holds it.
    pub mask_money: bool,
    hash: Binary,
    pub created_by: Actor,
    pub created_at: DateTime,
    pub updated_at: DateTime,
    /// None: never.
    pub expires_at: Option<DateTime>,
    pub last_used_at: Option<DateTime>,
}

impl StoredKey {
    pub fn is_expired(&self) -> bool {
        self.expires_at.is_some_and(|at| at <= DateTime::now())
    }
}

/// What a new key is to be.
pub struct NewKey {
    pub workspace_id: String,
    pub name: String,
    pub scopes: Vec<Permission>,
    pub mask_money: bool,
    pub expires_at: Option<DateTime>,
    pub created_by: Actor,
}

/// A clone is cheap.
#[derive(Clone)]
pub struct ApiKeys {
    catalog: Catalog,
    collection: Collection<StoredKey>,
    hash_key: HashKey,
}

impl ApiKeys {
    pub async fn open(catalog: &Catalog) -> Result<Self> {
        let hash_key = HashKey(catalog.derived_key(PURPOSE).await?);
        Ok(Self { catalog: catalog.clone(), collection: catalog.database().collection(COLLECTION), hash_key })
    }

    pub async fn migrate(catalog: &Catalog) -> Result<()> {
        let by_workspace = IndexModel::builder().keys(doc! { "workspace_id": 1, "created_at": 1 }).build();
        catalog.database().collection::<Document>(COLLECTION).create_index(by_workspace).await.map(drop)
    }

    /// The key, and its secret, which nobody can read again. `entry` is what the audit log says of it: each write
    /// of a key is one with its entry.
    pub async fn create(
        &self,
        new: NewKey,
        entry: impl FnOnce(&StoredKey) -> Entry,
    ) -> Result<(StoredKey, String)> {
        let minted = mint().map_err(Error::custom)?;
        let NewKey { workspace_id, name, scopes, mask_money, expires_at, created_by } = new;
        let now = DateTime::now();
        let hash = Binary { subtype: BinarySubtype::Generic, bytes: self.hash_key.hash(&minted.secret) };
        let key = StoredKey {
            _id: minted.id,
            workspace_id,
            revision: 1,
            name,
            scopes,
            mask_money,
            hash,
            created_by,
            created_at: now,
            updated_at: now,
            expires_at,
            last_used_at: None,
        };
        let mut work = Work::default();
        work.insert_document(COLLECTION, to_document(&key).map_err(Error::custom)?);
        work.record(entry(&key));
        self.is_done(&work).await?;
        Ok((key, minted.secret))
    }

    /// The key that a request shows, when there is such a key and it has not expired.
    pub async fn find(&self, shown: &str) -> Result<Option<StoredKey>> {
        let Some(id) = id_of(shown) else { return Ok(None) };
        let found = self.collection.find_one(doc! { "_id": id }).await?;
        let valid = |key: &StoredKey| self.hash_key.matches(shown, &key.hash.bytes) && !key.is_expired();
        let Some(key) = found.filter(valid) else { return Ok(None) };
        self.note_use(&key).await;
        Ok(Some(key))
    }

    /// No request waits for a disk for this, or fails by it.
    async fn note_use(&self, key: &StoredKey) {
        let now = DateTime::now();
        let due = DateTime::from_millis(now.timestamp_millis() - LAST_USED_EVERY.as_millis() as i64);
        if key.last_used_at.is_some_and(|at| at > due) {
            return;
        }
        let quick = WriteConcern::builder().w(Acknowledgment::Nodes(1)).journal(false).build();
        let update = doc! { "$max": { "last_used_at": now } };
        let written = self.collection.update_one(doc! { "_id": &key._id }, update).write_concern(quick).await;
        if let Err(error) = written {
            tracing::warn!(%error, "when an API key was last used could not be written");
        }
    }

    pub async fn get(&self, workspace: &str, id: &str) -> Result<Option<StoredKey>> {
        self.collection.find_one(doc! { "_id": id, "workspace_id": workspace }).await
    }

    pub async fn count(&self, workspace: &str) -> Result<u64> {
        self.collection.count_documents(doc! { "workspace_id": workspace }).await
    }

    /// The oldest first, and how many there are.
    pub async fn list(&self, filter: Document, limit: i64, offset: u64) -> Result<(Vec<StoredKey>, u64)> {
        let total = self.collection.count_documents(filter.clone()).await?;
        let sort = doc! { "created_at": 1, "_id": 1 };
        let found = self.collection.find(filter).sort(sort).limit(limit).skip(offset).await?;
        Ok((found.try_collect().await?, total))
    }

    /// The key as it is now, if it was still at `revision`.
    pub async fn rename(
        &self,
        before: &StoredKey,
        name: &str,
        revision: i64,
        entry: impl FnOnce(&StoredKey) -> Entry,
    ) -> Result<Option<StoredKey>> {
        let after = StoredKey {
            name: name.to_owned(),
            updated_at: DateTime::now(),
            // Whatever a client says it is.
            revision: revision.saturating_add(1),
            ..before.clone()
        };
        let set = doc! { "name": name, "updated_at": after.updated_at };
        let mut work = Work::default();
        work.replace_document(COLLECTION, &before._id, revision, set);
        work.record(entry(&after));
        Ok(self.is_done(&work).await?.then_some(after))
    }

    /// The key as it was; none when it was gone. From now on it opens nothing.
    pub async fn revoke(
        &self,
        workspace: &str,
        id: &str,
        entry: impl Fn(&StoredKey) -> Entry,
    ) -> Result<Option<StoredKey>> {
        // Somebody may rename it meanwhile: the entry says what was there.
        while let Some(found) = self.get(workspace, id).await? {
            let mut work = Work::default();
            work.remove_document(COLLECTION, id, doc! { "revision": found.revision });
            work.record(entry(&found));
            if self.is_done(&work).await? {
                return Ok(Some(found));
            }
        }
        Ok(None)
    }

    /// False: the key is not as it was read.
    async fn is_done(&self, work: &Work) -> Result<bool> {
        match self.catalog.commit(work).await {
            Ok(()) => Ok(true),
            Err(Refused::Stale { .. }) => Ok(false),
            Err(Refused::Mongo(error)) => Err(error),
            Err(taken) => Err(Error::custom(taken)),
        }
    }
}
