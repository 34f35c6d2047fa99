//! Writes that belong together: what a request changes, its entries in the audit log, and the campaigns
//! whose whole state is remembered with it.
//!
//! On a replica set (the bundled server is one) all of it is one transaction: there is no write without its
//! entry and no entry without its write, whatever dies when. A standalone server has no transactions: see
//! [`steps`].
//!
//! Writes of the same document meet: one of them is done again from the start, and then finds that the
//! revision it was made for is gone.

mod naming;
mod steps;

use std::time::{Duration, Instant};

use futures_util::TryStreamExt;
use mongodb::{
    ClientSession, Collection,
    bson::{DateTime, Document, doc, to_document},
    error::{Error, TRANSIENT_TRANSACTION_ERROR, UNKNOWN_TRANSACTION_COMMIT_RESULT},
};

pub use self::naming::Named;
use self::naming::named_as_often;
use super::{
    Catalog, campaign_versions, duplicate_field,
    entity::{Entity, Stored},
};
use crate::audit_log::{self, Entry, State};

/// How long a write that meets others, or finds no server, is tried again.
const TRIED_FOR: Duration = Duration::from_secs(5);
/// Longest pause before it is tried again; the first is a millisecond.
const MAX_PAUSE: Duration = Duration::from_millis(50);
/// Commits whose outcome the server did not tell are asked for again.
const MAX_COMMITS: u32 = 5;

#[derive(Debug, Clone)]
enum Write {
    Insert {
        collection: &'static str,
        document: Document,
    },
    /// Where it is still at `revision`.
    Replace {
        collection: &'static str,
        id: String,
        revision: i64,
        set: Document,
    },
    /// Likewise.
    Delete {
        collection: &'static str,
        id: String,
        revision: i64,
        /// Where it was named so often; None: however often.
        named: Option<i64>,
    },
    DeleteMany {
        collection: &'static str,
        filter: Document,
    },
    /// Of a document without a revision: where it still is what `guard` says.
    Update {
        collection: &'static str,
        id: String,
        guard: Document,
        update: Document,
    },
    /// Likewise.
    Remove {
        collection: &'static str,
        id: String,
        guard: Document,
    },
}

#[derive(Debug, Clone)]
struct Remembered {
    campaign_id: String,
    workspace_id: String,
    entry_id: String,
}

