//! The keys that sign links: made, rotated, revoked. The newest one signs, all of them verify.

use mongodb::{
    bson::{Binary, Bson, DateTime, doc, spec::BinarySubtype, to_bson},
    error::{Error, Result},
    options::ReturnDocument,
};
use serde::{Deserialize, Serialize};
use traffoflex_model::LinkKey;

use super::{COLLECTION, ID, key, random_bytes};
use crate::{
    audit_log::Entry,
    catalog::{
        Catalog,
        work::{Refused, Work},
    },
};

/// Keys kept; a rotation beyond that revokes the oldest.
pub const MAX_LINK_KEYS: usize = 16;

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct StoredLinkKey {
    id: i64,
    key: Binary,
    created_at: DateTime,
}

/// A key without its secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LinkKeyHead {
    pub id: u32,
    pub created_at_ms: i64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Revoked {
    Done,
    /// The one that signs cannot go.
    Signs,
    NotFound,
}

impl StoredLinkKey {
    fn new(id: i64) -> Result<Self> {
        let bytes = random_bytes::<32>().map_err(Error::custom)?.to_vec();
        let key = Binary { subtype: BinarySubtype::Generic, bytes };
        Ok(Self { id, key, created_at: DateTime::now() })
    }

    pub(super) fn key(&self) -> Result<LinkKey> {
        let id = u32::try_from(self.id).map_err(Error::custom)?;
        Ok(LinkKey { id, key: key(&self.key)? })
    }

    fn head(&self) -> LinkKeyHead {
        let id = u32::try_from(self.id).unwrap_or_default();
        LinkKeyHead { id, created_at_ms: self.created_at.timestamp_millis() }
    }
}

impl Catalog {
    /// The first key of an installation, also of one that is older than links.
    pub(super) async fn ensure_link_key(&self) -> Result<()> {
        let first = to_bson(&[StoredLinkKey::new(1)?]).map_err(Error::custom)?;
        let filter = doc! { "_id": ID, "link_keys": { "$exists": false } };
        let update = doc! { "$set": { "link_keys": first, "last_link_key": 1_i64 }, "$inc": { "settings_revision": 1_i64 } };
        self.installations().update_one(filter, update).await.map(drop)
    }

    /// The one that signs comes first.
    pub async fn link_keys(&self) -> Result<Vec<LinkKeyHead>> {
        Ok(self.document().await?.link_keys.iter().map(StoredLinkKey::head).collect())
    }

    /// From now on a new key signs; `entry` is what the audit log says of it, by its number.
    pub async fn rotate_link_key(
        &self,
        entry: impl FnOnce(u32) -> Entry,
    ) -> std::result::Result<(), Refused> {
        // The number first, so that of two rotations at once each gets its own, and a key that was
        // revoked never lends its number to another.
        let installations = self.installations();
        let numbered = installations
            .find_one_and_update(doc! { "_id": ID }, doc! { "$inc": { "last_link_key": 1_i64 } })
            .return_document(ReturnDocument::After)
            .await?
            .ok_or_else(|| Error::custom("the installation is gone"))?;
        let id = numbered.get_i64("last_link_key").map_err(Error::custom)?;
        let key = to_bson(&StoredLinkKey::new(id)?).map_err(Error::custom)?;
        let push = doc! { "$each": [key], "$position": 0, "$slice": MAX_LINK_KEYS as i64 };
        let update = doc! { "$push": { "link_keys": push }, "$inc": { "settings_revision": 1_i64 } };
        let mut work = Work::default();
        work.update_document(COLLECTION, ID, doc! {}, update);
        work.record(entry(u32::try_from(id).map_err(Error::custom)?));
        self.commit(&work).await
    }

    /// Links that the key signed hold no more.
    pub async fn revoke_link_key(&self, id: u32, entry: Entry) -> std::result::Result<Revoked, Refused> {
        let id = Bson::Int64(id.into());
        // In one step, so that no rotation or other revocation makes it the one that signs meanwhile.
        let guard = doc! { "link_keys.id": &id, "link_keys.0.id": { "$ne": &id } };
        let update = doc! { "$pull": { "link_keys": { "id": &id } }, "$inc": { "settings_revision": 1_i64 } };
        let mut work = Work::default();
        work.update_document(COLLECTION, ID, guard, update);
        work.record(entry);
        match self.commit(&work).await {
            Ok(()) => return Ok(Revoked::Done),
            Err(Refused::Stale { .. }) => {}
            Err(refused) => return Err(refused),
        }
        let signs = self.installations().find_one(doc! { "_id": ID, "link_keys.0.id": id }).await?;
        Ok(if signs.is_some() { Revoked::Signs } else { Revoked::NotFound })
    }

    fn installations(&self) -> mongodb::Collection<mongodb::bson::Document> {
        self.database().collection(COLLECTION)
    }
}
