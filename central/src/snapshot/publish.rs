//! Publishes versions. One lock orders them: a write hands in what it changed and is answered after
//! its version is out.
//!
//! The version lives in MongoDB and only grows. A crash between a write and its publication, or a
//! write by another process, shows as a difference between the catalogue and what was published;
//! it is found at start and by a poll, and becomes the next version.

mod view;
mod written;

use std::{
    collections::{BTreeMap, HashMap, VecDeque},
    sync::Arc,
    time::Duration,
};

use bytes::Bytes;
use futures_util::TryStreamExt;
use mongodb::bson::{Document, doc};
use tokio::sync::{Mutex, watch};
use tokio_util::sync::CancellationToken;
use traffoflex_model::{Entities, LinkKey, Snapshot, SnapshotDelta};
use traffoflex_wire::{
    codec::{self, CodecError},
    snapshot::SnapshotMessage,
};

pub use self::view::{Look, PublishedView};
use super::{
    build::{Change, Holds, State, merge},
    fingerprint::{self, Fingerprint},
};
use crate::catalog::{
    Catalog,
    entity::{Entity, Stored},
    installation,
};

/// Changes kept for nodes that are a little behind.
const MAX_DELTAS: usize = 1024;
/// Entities in all of them together; a node further behind takes a full snapshot.
const MAX_DELTA_ENTITIES: usize = 50_000;

