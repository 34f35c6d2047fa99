//! `conversions`: what is known of each conversion, one document a conversion, its id the conversion's.
//!
//! Many at a time: one read, one insert of what is new, and updates by compare-and-set on `revision`, so that
//! any number of api-service processes may settle claims at once. The unique index on what a conversion is (workspace,
//! network, transaction, event type, repeat) is the last word: no second document can stand for the same.
//!
//! Of many updates the server tells only how many found their document at the revision. When some did not,
//! the caller reads all of them again: what was written is known by then, and settling a claim again
//! changes nothing.

use std::{
    collections::{HashMap, HashSet},
    time::Duration,
};

use futures_util::TryStreamExt;
use mongodb::{
    Collection, Cursor, IndexModel,
    bson::{DateTime, Document, RawArrayBuf, RawDocumentBuf, doc, rawdoc, to_raw_document_buf},
    error::{Error, ErrorKind, Result},
    options::IndexOptions,
};
use serde::{Deserialize, Serialize};
use traffoflex_conversion::{
    claim::Kept,
    dedupe_key::{CLICK_PREFIX, transaction_of_click},
};
use traffoflex_model::Claim;

use super::{Catalog, DUPLICATE_KEY};

const COLLECTION: &str = "conversions";
/// How long the server may look for a page of a list, or count it.
pub const MAX_READ: Duration = Duration::from_secs(10);
/// How long it may work on all of a list.
const MAX_STREAM: Duration = Duration::from_secs(600);
/// Statements of one update command: with the longest histories some 15 MB, of 48 MB that a message may have.
const UPDATES_AT_ONCE: usize = 250;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StoredConversion {
    pub _id: String,
    /// From 1, one higher with every write.
    pub revision: i64,
    pub workspace_id: String,
    pub network_id: String,
    /// Of a postback without one: [`transaction_of_click`].
    pub transaction_id: String,
    /// In lower case.
    pub event_type: String,
    pub repeat: String,
    pub created_at: DateTime,
    pub kept: Kept,
}

impl StoredConversion {
    /// As it is first written.
    pub fn new(claim: &Claim, kept: Kept) -> Self {
        Self {
            _id: claim.conversion_id.clone(),
            revision: 1,
            workspace_id: claim.workspace_id.to_string(),
            network_id: claim.network_id.to_string(),
            transaction_id: transaction_of(claim),
            event_type: claim.event_type.to_lowercase(),
            repeat: claim.repeat.clone(),
            created_at: DateTime::from_millis(kept.current.state.created_at),
            kept,
        }
    }

    /// As the network named it; empty when it named none.
    pub fn named_transaction(&self) -> &str {
        if self.transaction_id.starts_with(CLICK_PREFIX) { "" } else { &self.transaction_id }
    }
}

/// What stands for the claim's transaction; empty when the claim names neither transaction nor click.
pub fn transaction_of(claim: &Claim) -> String {
    match (&*claim.transaction_id, &*claim.click.click_id) {
        ("", "") => String::new(),
        ("", click_id) => transaction_of_click(click_id),
        (transaction_id, _) => transaction_id.to_owned(),
    }
}

/// Which conversions, and in which order.
pub struct ConversionList {
    pub filter: Document,
    pub sort: Document,
    pub limit: i64,
    pub offset: u64,
}

impl Catalog {
    fn conversions(&self) -> Collection<StoredConversion> {
        self.database().collection(COLLECTION)
    }

    pub(super) async fn migrate_conversions(&self) -> Result<()> {
        let unique = IndexOptions::builder().unique(true).build();
        let identity =
            doc! { "workspace_id": 1, "network_id": 1, "transaction_id": 1, "event_type": 1, "repeat": 1 };
        let plain = |keys: Document| IndexModel::builder().keys(keys).build();
        let indexes = [
            IndexModel::builder().keys(identity).options(unique).build(),
            plain(doc! { "workspace_id": 1, "created_at": -1, "_id": -1 }),
            plain(doc! { "workspace_id": 1, "kept.current.state.click.click_id": 1 }),
        ];
        self.conversions().create_indexes(indexes).await.map(drop)
    }

    pub async fn conversion(&self, workspace: &str, id: &str) -> Result<Option<StoredConversion>> {
        self.conversions().find_one(doc! { "_id": id, "workspace_id": workspace }).await
    }

    pub async fn has_conversions(&self, workspace: &str, network: &str) -> Result<bool> {
        let one = self.database().collection::<Document>(COLLECTION);
        let filter = doc! { "workspace_id": workspace, "network_id": network };
        Ok(one.find_one(filter).projection(doc! { "_id": 1 }).await?.is_some())
    }

