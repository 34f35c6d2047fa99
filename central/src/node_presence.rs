//! Which nodes there are, and when each was last heard of: collection `nodes`, `GET /api/nodes`, and the event
//! `node.offline`.
//!
//! A node is heard of while its request for the configuration is open, which is nearly always. What was heard
//! is written every [`WRITE_INTERVAL`], by MongoDB's clock, so that processes need not agree on the time.
//! A node that no process heard of for `NODE_OFFLINE_AFTER_SECONDS` is offline. That is told once a silence:
//! the time it began is part of the event's id, and is kept in `told_of`.
//!
//! Whoever did not listen cannot say that somebody was silent: for the first `NODE_OFFLINE_AFTER_SECONDS`
//! after its start, and after MongoDB could not be written, a process tells of nobody.
//!
//! What nodes say of themselves beside that is kept with it: [`reports`].
//!
//! Limits: a node that was silent for [`FORGOTTEN`] is no longer listed, and what was said of it (name, notes) is gone.

pub mod reports;

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use futures_util::TryStreamExt;
use mongodb::{
    Collection, IndexModel,
    bson::{DateTime, Document, doc},
    error::Result,
    options::IndexOptions,
};
use serde::{Deserialize, Serialize};
use tokio_util::sync::CancellationToken;
use traffoflex_model::NodeId;
use traffoflex_wire::node_report::NodeReport;

use self::reports::Reported;
use crate::{
    catalog::Catalog,
    notifications::{Notice, Notifications},
};

pub const NODES: &str = "nodes";
const WRITE_INTERVAL: Duration = Duration::from_secs(2);
const FORGOTTEN: Duration = Duration::from_secs(90 * 24 * 3600);
const FIRST_REVISION: i64 = 1;
/// Nodes that are told of in one round.
const MAX_TOLD: i64 = 1000;

/// A clone is one reference count.
#[derive(Clone)]
pub struct NodePresence(Arc<Shared>);

struct Shared {
    catalog: Catalog,
    notifications: Notifications,
    offline_after: Duration,
    heard: Mutex<HashMap<String, Heard>>,
    /// Since when all that was heard is written.
    listening_since: Mutex<Instant>,
}

/// Of one node, since the last write.
#[derive(Debug, Clone, Default)]
struct Heard {
    /// Requests that are open.
    open: u32,
    is_new: bool,
    snapshot_version: u64,
    /// That is not written yet.
    reported: Option<Reported>,
}

/// A document of `nodes`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KnownNode {
    pub _id: String,
    pub first_seen: DateTime,
    pub last_seen: DateTime,
    /// That it last asked with: what it has.
    pub snapshot_version: i64,
    /// None: a build that says nothing of itself.
    #[serde(default)]
    pub reported: Option<Reported>,
    /// Of what is said of it here.
    #[serde(default)]
    pub revision: i64,
    #[serde(default)]
    pub name: Option<String>,
    #[serde(default)]
    pub notes: Option<String>,
}

/// A node as clients see it.
#[derive(Debug, Clone, Deserialize)]
pub struct ListedNode {
    #[serde(flatten)]
    pub node: KnownNode,
    pub online: bool,
}

/// A node, and for how long nothing was heard of it, by MongoDB's clock.
#[derive(Debug, Clone, Deserialize)]
pub struct Silence {
    #[serde(flatten)]
    pub node: KnownNode,
    pub silent_ms: i64,
}

/// A node is there while this is kept.
pub struct Present {
    presence: NodePresence,
    node: String,
}

impl Drop for Present {
    fn drop(&mut self) {
        if let Some(heard) = self.presence.lock().get_mut(&self.node) {
            heard.open = heard.open.saturating_sub(1);
            heard.is_new = true;
        }
    }
}

impl NodePresence {
    pub fn new(catalog: Catalog, notifications: Notifications, offline_after: Duration) -> Self {
        let listening_since = Mutex::new(Instant::now());
        let heard = Mutex::default();
        Self(Arc::new(Shared { catalog, notifications, offline_after, heard, listening_since }))
    }