#[derive(Debug, thiserror::Error)]
pub enum PublishError {
    #[error("mongodb: {0}")]
    Mongo(#[from] mongodb::error::Error),
    #[error("{0}")]
    Codec(#[from] CodecError),
}

impl From<PublishError> for crate::error::ApiError {
    fn from(error: PublishError) -> Self {
        match error {
            PublishError::Mongo(error) => Self::Mongo(error),
            PublishError::Codec(error) => Self::Snapshot(error),
        }
    }
}

#[derive(Clone)]
pub struct Publisher(Arc<Shared>);

struct Shared {
    catalog: Catalog,
    generation: String,
    published: Mutex<Published>,
    version: watch::Sender<u64>,
}

struct Published {
    state: State,
    /// Of the state.
    hash: u64,
    version: u64,
    created_at_ms: i64,
    deltas: VecDeque<SnapshotDelta>,
    /// What nodes behind by as much were sent of this version: a delta for each version they come
    /// from, and the full snapshot for None. Sealed when first asked for.
    sealed: HashMap<Option<u64>, Bytes>,
    /// Count and latest change of each collection when they were last compared.
    seen: Fingerprint,
}

/// What a node is sent.
pub enum Answer {
    NotModified,
    Message { version: u64, sealed: Bytes },
}

impl Publisher {
    pub async fn start(catalog: Catalog) -> Result<Self, PublishError> {
        let swept = catalog.sweep_orphans().await?;
        if swept > 0 {
            tracing::info!(streams = swept, "removed what a crash had left of campaigns");
        }
        let installation = catalog.installation().await?;
        let publisher = Self::empty(catalog, &installation);
        publisher.load(installation.snapshot_hash).await?;
        Ok(publisher)
    }

    /// The catalogue as it is; the version stays when it holds what that version held.
    async fn load(&self, hash: u64) -> Result<(), PublishError> {
        let mut published = self.0.published.lock().await;
        published.seen = fingerprint::of_all(&self.0.catalog).await?;
        published.state = self.read().await?;
        published.hash = published.state.hash()?;
        if published.version == 0 || published.hash != hash {
            published.version = self.0.catalog.next_snapshot_version(published.hash).await?;
        }
        self.0.version.send_replace(published.version);
        Ok(())
    }

    pub fn version(&self) -> u64 {
        *self.0.version.borrow()
    }

    /// Takes over one entity that was written, and returns the version it is in.
    pub async fn publish<T: Entity>(&self, id: &str) -> Result<u64, PublishError>
    where
        State: Holds<T>,
    {
        let mut published = self.0.published.lock().await;
        // Read under the lock: of two writers of one entity the later state is published last.
        let stored = self.0.catalog.collection::<T>().find_one(doc! { "_id": id }).await?;
        let change = published.state.change(id, stored.map(|stored| stored.entity));
        let held = |published: &Published| i64::from(Holds::<T>::holds(&published.state, id));
        let before = held(&published);
        let version = self.advance(&mut published, change).await?;
        let grown = held(&published) - before;
        self.saw_own_write(&mut published, T::COLLECTION, grown, &[id]).await?;
        Ok(version)
    }

    /// Takes over settings that were written, and returns the version they are in.
    pub async fn publish_settings(&self) -> Result<u64, PublishError> {
        let mut published = self.0.published.lock().await;
        let (settings, revision) = self.0.catalog.settings().await?;
        let changed = (settings != published.state.settings).then_some(settings);
        let version = self.advance(&mut published, Change { settings: changed, ..Change::default() }).await?;
        published.seen.insert(installation::COLLECTION, fingerprint::of_settings(revision));
        Ok(version)
    }

    /// Signs links that the nodes of this version accept.
    pub async fn link_key(&self) -> Option<LinkKey> {
        self.0.published.lock().await.state.settings.link_keys.first().cloned()
    }

    /// A write of our own is no reason to read the whole catalogue: when it explains all that is new
    /// in its collection, the collection counts as seen. `ids` may be the latest there.
    async fn saw_own_write(
        &self,
        published: &mut Published,
        collection: &'static str,
        grown: i64,
        ids: &[&str],
    ) -> Result<(), PublishError> {
        let now = fingerprint::of(&self.0.catalog, collection).await?;
        let Some(seen) = published.seen.get_mut(collection) else { return Ok(()) };
        let count = |print: &Document| print.get_i64("count").unwrap_or_default();
        let latest_is_ours = now.get_str("id").is_ok_and(|id| ids.contains(&id));
        let latest_is_known = ["at", "id", "revision"].iter().all(|field| now.get(field) == seen.get(field));
        if count(&now) == count(seen) + grown && (latest_is_ours || latest_is_known) {
            *seen = now;
        }
        Ok(())
    }

    /// Compares the whole catalogue with what is published.
    pub async fn catch_up(&self) -> Result<u64, PublishError> {
        let seen = fingerprint::of_all(&self.0.catalog).await?;
        let (marked, marked_hash) = self.0.catalog.snapshot_mark().await?;
        let before = {
            let published = self.0.published.lock().await;
            if published.seen == seen && published.version >= marked {
                return Ok(published.version);
            }
            published.version
        };
        // Not under the lock: a large catalogue takes a while, and writes go on meanwhile.
        let next = self.read().await?;
        let hash = next.hash()?;
        let mut published = self.0.published.lock().await;
        if published.version != before {
            // What was read may lack what was just published. The next round looks again.
            return Ok(published.version);
        }
        let change = published.state.difference(&next);
        if marked > published.version && (marked_hash == hash || change.is_empty()) {
            // Another process has published just this, or ended before it could say that it had.
            if marked_hash != hash {
                self.0.catalog.mark_snapshot(marked, hash).await?;
            }
            self.take_over(&mut published, change, hash, marked);
        } else {
            self.advance(&mut published, change).await?;
        }
        published.seen = seen;
        Ok(published.version)
    }

    /// Catches up every `interval` until cancelled.
    pub async fn poll(self, interval: Duration, cancelled: CancellationToken) {
        loop {
            tokio::select! {
                () = cancelled.cancelled() => return,
                () = tokio::time::sleep(interval) => {}
            }
            if let Err(error) = self.catch_up().await {
                tracing::warn!(%error, "the catalogue could not be compared with the snapshot");
            }
        }
    }

    async fn advance(&self, published: &mut Published, change: Change) -> Result<u64, PublishError> {
        let change = published.state.with_consequences(change);
        if change.is_empty() {
            return Ok(published.version);
        }
        let hash = published.hash ^ published.state.hash_of(&change)?;
        let version = self.0.catalog.next_snapshot_version(hash).await?;
        if version == published.version + 1 {
            self.take_over(published, change, hash, version);
            return Ok(version);
        }
        // Another process published in between: this version holds its changes as well as ours.
        let next = self.read().await?;
        let hash = next.hash()?;
        self.0.catalog.mark_snapshot(version, hash).await?;
        let change = published.state.difference(&next);
        self.take_over(published, change, hash, version);
        Ok(version)
    }

    /// Makes the change the version that nodes are sent.
    fn take_over(&self, published: &mut Published, change: Change, hash: u64, version: u64) {
        published.state.apply(&change);
        published.hash = hash;
        published.deltas.push_back(SnapshotDelta {
            generation: self.0.generation.clone(),
            from_version: published.version,
            to_version: version,
            created_at_ms: now_ms(),
            settings: change.settings,
            upserts: change.upserts,
            removed: change.removed,
        });
        let mut entities: usize = published.deltas.iter().map(size).sum();
        while published.deltas.len() > MAX_DELTAS || entities > MAX_DELTA_ENTITIES {
            entities -= published.deltas.pop_front().as_ref().map_or(entities, size);
        }
        published.version = version;
        published.created_at_ms = now_ms();
        published.sealed.clear();
        metrics::gauge!("traffoflex_snapshot_version").set(version as f64);
        self.0.version.send_replace(version);
    }

    /// What of the published configuration concerns one campaign.
    pub async fn snapshot_of(&self, campaign: &str) -> Snapshot {
        let published = self.0.published.lock().await;
        Snapshot { entities: published.state.around(campaign), ..self.head(&published) }
    }

    /// Everything since `since`; waits up to `wait` for something new.
    pub async fn since(
        &self,
        since: Option<u64>,
        generation: Option<&str>,
        wait: Duration,
    ) -> Result<Answer, PublishError> {
        let same_generation = generation.is_none_or(|generation| generation == self.0.generation);
        if let Some(since) = since.filter(|_| same_generation) {
            let mut versions = self.0.version.subscribe();
            let newer = versions.wait_for(|version| *version != since);
            if tokio::time::timeout(wait, newer).await.is_err() {
                return Ok(Answer::NotModified);
            }
        }
        let mut published = self.0.published.lock().await;
        let base = since.filter(|_| same_generation);
        if base == Some(published.version) {
            return Ok(Answer::NotModified);
        }
        let version = published.version;
        let from = base.filter(|since| published.deltas.iter().any(|delta| delta.from_version == *since));
        if let Some(sealed) = published.sealed.get(&from).cloned() {
            return Ok(Answer::Message { version, sealed });
        }
        let message = match from.and_then(|since| delta_since(&published.deltas, since)) {
            Some(delta) => SnapshotMessage::Delta(delta),
            None => SnapshotMessage::Full(self.full(&published)),
        };
        // A large configuration takes a while to encode and compress.
        let sealed = Bytes::from(tokio::task::block_in_place(|| codec::seal(&message))?);
        published.sealed.insert(from, sealed.clone());
        Ok(Answer::Message { version, sealed })
    }

    fn full(&self, published: &Published) -> Snapshot {
        Snapshot { entities: published.state.entities(), ..self.head(published) }
    }

    /// Without entities.
    fn head(&self, published: &Published) -> Snapshot {
        Snapshot {
            generation: self.0.generation.clone(),
            version: published.version,
            created_at_ms: published.created_at_ms,
            settings: published.state.settings.clone(),
            entities: Entities::default(),
        }
    }

    async fn read(&self) -> Result<State, PublishError> {
        let mut state = State {
            workspaces: self.all().await?,
            campaigns: self.all().await?,
            streams: self.all().await?,
            destinations: self.all().await?,
            sources: self.all().await?,
            domains: self.all().await?,
            networks: self.all().await?,
            postback_templates: self.all().await?,
            webhooks: self.all().await?,
            settings: self.0.catalog.settings().await?.0,
        };
        state.drop_orphans();
        Ok(state)
    }

    /// By id.
    async fn all<T: Entity>(&self) -> Result<BTreeMap<String, T>, PublishError> {
        let found: Vec<Stored<T>> =
            self.0.catalog.collection::<T>().find(doc! {}).await?.try_collect().await?;
        Ok(found.into_iter().map(|stored| (stored._id, stored.entity)).collect())
    }
}

fn delta_since(deltas: &VecDeque<SnapshotDelta>, since: u64) -> Option<SnapshotDelta> {
    let first = deltas.iter().position(|delta| delta.from_version == since)?;
    merge(deltas.range(first..))
}

/// Entities in a delta.
fn size(delta: &SnapshotDelta) -> usize {
    let Entities {
        workspaces,
        campaigns,
        streams,
        destinations,
        sources,
        domains,
        networks,
        postback_templates,
        webhooks,
    } = &delta.upserts;
    let routed = workspaces.len() + campaigns.len() + streams.len() + destinations.len() + sources.len();
    let others = domains.len() + networks.len() + postback_templates.len() + webhooks.len();
    routed + others + delta.removed.len()
}

fn now_ms() -> i64 {
    jiff::Timestamp::now().as_millisecond()
}
