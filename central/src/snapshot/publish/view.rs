//! A look at everything that is published, and at what would be.

use std::{
    collections::{HashMap, VecDeque},
    sync::Arc,
};

use tokio::sync::{Mutex, watch};
use traffoflex_model::Snapshot;

use super::{PublishError, Published, Publisher, Shared, State, now_ms};
use crate::{
    catalog::{Catalog, installation::Installation},
    snapshot::fingerprint::Fingerprint,
};

/// The published configuration, to be looked at.
pub struct PublishedView<'p> {
    pub generation: &'p str,
    pub version: u64,
    /// When this version was made, UTC milliseconds; after a start, when it was read again.
    pub created_at_ms: i64,
    pub state: &'p State,
}

/// What the catalogue holds, beside what was published last.
pub struct Look {
    pub generation: String,
    /// The latest that was published.
    pub version: u64,
    /// Of what that version holds.
    pub published_hash: u64,
    pub state: State,
    /// Of the state.
    pub hash: u64,
}

impl Look {
    pub fn is_published(&self) -> bool {
        self.version > 0 && self.hash == self.published_hash
    }

    /// As a node would get it now.
    pub fn snapshot(&self) -> Snapshot {
        Snapshot {
            generation: self.generation.clone(),
            version: self.version,
            created_at_ms: now_ms(),
            settings: self.state.settings.clone(),
            entities: self.state.entities(),
        }
    }
}

impl Publisher {
    /// Looks at all of the published configuration. Writes wait meanwhile.
    pub async fn inspect<T>(&self, look: impl FnOnce(&PublishedView<'_>) -> T) -> T {
        let published = self.0.published.lock().await;
        let Published { state, version, created_at_ms, .. } = &*published;
        let generation = &self.0.generation;
        look(&PublishedView { generation, version: *version, created_at_ms: *created_at_ms, state })
    }

    /// Looks at the catalogue without publishing it.
    pub async fn look(catalog: Catalog) -> Result<Look, PublishError> {
        let installation = catalog.installation().await?;
        let state = Self::empty(catalog, &installation).read().await?;
        let Installation { generation, snapshot_version: version, snapshot_hash, .. } = installation;
        Ok(Look { generation, version, published_hash: snapshot_hash, hash: state.hash()?, state })
    }

    /// That has read nothing yet.
    pub(super) fn empty(catalog: Catalog, installation: &Installation) -> Self {
        let published = Published {
            state: State::default(),
            hash: 0,
            version: installation.snapshot_version,
            created_at_ms: now_ms(),
            deltas: VecDeque::new(),
            sealed: HashMap::new(),
            seen: Fingerprint::new(),
        };
        Self(Arc::new(Shared {
            catalog,
            generation: installation.generation.clone(),
            version: watch::Sender::new(published.version),
            published: Mutex::new(published),
        }))
    }
}