    /// Creates what is missing.
    pub async fn migrate(catalog: &Catalog) -> Result<()> {
        let kept = IndexOptions::builder().expire_after(FORGOTTEN).build();
        let last_seen = IndexModel::builder().keys(doc! { "last_seen": 1 }).options(kept).build();
        catalog.database().collection::<Document>(NODES).create_index(last_seen).await?;
        let unnamed = doc! { "revision": { "$exists": false } };
        let first = doc! { "$set": { "revision": FIRST_REVISION } };
        catalog.database().collection::<Document>(NODES).update_many(unnamed, first).await?;
        reports::migrate(catalog).await
    }

    /// A node asks; it has this version of the configuration, or none yet.
    pub fn hear(&self, node: &NodeId, snapshot_version: Option<u64>) -> Present {
        let node = node.to_string();
        let mut all = self.lock();
        let heard = all.entry(node.clone()).or_default();
        heard.open += 1;
        heard.is_new = true;
        heard.snapshot_version = snapshot_version.unwrap_or(heard.snapshot_version);
        drop(all);
        Present { presence: self.clone(), node }
    }

    /// It said something of itself.
    pub fn report(&self, node: &NodeId, report: NodeReport) {
        let mut all = self.lock();
        let heard = all.entry(node.to_string()).or_default();
        heard.snapshot_version = report.snapshot_version.unwrap_or(heard.snapshot_version);
        heard.reported = Some(Reported::now(report));
        heard.is_new = true;
    }

    /// One node; none that was never heard of, or is forgotten.
    pub async fn node(&self, node: &str) -> Result<Option<ListedNode>> {
        let this = doc! { "$match": { "_id": node } };
        let found = self.nodes().aggregate([this, self.with_online()]).with_type::<ListedNode>().await?;
        let found: Vec<ListedNode> = found.try_collect().await?;
        Ok(found.into_iter().next())
    }

    /// One page of all nodes by name, and how many there are.
    pub async fn list(&self, limit: i64, offset: u64) -> Result<(Vec<ListedNode>, u64)> {
        let total = self.nodes().count_documents(doc! {}).await?;
        let pipeline = [
            doc! { "$sort": { "_id": 1 } },
            doc! { "$skip": offset as i64 },
            doc! { "$limit": limit },
            self.with_online(),
        ];
        let found = self.nodes().aggregate(pipeline).with_type::<ListedNode>().await?;
        Ok((found.try_collect().await?, total))
    }

