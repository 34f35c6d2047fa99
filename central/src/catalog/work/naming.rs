//! What a write names must be there when it is written, and what is deleted must not be named.
//!
//! A check of either is over before the write begins. So a document counts how often it was named (`named`): a
//! write adds one to all that it names, in its own transaction, and a delete holds only while the count is what
//! it was before it looked for uses. The two meet in that document, and whichever is later looks again.
//!
//! A server without transactions has a moment left between the count and the write.

use std::collections::{BTreeMap, BTreeSet};

use mongodb::{
    ClientSession,
    bson::{Bson, Document, doc},
    error::Error,
};

use super::Refused;
use crate::catalog::{Catalog, entity::Entity};

const COUNT: &str = "named";

/// Something that a write names.
#[derive(Debug, Clone)]
pub struct Named {
    pub collection: &'static str,
    pub workspace_id: String,
    pub id: String,
    /// Of the field that names it, for whoever sent it.
    pub path: String,
}

/// A part of the filter of a delete.
pub(super) fn named_as_often(count: i64) -> Document {
    match count {
        0 => doc! { COUNT: { "$in": [0_i64, Bson::Null] } },
        count => doc! { COUNT: count },
    }
}

impl Catalog {
    /// To be asked before it is looked for uses: see [`super::Work::delete_unused`].
    pub async fn times_named<T: Entity>(&self, id: &str) -> Result<i64, Error> {
        let documents = self.plain(T::COLLECTION);
        let found = documents.find_one(doc! { "_id": id }).projection(doc! { COUNT: 1 }).await?;
        Ok(found.and_then(|found| found.get_i64(COUNT).ok()).unwrap_or_default())
    }

    /// # Errors
    /// With the paths of those that are gone.
    pub(super) async fn hold(&self, session: &mut ClientSession, named: &[Named]) -> Result<(), Refused> {
        let mut kinds: BTreeMap<(&str, &str), BTreeSet<&str>> = BTreeMap::new();
        for Named { collection, workspace_id, id, .. } in named {
            kinds.entry((collection, workspace_id)).or_default().insert(id);
        }
        let mut gone = Vec::new();
        for ((collection, workspace), ids) in kinds {
            let filter =
                doc! { "_id": { "$in": ids.iter().copied().collect::<Vec<_>>() }, "workspace_id": workspace };
            let documents = self.plain(collection);
            let update = doc! { "$inc": { COUNT: 1_i64 } };
            let held = documents.update_many(filter.clone(), update).session(&mut *session).await?;
            if held.matched_count == ids.len() as u64 {
                continue;
            }
            let there = documents.distinct("_id", filter).session(&mut *session).await?;
            let is_gone = |one: &&Named| {
                one.collection == collection && !there.iter().any(|id| id.as_str() == Some(&*one.id))
            };
            gone.extend(named.iter().filter(is_gone).map(|one| one.path.clone()));
        }
        if gone.is_empty() { Ok(()) } else { Err(Refused::Gone { paths: gone }) }
    }
}
