//! `cap_ledgers`: what is leased and spent of each cap, one document a cap.
//!
//! Written by compare-and-set on `revision`, so that any number of api-service processes may answer
//! nodes at once.

use futures_util::TryStreamExt;
use mongodb::{
    bson::{DateTime, Document, doc},
    error::{Error, Result},
};
use serde::{Deserialize, Serialize};
use traffoflex_routing::{cap::CapId, lease::ledger::Ledger};

use super::{Catalog, duplicate_field};

const COLLECTION: &str = "cap_ledgers";

/// A ledger as it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptLedger {
    /// 0: there is no document yet.
    pub revision: i64,
    pub ledger: Ledger,
}

#[derive(Debug, Serialize, Deserialize)]
struct Stored {
    _id: String,
    revision: i64,
    ledger: Ledger,
}

fn id(cap: CapId) -> String {
    format!("{:016x}", cap.0)
}

impl Catalog {
    /// In the order of the caps; empty where there is none yet.
    pub async fn cap_ledgers(&self, caps: &[CapId]) -> Result<Vec<KeptLedger>> {
        let ids: Vec<String> = caps.iter().map(|cap| id(*cap)).collect();
        let collection = self.database().collection::<Stored>(COLLECTION);
        let found: Vec<Stored> =
            collection.find(doc! { "_id": { "$in": &ids } }).await?.try_collect().await?;
        let mut by_id: std::collections::HashMap<String, Stored> =
            found.into_iter().map(|stored| (stored._id.clone(), stored)).collect();
        let kept = ids.iter().map(|id| match by_id.remove(id) {
            Some(stored) => KeptLedger { revision: stored.revision, ledger: stored.ledger },
            None => KeptLedger { revision: 0, ledger: Ledger::default() },
        });
        Ok(kept.collect())
    }

    /// Writes the ledger if it is still at the revision it was read at. False when it is not.
    pub async fn replace_cap_ledger(&self, cap: CapId, kept: &KeptLedger) -> Result<bool> {
        let ledger = mongodb::bson::to_bson(&kept.ledger).map_err(Error::custom)?;
        let set = doc! { "ledger": ledger, "revision": kept.revision + 1, "updated_at": DateTime::now() };
        let collection = self.database().collection::<Document>(COLLECTION);
        if kept.revision == 0 {
            let mut document = doc! { "_id": id(cap) };
            document.extend(set);
            return match collection.insert_one(document).await {
                Ok(_) => Ok(true),
                Err(error) if duplicate_field(&error).is_some() => Ok(false),
                Err(error) => Err(error),
            };
        }
        let filter = doc! { "_id": id(cap), "revision": kept.revision };
        let updated = collection.update_one(filter, doc! { "$set": set }).await?;
        Ok(updated.matched_count > 0)
    }
}
