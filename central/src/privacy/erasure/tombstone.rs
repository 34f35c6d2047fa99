//! Keyed hashes of what was erased: they tell that it came back, and not what it was.
//!
//! ClickHouse computes them (SipHash-2-4, 128 bits, by a key of the installation that is in MongoDB alone), so
//! that whatever arrives can be compared there. Workspace and kind are part of what is hashed.

use mongodb::bson::{Binary, Document, doc, spec::BinarySubtype};

use super::{Erasure, ErasureError, IdKind};
use crate::{
    catalog::{Catalog, duplicate_field, installation::random_bytes},
    warehouse::{Warehouse, WarehouseError},
};

const KEYS: &str = "privacy_keys";
const ID: &str = "erasure";

/// SQL of a tombstone's hash; both are SQL.
pub fn hash(workspace: &str, kind: IdKind, value: &str) -> String {
    let kind = kind.as_str();
    format!(
        "lower(hex(sipHash128Keyed(({{k0:UInt64}}, {{k1:UInt64}}), concat({workspace}, '|{kind}|', {value}))))"
    )
}

/// The key as two numbers.
#[derive(Clone, Copy)]
pub struct Key {
    pub k0: u64,
    pub k1: u64,
}

pub async fn ensure_key(catalog: &Catalog) -> Result<(), ErasureError> {
    let bytes = random_bytes::<16>()?.to_vec();
    let key = Binary { subtype: BinarySubtype::Generic, bytes };
    let keys = catalog.database().collection::<Document>(KEYS);
    let fresh = doc! { "$setOnInsert": { "key": key } };
    match keys.update_one(doc! { "_id": ID }, fresh).upsert(true).await {
        Err(error) if duplicate_field(&error).is_none() => Err(error.into()),
        _ => Ok(()),
    }
}

pub async fn key(catalog: &Catalog) -> Result<Key, ErasureError> {
    let found = catalog.database().collection::<Document>(KEYS).find_one(doc! { "_id": ID }).await?;
    let bytes = found.as_ref().and_then(|found| found.get_binary_generic("key").ok());
    let halves =
        bytes.and_then(|bytes| Some((bytes.get(..8)?.try_into().ok()?, bytes.get(8..16)?.try_into().ok()?)));
    let (k0, k1): ([u8; 8], [u8; 8]) =
        halves.ok_or_else(|| mongodb::error::Error::custom("the key of erasures is gone"))?;
    Ok(Key { k0: u64::from_le_bytes(k0), k1: u64::from_le_bytes(k1) })
}

/// Of all that the erasure's targets say. Putting them again changes nothing.
pub async fn put(warehouse: &Warehouse, key: Key, erasure: &Erasure) -> Result<(), WarehouseError> {
    for kind in [IdKind::ClickId, IdKind::SourceClickId] {
        let sql = format!(
            "INSERT INTO erasure_tombstones (workspace_id, kind, campaign_id, hash, erasure_id) \
             SELECT workspace_id, kind, {{campaign:String}}, {}, erasure_id FROM erasure_targets \
             WHERE erasure_id = {{erasure:String}} AND kind = '{}'",
            hash("workspace_id", kind, "value"),
            kind.as_str(),
        );
        // A click is of one campaign; a source may give its ids anew in each.
        let campaign = match kind {
            IdKind::ClickId => "",
            IdKind::SourceClickId => erasure.campaign_id.as_deref().unwrap_or_default(),
        };
        let query = warehouse.client().query_raw(&sql).param("k0", key.k0).param("k1", key.k1);
        let query = query.param("campaign", campaign).param("erasure", &erasure._id);
        query.execute().await?;
    }
    Ok(())
}
