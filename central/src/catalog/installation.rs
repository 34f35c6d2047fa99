//! What exists once: the installation's secrets, its first workspace, the snapshot's version.

mod derived_key;
pub mod link_keys;

use self::link_keys::StoredLinkKey;
use mongodb::{
    bson::{Binary, DateTime, doc, spec::BinarySubtype, to_document},
    error::{Error, Result},
    options::ReturnDocument,
};
use serde::{Deserialize, Serialize};
use traffoflex_model::{ClickIdKey, ClientList, Currency, GeoRule, NodeSettings, Workspace};
use ulid::Ulid;

use super::{
    Catalog,
    entity::{Entity, Stored},
};

pub const COLLECTION: &str = "installation";
const ID: &str = "installation";

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Document {
    _id: String,
    generation: String,
    workspace_id: String,
    workspace_name: String,
    currency: Currency,
    click_id_key: Binary,
    ip_hash_key: Binary,
    snapshot_version: i64,
    /// Over everything the snapshot of that version held.
    snapshot_hash: i64,
    /// The first one signs. Empty in what an earlier version left.
    #[serde(default)]
    link_keys: Vec<StoredLinkKey>,
    /// From 1, one higher with every write to what nodes share.
    #[serde(default)]
    settings_revision: i64,
}

#[derive(Debug, Clone)]
pub struct Installation {
    pub generation: String,
    pub workspace_id: String,
    pub snapshot_version: u64,
    pub snapshot_hash: u64,
}

impl Catalog {
    /// Reads the installation, making it at the very first start.
    pub async fn installation(&self) -> Result<Installation> {
        let collection = self.database().collection::<Document>(COLLECTION);
        let fresh = doc! {
            "generation": Ulid::generate().to_string(),
            "workspace_id": Ulid::generate().to_string(),
            "workspace_name": "Default",
            "currency": Currency::USD.as_str(),
            "click_id_key": secret()?,
            "ip_hash_key": secret()?,
            "snapshot_version": 0_i64,
            "snapshot_hash": 0_i64,
        };
        let found = collection
            .find_one_and_update(doc! { "_id": ID }, doc! { "$setOnInsert": fresh })
            .upsert(true)
            .return_document(ReturnDocument::After)
            .await?;
        let found = found.ok_or_else(|| Error::custom("the installation could not be read back"))?;
        if found.link_keys.is_empty() {
            self.ensure_link_key().await?;
        }
        Ok(Installation {
            generation: found.generation,
            workspace_id: found.workspace_id,
            snapshot_version: found.snapshot_version as u64,
            snapshot_hash: found.snapshot_hash as u64,
        })
    }

    /// Makes the first workspace at the very first start.
    pub(super) async fn ensure_workspace(&self) -> Result<()> {
        self.installation().await?;
        let found = self.document().await?;
        let workspace = Workspace {
            id: found.workspace_id.into(),
            name: found.workspace_name,
            currency: found.currency,
            store_full_ip: false,
            geo: GeoRule::default(),
            trafficback_destination_id: None,
            bots: ClientList::default(),
            people: ClientList::default(),
        };
        let stored = to_document(&Stored::new(workspace, DateTime::now())).map_err(Error::custom)?;
        let collection = self.database().collection::<mongodb::bson::Document>(Workspace::COLLECTION);
        let id = stored.get_str("_id").map_err(Error::custom)?.to_owned();
        let options = collection.update_one(doc! { "_id": id }, doc! { "$setOnInsert": stored }).upsert(true);
        options.await.map(drop)
    }

    /// The next version, given to nobody else.
    pub async fn next_snapshot_version(&self, hash: u64) -> Result<u64> {
        let update = doc! { "$inc": { "snapshot_version": 1_i64 }, "$set": { "snapshot_hash": hash as i64 } };
        let collection = self.database().collection::<Document>(COLLECTION);
        let updated = collection
            .find_one_and_update(doc! { "_id": ID }, update)
            .return_document(ReturnDocument::After)
            .await?;
        updated.map(|d| d.snapshot_version as u64).ok_or_else(|| Error::custom("the installation is gone"))
    }
}

impl Catalog {
    async fn document(&self) -> Result<Document> {
        let found = self.database().collection::<Document>(COLLECTION).find_one(doc! { "_id": ID }).await?;
        found.ok_or_else(|| Error::custom("the installation is gone"))
    }

    /// What all nodes share, and its revision.
    pub async fn settings(&self) -> Result<(NodeSettings, i64)> {
        let found = self.document().await?;
        let settings = NodeSettings {
            click_id_keys: vec![ClickIdKey { key: key(&found.click_id_key)? }],
            ip_hash_key: key(&found.ip_hash_key)?,
            link_keys: found.link_keys.iter().map(StoredLinkKey::key).collect::<Result<_>>()?,
        };
        Ok((settings, found.settings_revision))
    }

    /// The latest version given, and the hash of what it holds.
    pub async fn snapshot_mark(&self) -> Result<(u64, u64)> {
        let found = self.document().await?;
        Ok((found.snapshot_version as u64, found.snapshot_hash as u64))
    }

    /// Says what a version holds, as long as it is the latest.
    pub async fn mark_snapshot(&self, version: u64, hash: u64) -> Result<()> {
        let filter = doc! { "_id": ID, "snapshot_version": version as i64 };
        let update = doc! { "$set": { "snapshot_hash": hash as i64 } };
        self.database().collection::<Document>(COLLECTION).update_one(filter, update).await.map(drop)
    }
}

/// 128 bits that nobody can guess.
fn secret() -> Result<Binary> {
    let bytes = random_bytes::<16>().map_err(Error::custom)?.to_vec();
    Ok(Binary { subtype: BinarySubtype::Generic, bytes })
}

/// From the operating system.
pub fn random_bytes<const N: usize>() -> std::io::Result<[u8; N]> {
    let mut bytes = [0; N];
    std::io::Read::read_exact(&mut std::fs::File::open("/dev/urandom")?, &mut bytes)?;
    Ok(bytes)
}

fn key<const N: usize>(binary: &Binary) -> Result<[u8; N]> {
    binary
        .bytes
        .as_slice()
        .try_into()
        .map_err(|_| Error::custom("a key of the installation has another length"))
}