    /// By their ids; what is missing does not exist.
    pub async fn conversions_of(&self, ids: &[&str]) -> Result<HashMap<String, StoredConversion>> {
        let found = self.conversions().find(doc! { "_id": { "$in": ids } }).await?;
        let found: Vec<StoredConversion> = found.try_collect().await?;
        Ok(found.into_iter().map(|stored| (stored._id.clone(), stored)).collect())
    }

    /// One page, and how many there are, counted up to `most`.
    pub async fn list_conversions(
        &self,
        list: ConversionList,
        most: u64,
    ) -> Result<(Vec<StoredConversion>, u64)> {
        let collection = self.conversions();
        let ConversionList { filter, sort, limit, offset } = list;
        let counted = collection.count_documents(filter.clone()).limit(most).max_time(MAX_READ);
        let found = collection.find(filter).sort(sort).limit(limit).skip(offset).max_time(MAX_READ);
        let (total, found) = tokio::try_join!(counted.into_future(), found.into_future())?;
        Ok((found.try_collect().await?, total))
    }

    /// All of them, read as they are asked for; limit and offset are passed over.
    pub async fn stream_conversions(&self, list: ConversionList) -> Result<Cursor<StoredConversion>> {
        // The limit of time is of the server's work, not of the reader's.
        self.conversions().find(list.filter).sort(list.sort).max_time(MAX_STREAM).await
    }

    /// Of a click, the oldest first; at most so many.
    pub async fn conversions_of_click(
        &self,
        workspace: &str,
        click_id: &str,
        most: i64,
    ) -> Result<Vec<StoredConversion>> {
        let filter = doc! { "workspace_id": workspace, "kept.current.state.click.click_id": click_id };
        let oldest_first = doc! { "created_at": 1, "_id": 1 };
        self.conversions().find(filter).sort(oldest_first).limit(most).await?.try_collect().await
    }

    /// Inserts new ones. Answers the places of those whose id or transaction is taken.
    pub async fn insert_conversions(&self, new: &[StoredConversion]) -> Result<HashSet<usize>> {
        if new.is_empty() {
            return Ok(HashSet::new());
        }
        let Err(error) = self.conversions().insert_many(new).ordered(false).await else {
            return Ok(HashSet::new());
        };
        let ErrorKind::InsertMany(many) = &*error.kind else { return Err(error) };
        let refused = many.write_errors.as_deref().unwrap_or_default();
        let is_taken = many.write_concern_error.is_none()
            && !refused.is_empty()
            && refused.iter().all(|refusal| refusal.code == DUPLICATE_KEY);
        if is_taken { Ok(refused.iter().map(|refusal| refusal.index).collect()) } else { Err(error) }
    }

    /// Writes each over the revision before its own. False when some were at another: it is not known which.
    pub async fn update_conversions(&self, changed: &[StoredConversion]) -> Result<bool> {
        let mut all = true;
        for some in changed.chunks(UPDATES_AT_ONCE) {
            let mut statements = RawArrayBuf::new();
            for stored in some {
                let kept = to_raw_document_buf(&stored.kept).map_err(Error::custom)?;
                let at = rawdoc! { "_id": &*stored._id, "revision": stored.revision - 1 };
                let set = rawdoc! { "$set": { "revision": stored.revision, "kept": kept } };
                statements.push(rawdoc! { "q": at, "u": set });
            }
            all &= self.run_updates(statements).await? == some.len() as i64;
        }
        Ok(all)
    }

    /// Waits until all that was read before would survive the loss of the primary.
    pub async fn confirm_conversions(&self) -> Result<()> {
        // Revisions are positive: it changes nothing, and is acknowledged when what came before it is.
        let mut nothing = RawArrayBuf::new();
        nothing.push(
            rawdoc! { "q": { "_id": "", "revision": -1_i64 }, "u": { "$set": { "revision": -1_i64 } } },
        );
        self.run_updates(nothing).await.map(drop)
    }

    /// How many documents the statements found.
    async fn run_updates(&self, statements: RawArrayBuf) -> Result<i64> {
        // A command by itself knows nothing of the client's write concern.
        let command: RawDocumentBuf = rawdoc! {
            "update": COLLECTION,
            "updates": statements,
            "ordered": false,
            "writeConcern": { "w": "majority", "j": true },
        };
        let answer = self.database().run_raw_command(command).await?;
        if let Some(failed) = answer.get("writeErrors").or_else(|| answer.get("writeConcernError")) {
            return Err(Error::custom(format!("conversions: {failed}")));
        }
        let found = answer.get("n").and_then(|n| n.as_i64().or_else(|| n.as_i32().map(i64::from)));
        found.ok_or_else(|| Error::custom("an update's answer without n"))
    }
}
