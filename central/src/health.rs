//! Destination health as all nodes together see it, in MongoDB.
//!
//! `destination_health` holds one document a destination: what each node last said, and what they
//! agree on ([`agreement`]). `destination_health_history` gets a row for every change, of one node's
//! opinion or of the agreement, and names the node.
//!
//! Reports of several nodes meet in one document, so every write is a compare-and-set on its
//! `revision`. The rows of a change are in the document first (`unwritten`), in that same write, and
//! move to the history after it: a crash in between delays a row and loses none.

pub mod agreement;
mod nodes;

use std::{collections::HashMap, time::Duration};

use agreement::{Change, ChangeKind, HealthDocument, Standing};
use futures_util::{StreamExt, TryStreamExt, stream};
use mongodb::{
    Collection, Database, IndexModel,
    bson::{Bson, DateTime, Document, doc, to_document},
    error::{Error, ErrorKind, Result, WriteFailure},
    options::{CollectionOptions, IndexOptions, WriteConcern},
};
pub(crate) use nodes::cause;
pub use nodes::{NodeCallError, Nodes};
use tokio_util::sync::CancellationToken;
use traffoflex_model::{Destination, Health};
use traffoflex_wire::health::HealthBatch;

use crate::{
    catalog::{Catalog, entity::Entity},
    notifications::{Notice, Notifications},
};

const HEALTH: &str = "destination_health";
const HISTORY: &str = "destination_health_history";
/// How long the history is kept.
const HISTORY_KEPT: Duration = Duration::from_secs(365 * 24 * 3600);
/// Documents written at once for one batch.
const WRITES_AT_ONCE: usize = 16;
/// Writers of one document are its nodes; so many losses in a row mean something else is wrong.
const MAX_TRIES: u32 = 50;
/// How often reports that have run out are looked for.
const SWEEP_INTERVAL: Duration = Duration::from_secs(15);
const SWEEP_DOCUMENTS: i64 = 1000;
const DUPLICATE_KEY: i32 = 11_000;

/// A clone is cheap.
#[derive(Clone)]
pub struct HealthBook {
    catalog: Catalog,
    notifications: Notifications,
}

impl HealthBook {
    pub fn new(catalog: Catalog, notifications: Notifications) -> Self {
        Self { catalog, notifications }
    }

    /// Takes what a node says. Destinations that do not exist (any more) are passed over.
    pub async fn report(&self, batch: HealthBatch, now_ms: i64) -> Result<()> {
        let ids: Vec<&str> = batch.reports.iter().map(|report| report.destination_id.as_str()).collect();
        let workspaces = self.workspaces(&ids).await?;
        let mut known = self.standing(&ids).await?;
        let (book, batch) = (self, &batch);
        let updates = batch.reports.iter().filter_map(|report| {
            let id = report.destination_id.as_str();
            let workspace = workspaces.get(id)?.clone();
            let first = known.remove(id);
            Some(async move {
                let fresh = || HealthDocument::new(id, &workspace, now_ms);
                let take = |document: &mut HealthDocument| {
                    document.take(&batch.node_id, batch.interval_ms, report, now_ms)
                };
                book.update(first.unwrap_or_else(fresh), fresh, take).await
            })
        });
        stream::iter(updates.collect::<Vec<_>>())
            .buffer_unordered(WRITES_AT_ONCE)
            .try_collect::<Vec<()>>()
            .await
            .map(drop)
    }

    /// Changes a document until nobody else did so meanwhile. `change` says whether there is
    /// anything to write; `fresh` makes the document where there is none.
    async fn update(
        &self,
        mut document: HealthDocument,
        fresh: impl Fn() -> HealthDocument,
        change: impl Fn(&mut HealthDocument) -> bool,
    ) -> Result<()> {
        for _ in 0..MAX_TRIES {
            let revision = document.revision;
            if !change(&mut document) && document.unwritten.is_empty() {
                return Ok(());
            }
            document.revision = revision + 1;
            if self.write(&document, revision).await? {
                return self.write_history(document).await;
            }
            let found = self.health().find_one(doc! { "_id": &document._id }).await?;
            document = found.unwrap_or_else(&fresh);
        }
        Err(Error::custom(format!("destination_health/{} changes all the time", document._id)))
    }