    /// Writes what was heard and tells of silences, until `stop`.
    pub async fn keep(self, stop: CancellationToken) {
        let mut ticks = tokio::time::interval(WRITE_INTERVAL);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut known = HashSet::new();
        self.listen_anew();
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                _ = ticks.tick() => {}
            }
            if let Err(error) = self.write(&mut known).await {
                tracing::warn!(%error, "when nodes were last heard of could not be written");
                self.listen_anew();
                continue;
            }
            if self.listened() < self.0.offline_after {
                continue;
            }
            if let Err(error) = self.tell_of_silences().await {
                tracing::warn!(%error, "silent nodes could not be told of");
            }
        }
    }

    /// For how long this process has listened without a break: who was silent for longer may have been heard of by
    /// nobody.
    pub fn listened(&self) -> Duration {
        self.0.listening_since.lock().unwrap_or_else(PoisonError::into_inner).elapsed()
    }

    fn listen_anew(&self) {
        *self.0.listening_since.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
    }

    /// All nodes by name, and for how long each was silent.
    pub async fn silences(&self, limit: i64) -> Result<Vec<Silence>> {
        let silent_ms = doc! { "$toLong": { "$subtract": ["$$NOW", "$last_seen"] } };
        let pipeline = [
            doc! { "$sort": { "_id": 1 } },
            doc! { "$limit": limit },
            doc! { "$addFields": { "silent_ms": silent_ms } },
        ];
        let found = self.nodes().aggregate(pipeline).with_type::<Silence>().await?;
        found.try_collect().await
    }

    /// `known` are the nodes that have a document.
    async fn write(&self, known: &mut HashSet<String>) -> Result<()> {
        let heard = self.take();
        let written = self.write_all(&heard, known).await;
        if written.is_err() {
            known.clear();
            let mut all = self.lock();
            for (node, was) in heard {
                let heard = all.entry(node).or_insert(Heard { open: 0, reported: None, ..was.clone() });
                heard.is_new = true;
                // What it said since is newer.
                heard.reported = heard.reported.take().or(was.reported);
            }
        }
        written
    }

    /// What is to be written: news, and those whose request is open.
    fn take(&self) -> Vec<(String, Heard)> {
        let mut all = self.lock();
        let taken = all.iter().filter(|(_, heard)| heard.is_new || heard.open > 0);
        let taken = taken.map(|(node, heard)| (node.clone(), heard.clone())).collect();
        all.retain(|_, heard| heard.open > 0);
        all.values_mut().for_each(|heard| (heard.is_new, heard.reported) = (false, None));
        taken
    }

    async fn write_all(&self, heard: &[(String, Heard)], known: &mut HashSet<String>) -> Result<()> {
        let mut by_version: BTreeMap<i64, Vec<&str>> = BTreeMap::new();
        for (node, heard) in heard {
            by_version.entry(heard.snapshot_version as i64).or_default().push(node);
            if known.contains(node) {
                continue;
            }
            let first = vec![doc! { "$set": {
                "first_seen": { "$ifNull": ["$first_seen", "$$NOW"] },
                "last_seen": "$$NOW",
                "snapshot_version": heard.snapshot_version as i64,
                "revision": { "$ifNull": ["$revision", FIRST_REVISION] },
            } }];
            self.nodes().update_one(doc! { "_id": node }, first).upsert(true).await?;
            known.insert(node.clone());
        }
        for (version, nodes) in by_version {
            let many = doc! { "_id": { "$in": &nodes } };
            let seen = vec![doc! { "$set": { "last_seen": "$$NOW", "snapshot_version": version } }];
            if self.nodes().update_many(many, seen).await?.matched_count < nodes.len() as u64 {
                // Forgotten there: made anew with the next write.
                known.clear();
            }
        }
        for (node, heard) in heard {
            if let Some(reported) = &heard.reported {
                self.write_report(node, reported).await?;
            }
        }
        Ok(())
    }

    async fn tell_of_silences(&self) -> Result<()> {
        let silent = doc! { "$lt": ["$last_seen", self.silent_before()] };
        let untold = doc! { "$ne": ["$told_of", "$last_seen"] };
        let filter = doc! { "$expr": { "$and": [silent, untold] } };
        let found = self.nodes().find(filter).limit(MAX_TOLD).await?;
        let found: Vec<KnownNode> = found.try_collect().await?;
        for node in found {
            let now_ms = DateTime::now().timestamp_millis();
            let notice = Notice::node_offline(&node, self.0.offline_after.as_secs(), now_ms);
            self.0.notifications.tell(&notice).await?;
            let this = doc! { "_id": &node._id, "last_seen": node.last_seen };
            let told = self.nodes().update_one(this, doc! { "$set": { "told_of": node.last_seen } }).await?;
            if told.modified_count > 0 {
                tracing::warn!(node = node._id, last_seen = %node.last_seen, "a node is offline");
            }
        }
        Ok(())
    }

    /// A stage: whether each is there.
    fn with_online(&self) -> Document {
        doc! { "$addFields": { "online": { "$gte": ["$last_seen", self.silent_before()] } } }
    }

    /// An expression: who was last seen before is offline.
    fn silent_before(&self) -> Document {
        doc! { "$subtract": ["$$NOW", self.0.offline_after.as_millis() as i64] }
    }

    fn nodes(&self) -> Collection<KnownNode> {
        self.0.catalog.database().collection(NODES)
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Heard>> {
        self.0.heard.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