#[derive(Debug, Clone, Default)]
pub struct Work {
    writes: Vec<Write>,
    named: Vec<Named>,
    entries: Vec<Entry>,
    remembered: Vec<Remembered>,
    /// Collections and ids, for the nodes to hear of.
    pub written: Vec<(&'static str, String)>,
}

/// Why nothing was written.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    /// Somebody else wrote or removed it first.
    #[error("{collection}/{id} is not as it was read")]
    Stale { collection: &'static str, id: String },
    /// A unique index of the collection has this value for another document.
    #[error("{field} of {collection}/{id} is taken")]
    Taken { collection: &'static str, id: String, field: &'static str },
    /// Something that it names was removed.
    #[error("{paths:?} name what is gone")]
    Gone { paths: Vec<String> },
    #[error("mongodb: {0}")]
    Mongo(#[from] Error),
}

impl Work {
    pub fn is_empty(&self) -> bool {
        self.writes.is_empty()
    }

    pub fn insert<T: Entity>(&mut self, stored: &Stored<T>) -> Result<(), Error> {
        let document = to_document(stored).map_err(Error::custom)?;
        self.writes.push(Write::Insert { collection: T::COLLECTION, document });
        self.written.push((T::COLLECTION, stored._id.clone()));
        Ok(())
    }

    /// `after` is [`Stored::next`] of what was read.
    pub fn replace<T: Entity>(&mut self, after: &Stored<T>) -> Result<(), Error> {
        let mut set = to_document(&after.entity).map_err(Error::custom)?;
        set.insert("updated_at", after.updated_at);
        let (id, revision) = (after._id.clone(), after.revision - 1);
        self.writes.push(Write::Replace { collection: T::COLLECTION, id, revision, set });
        self.written.push((T::COLLECTION, after._id.clone()));
        Ok(())
    }

    /// Of a collection that nodes do not hear of.
    pub fn insert_document(&mut self, collection: &'static str, document: Document) {
        self.writes.push(Write::Insert { collection, document });
    }

    /// Likewise.
    pub fn replace_document(&mut self, collection: &'static str, id: &str, revision: i64, set: Document) {
        self.writes.push(Write::Replace { collection, id: id.to_owned(), revision, set });
    }

    pub fn delete<T: Entity>(&mut self, stored: &Stored<T>) {
        self.push_delete(stored, None);
    }

    /// While it was named so often ([`Catalog::times_named`]); otherwise it is stale, and to be looked at again.
    pub fn delete_unused<T: Entity>(&mut self, stored: &Stored<T>, named: i64) {
        self.push_delete(stored, Some(named));
    }

    fn push_delete<T: Entity>(&mut self, stored: &Stored<T>, named: Option<i64>) {
        let (id, revision) = (stored._id.clone(), stored.revision);
        self.writes.push(Write::Delete { collection: T::COLLECTION, id, revision, named });
        self.written.push((T::COLLECTION, stored._id.clone()));
    }

    /// What the writes name: it is there when they are written, or nothing is.
    pub fn names(&mut self, named: Vec<Named>) {
        self.named.extend(named);
    }

    /// Likewise of a collection that nodes do not hear of.
    pub fn delete_document(&mut self, collection: &'static str, id: &str, revision: i64) {
        self.writes.push(Write::Delete { collection, id: id.to_owned(), revision, named: None });
    }

    pub fn delete_many(&mut self, collection: &'static str, filter: Document) {
        self.writes.push(Write::DeleteMany { collection, filter });
    }

    /// Of a document without a revision, where it still is what `guard` says.
    pub fn update_document(&mut self, collection: &'static str, id: &str, guard: Document, update: Document) {
        self.writes.push(Write::Update { collection, id: id.to_owned(), guard, update });
    }

    /// Likewise.
    pub fn remove_document(&mut self, collection: &'static str, id: &str, guard: Document) {
        self.writes.push(Write::Remove { collection, id: id.to_owned(), guard });
    }

    pub fn record(&mut self, entry: Entry) {
        self.entries.push(entry);
    }

    /// Keeps the campaign with its streams as it is after the writes, under the latest entry; once for all
    /// changes of one campaign.
    pub fn remember(&mut self, campaign_id: &str, workspace_id: &str) {
        let Some(entry) = self.entries.last() else { return };
        let (campaign_id, workspace_id) = (campaign_id.to_owned(), workspace_id.to_owned());
        self.remembered.retain(|other| other.campaign_id != campaign_id);
        self.remembered.push(Remembered { campaign_id, workspace_id, entry_id: entry.id().to_owned() });
    }
}

impl Catalog {
    /// Does all of it, or on a replica set nothing.
    pub async fn commit(&self, work: &Work) -> Result<(), Refused> {
        let mut session = self.database().client().start_session().await?;
        if !self.has_transactions().await? {
            return self.in_steps(&mut session, work).await;
        }
        let mut pause = Duration::from_millis(1);
        let deadline = Instant::now() + TRIED_FOR;
        loop {
            let done = self.in_one_transaction(&mut session, work).await;
            match done {
                Err(Refused::Mongo(error)) if is_transient(&error) && Instant::now() < deadline => {}
                other => return other,
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(MAX_PAUSE);
        }
    }

    async fn in_one_transaction(&self, session: &mut ClientSession, work: &Work) -> Result<(), Refused> {
        session.start_transaction().await?;
        if let Err(refused) = self.apply(session, work).await {
            // What the server cannot be told of, it ends by itself.
            let _ = session.abort_transaction().await;
            return Err(refused);
        }
        let mut commits = 1;
        loop {
            match session.commit_transaction().await {
                Err(error)
                    if error.contains_label(UNKNOWN_TRANSACTION_COMMIT_RESULT) && commits < MAX_COMMITS =>
                {
                    commits += 1;
                }
                other => return Ok(other?),
            }
        }
    }

    async fn apply(&self, session: &mut ClientSession, work: &Work) -> Result<(), Refused> {
        for write in &work.writes {
            self.apply_write(session, write).await?;
        }
        self.hold(session, &work.named).await?;
        self.enter(session, &work.entries, State::Done).await?;
        self.remember(session, work).await
    }

    async fn remember(&self, session: &mut ClientSession, work: &Work) -> Result<(), Refused> {
        for Remembered { campaign_id, workspace_id, entry_id } in &work.remembered {
            let kept = campaign_versions::remember(self, session, workspace_id, campaign_id, entry_id).await;
            // Two first versions of one campaign meet in a unique index: the next attempt sees the other's.
            kept.map_err(|error| match duplicate_field(&error) {
                Some(_) => transient(error),
                None => error,
            })?;
        }
        Ok(())
    }

    async fn apply_write(&self, session: &mut ClientSession, write: &Write) -> Result<(), Refused> {
        match write {
            Write::Insert { collection, document } => {
                let inserted = self.plain(collection).insert_one(document).session(session).await;
                inserted.map(drop).map_err(|error| match duplicate_field(&error) {
                    Some(field) => {
                        let id = document.get_str("_id").unwrap_or_default().to_owned();
                        Refused::Taken { collection, id, field }
                    }
                    None => error.into(),
                })
            }
            Write::Replace { collection, id, revision, set } => {
                let filter = doc! { "_id": id, "revision": revision };
                let update = doc! { "$set": set, "$inc": { "revision": 1_i64 } };
                let updated = self.plain(collection).update_one(filter, update).session(session).await;
                match updated {
                    Ok(updated) => matched(collection, id, updated.matched_count),
                    Err(error) => Err(match duplicate_field(&error) {
                        Some(field) => Refused::Taken { collection, id: id.clone(), field },
                        None => error.into(),
                    }),
                }
            }
            Write::Delete { collection, id, revision, named } => {
                let mut filter = doc! { "_id": id, "revision": revision };
                filter.extend(named.map(named_as_often).unwrap_or_default());
                let deleted = self.plain(collection).delete_one(filter).session(session).await?;
                matched(collection, id, deleted.deleted_count)
            }
            Write::Update { collection, id, guard, update } => {
                let plain = self.plain(collection);
                let updated = plain.update_one(guarded(id, guard), update.clone()).session(session).await?;
                matched(collection, id, updated.matched_count)
            }
            Write::Remove { collection, id, guard } => {
                let deleted = self.plain(collection).delete_one(guarded(id, guard)).session(session).await?;
                matched(collection, id, deleted.deleted_count)
            }
            Write::DeleteMany { collection, filter } => {
                self.plain(collection).delete_many(filter.clone()).session(session).await?;
                Ok(())
            }
        }
    }

    async fn enter(&self, session: &mut ClientSession, entries: &[Entry], state: State) -> Result<(), Error> {
        if entries.is_empty() {
            return Ok(());
        }
        let entries: Vec<Entry> = entries.iter().map(|entry| entry.in_state(state)).collect();
        let log = self.database().collection::<Entry>(audit_log::COLLECTION);
        log.insert_many(entries).session(session).await.map(drop)
    }

    /// Asked once a process.
    async fn has_transactions(&self) -> Result<bool, Error> {
        let ask = async || -> Result<bool, Error> {
            let hello = self.database().run_command(doc! { "hello": 1 }).await?;
            Ok(hello.contains_key("setName") || hello.get_str("msg") == Ok("isdbgrid"))
        };
        self.transactions.get_or_try_init(ask).await.copied()
    }

    fn plain(&self, collection: &str) -> Collection<Document> {
        self.database().collection(collection)
    }

    /// All that match, in no order.
    pub async fn find_all<T: Entity>(&self, filter: Document) -> Result<Vec<Stored<T>>, Error> {
        self.collection::<T>().find(filter).await?.try_collect().await
    }
}

impl<T: Entity> Stored<T> {
    /// What a write makes of it.
    pub fn next(&self, entity: T) -> Self {
        let (revision, updated_at) = (self.revision + 1, DateTime::now());
        Self { _id: self._id.clone(), revision, created_at: self.created_at, updated_at, entity }
    }
}

fn guarded(id: &str, guard: &Document) -> Document {
    let mut filter = doc! { "_id": id };
    filter.extend(guard.clone());
    filter
}

fn matched(collection: &'static str, id: &str, count: u64) -> Result<(), Refused> {
    if count > 0 { Ok(()) } else { Err(Refused::Stale { collection, id: id.to_owned() }) }
}

fn is_transient(error: &Error) -> bool {
    error.contains_label(TRANSIENT_TRANSACTION_ERROR) || error.get_custom::<Transient>().is_some()
}

#[derive(Debug)]
struct Transient;

fn transient(_: Error) -> Error {
    Error::custom(Transient)
}