    /// False when it is no longer at `revision`.
    async fn write(&self, document: &HealthDocument, revision: i64) -> Result<bool> {
        if revision > 0 {
            let filter = doc! { "_id": &document._id, "revision": revision };
            return Ok(self.health().replace_one(filter, document).await?.matched_count == 1);
        }
        match self.health().insert_one(document).await {
            Ok(_) => Ok(true),
            Err(error) if is_duplicate(&error) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Moves rows to the history. Again does no harm: a row has its name from the change it is of.
    async fn write_history(&self, document: HealthDocument) -> Result<()> {
        if document.unwritten.is_empty() {
            return Ok(());
        }
        let history = self.database().collection::<Document>(HISTORY);
        let mut names = Vec::new();
        for change in &document.unwritten {
            let mut row = to_document(change).map_err(Error::custom)?;
            row.remove("_id");
            let filter = doc! { "_id": &change._id };
            history.update_one(filter, doc! { "$setOnInsert": row }).upsert(true).await?;
            self.tell(change).await?;
            names.push(change._id.clone());
        }
        let done = doc! { "$pull": { "unwritten": { "_id": { "$in": names } } } };
        self.health().update_one(doc! { "_id": &document._id }, done).await.map(drop)
    }

    /// Webhooks hear of what the nodes come to agree is unhealthy.
    async fn tell(&self, change: &Change) -> Result<()> {
        if change.kind != ChangeKind::Agreement || change.current != Health::Unhealthy {
            return Ok(());
        }
        let this = doc! { "_id": &change.destination_id };
        let destination = self.catalog.collection::<Destination>().find_one(this).await?;
        let name = destination.map(|stored| stored.entity.name).unwrap_or_default();
        self.notifications.tell(&Notice::destination_unhealthy(change, &name)).await
    }

    /// What is known of these destinations, by id.
    pub async fn standing(&self, ids: &[&str]) -> Result<HashMap<String, HealthDocument>> {
        let filter = doc! { "_id": { "$in": ids.to_vec() } };
        let found: Vec<HealthDocument> = self.health().find(filter).await?.try_collect().await?;
        Ok(found.into_iter().map(|document| (document._id.clone(), document)).collect())
    }

    /// Of a workspace's destinations that were ever probed, or of one of them.
    pub async fn of_workspace(
        &self,
        workspace: &str,
        destination: Option<&str>,
    ) -> Result<Vec<HealthDocument>> {
        let mut filter = doc! { "workspace_id": workspace };
        if let Some(id) = destination {
            filter.insert("_id", id);
        }
        self.health().find(filter).sort(doc! { "_id": 1 }).await?.try_collect().await
    }

    /// One page of those of a destination's changes that meet the filter, the latest first, and how many there are.
    pub async fn history(
        &self,
        destination: &str,
        mut filter: Document,
        limit: i64,
        offset: u64,
    ) -> Result<(Vec<Change>, u64)> {
        let history = self.database().collection::<Change>(HISTORY);
        filter.insert("destination_id", destination);
        let total = history.count_documents(filter.clone()).await?;
        // The order of writes: of two that met, the one that asked first may have come second.
        let sort = doc! { "revision": -1, "n": -1 };
        let found = history.find(filter).sort(sort).limit(limit).skip(offset).await?;
        Ok((found.try_collect().await?, total))
    }

    /// Of a destination that was deleted. Its history stays until it is old.
    pub async fn forget(&self, destination: &str) -> Result<()> {
        self.health().delete_one(doc! { "_id": destination }).await.map(drop)
    }

    /// Settles anew what rests on reports that have run out, until `stop`.
    pub async fn sweep(self, stop: CancellationToken) {
        let mut ticks = tokio::time::interval(SWEEP_INTERVAL);
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                _ = ticks.tick() => {}
            }
            if let Err(error) = self.sweep_once(DateTime::now().timestamp_millis()).await {
                tracing::warn!(%error, "old health reports could not be looked for");
            }
        }
    }

