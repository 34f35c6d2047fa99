//! Work on a server without transactions, one write after the other.
//!
//! The entries come first, as `attempted`, then the writes, then the entries are marked `done`: a crash in between
//! leaves entries that say what may have happened. A refused write takes back what was written before it, last
//! first, and then the entries. What is put back has a new revision, so that nobody who read what was there for a
//! moment writes over it, and a new time, so that nodes hear of it. What somebody else changed meanwhile cannot
//! be taken back: then the entries stay as well.

use futures_util::TryStreamExt;
use mongodb::{
    ClientSession,
    bson::{Bson, DateTime, Document, doc},
    error::{Error, ErrorKind},
};

use super::{Refused, Work, Write};
use crate::{
    audit_log::{self, Entry, State},
    catalog::{Catalog, duplicate_field},
};

/// What takes a write back.
enum Undo {
    Remove {
        collection: &'static str,
        id: Bson,
    },
    /// Where it is still at `revision`, the one that was written.
    PutBack {
        collection: &'static str,
        before: Document,
        revision: i64,
    },
    Bring {
        collection: &'static str,
        documents: Vec<Document>,
    },
    /// Of what has no revision.
    Rewrite {
        collection: &'static str,
        before: Document,
    },
}

impl Catalog {
    pub(super) async fn in_steps(&self, session: &mut ClientSession, work: &Work) -> Result<(), Refused> {
        let log = self.database().collection::<Document>(audit_log::COLLECTION);
        let ids: Vec<&str> = work.entries.iter().map(Entry::id).collect();
        let ours = doc! { "_id": { "$in": ids } };
        self.enter(session, &work.entries, State::Attempted).await?;
        let mut undo = Vec::new();
        match self.step_by_step(session, work, &mut undo).await {
            Ok(()) => {
                log.update_many(ours, doc! { "$set": { "state": "done" } }).await?;
                Ok(())
            }
            // What the server did not answer may have been written all the same: its entry stays.
            Err(refused @ Refused::Mongo(_)) => Err(refused),
            Err(refused) => {
                if self.take_back(undo).await? {
                    log.delete_many(ours).await?;
                }
                Err(refused)
            }
        }
    }

    async fn step_by_step(
        &self,
        session: &mut ClientSession,
        work: &Work,
        undo: &mut Vec<Undo>,
    ) -> Result<(), Refused> {
        for write in &work.writes {
            let back = self.undo_of(write).await?;
            self.apply_write(session, write).await?;
            undo.extend(back);
        }
        self.hold(session, &work.named).await?;
        self.remember(session, work).await
    }

    /// Before it is written. None where it will be refused.
    async fn undo_of(&self, write: &Write) -> Result<Option<Undo>, Error> {
        Ok(match write {
            Write::Insert { collection, document } => {
                let id = document.get("_id").cloned().unwrap_or(Bson::Null);
                Some(Undo::Remove { collection, id })
            }
            Write::Replace { collection, id, revision, .. } => {
                let before =
                    self.plain(collection).find_one(doc! { "_id": id, "revision": revision }).await?;
                before.map(|before| Undo::PutBack { collection, before, revision: revision + 1 })
            }
            Write::Delete { collection, id, revision, .. } => {
                let before =
                    self.plain(collection).find_one(doc! { "_id": id, "revision": revision }).await?;
                before.map(|before| Undo::Bring { collection, documents: vec![before] })
            }
            Write::Update { collection, id, .. } => {
                let before = self.plain(collection).find_one(doc! { "_id": id }).await?;
                before.map(|before| Undo::Rewrite { collection, before })
            }
            Write::Remove { collection, id, .. } => {
                let before = self.plain(collection).find_one(doc! { "_id": id }).await?;
                before.map(|before| Undo::Bring { collection, documents: vec![before] })
            }
            Write::DeleteMany { collection, filter } => {
                let documents = self.plain(collection).find(filter.clone()).await?.try_collect().await?;
                Some(Undo::Bring { collection, documents })
            }
        })
    }

    /// Whether all of it could be taken back.
    async fn take_back(&self, undo: Vec<Undo>) -> Result<bool, Error> {
        let mut is_all = true;
        for undo in undo.into_iter().rev() {
            is_all &= match undo {
                Undo::Remove { collection, id } => {
                    self.plain(collection).delete_one(doc! { "_id": id }).await?;
                    true
                }
                Undo::PutBack { collection, mut before, revision } => {
                    let id = before.get("_id").cloned().unwrap_or(Bson::Null);
                    before.insert("revision", revision + 1);
                    before.insert("updated_at", DateTime::now());
                    let filter = doc! { "_id": id, "revision": revision };
                    let replaced = self.plain(collection).replace_one(filter, before).await;
                    unless_taken(replaced.map(|replaced| replaced.matched_count > 0))?
                }
                Undo::Rewrite { collection, before } => {
                    let id = before.get("_id").cloned().unwrap_or(Bson::Null);
                    let replaced = self.plain(collection).replace_one(doc! { "_id": id }, before).await;
                    unless_taken(replaced.map(|replaced| replaced.matched_count > 0))?
                }
                Undo::Bring { collection, documents } => self.bring(collection, documents).await?,
            };
        }
        Ok(is_all)
    }

    async fn bring(&self, collection: &str, documents: Vec<Document>) -> Result<bool, Error> {
        if documents.is_empty() {
            return Ok(true);
        }
        let inserted = self.plain(collection).insert_many(documents).ordered(false).await;
        match inserted {
            // Those that met something new under their id or name are the only ones that stay away.
            Err(error) if matches!(&*error.kind, ErrorKind::InsertMany(_)) => Ok(false),
            other => other.map(|_| true),
        }
    }
}

/// False where another document has the value of a unique index meanwhile.
fn unless_taken(put_back: Result<bool, Error>) -> Result<bool, Error> {
    match put_back {
        Err(error) if duplicate_field(&error).is_some() => Ok(false),
        other => other,
    }
}