    async fn sweep_once(&self, now_ms: i64) -> Result<()> {
        let filter = doc! { "settle_at": { "$lte": DateTime::from_millis(now_ms) } };
        let old = self.health().find(filter).limit(SWEEP_DOCUMENTS).await?;
        old.try_for_each_concurrent(WRITES_AT_ONCE, |document| async move {
            let (id, workspace) = (document._id.clone(), document.workspace_id.clone());
            let fresh = || HealthDocument::new(&id, &workspace, now_ms);
            self.update(document, fresh, |document| document.is_due(now_ms) && document.settle(None, now_ms))
                .await
        })
        .await
    }

    /// The workspace of each destination that exists.
    async fn workspaces(&self, ids: &[&str]) -> Result<HashMap<String, String>> {
        let destinations = self.catalog.collection::<Destination>().clone_with_type::<Document>();
        let filter = doc! { "_id": { "$in": ids.to_vec() } };
        let found = destinations.find(filter).projection(doc! { Destination::WORKSPACE: 1 }).await?;
        let found: Vec<Document> = found.try_collect().await?;
        let pair = |document: Document| {
            let text = |field| document.get(field).and_then(Bson::as_str).map(str::to_owned);
            Some((text("_id")?, text(Destination::WORKSPACE)?))
        };
        Ok(found.into_iter().filter_map(pair).collect())
    }

    /// The destinations of a workspace that stand so, as a condition on their ids. What nobody has spoken of is
    /// `unknown`, as is what everybody has fallen silent about.
    pub async fn ids_that_are(&self, workspace: &str, health: &str) -> Result<Document> {
        let (operator, current) = match health {
            "unknown" => ("$nin", doc! { "$ne": "unknown" }),
            health => ("$in", doc! { "$eq": health }),
        };
        let filter = doc! { "workspace_id": workspace, "current": current };
        let found = self.health().distinct("_id", filter).await?;
        Ok(doc! { operator: found })
    }

    /// Creates what is missing.
    pub async fn migrate(&self) -> Result<()> {
        let plain = |keys: Document| IndexModel::builder().keys(keys).build();
        let kept = IndexOptions::builder().expire_after(HISTORY_KEPT).build();
        let expires = IndexModel::builder().keys(doc! { "at": 1 }).options(kept).build();
        // In order of the runtime feed's list.
        let unhealthy = plain(doc! { "current": 1, "_id": 1 });
        let of_workspace = plain(doc! { "workspace_id": 1, "current": 1 });
        self.health().create_indexes([plain(doc! { "settle_at": 1 }), of_workspace, unhealthy]).await?;
        let latest = plain(doc! { "destination_id": 1, "revision": -1, "n": -1 });
        self.database().collection::<Document>(HISTORY).create_indexes([latest, expires]).await?;
        Ok(())
    }

    fn database(&self) -> &Database {
        self.catalog.database()
    }

    /// Written often and told again by the next probe: a write need not wait for the journal.
    fn health(&self) -> Collection<HealthDocument> {
        let concern = WriteConcern::builder().journal(false).build();
        let options = CollectionOptions::builder().write_concern(concern).build();
        self.database().collection_with_options(HEALTH, options)
    }
}

fn is_duplicate(error: &Error) -> bool {
    matches!(&*error.kind, ErrorKind::Write(WriteFailure::WriteError(write)) if write.code == DUPLICATE_KEY)
}

/// How a destination stands, for whoever reads it.
pub fn shown(document: Option<&HealthDocument>, now_ms: i64) -> Standing {
    document.map_or_else(Standing::default, |document| document.standing(now_ms))
}
