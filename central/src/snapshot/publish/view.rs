//! A look at everything that is published.

use super::{Published, Publisher, State};

/// The published configuration, to be looked at.
pub struct PublishedView<'p> {
    pub generation: &'p str,
    pub version: u64,
    /// When this version was made, UTC milliseconds; after a start, when it was read again.
    pub created_at_ms: i64,
    pub state: &'p State,
}

impl Publisher {
    /// Looks at all of the published configuration. Writes wait meanwhile.
    pub async fn inspect<T>(&self, look: impl FnOnce(&PublishedView<'_>) -> T) -> T {
        let published = self.0.published.lock().await;
        let Published { state, version, created_at_ms, .. } = &*published;
        let generation = &self.0.generation;
        look(&PublishedView { generation, version: *version, created_at_ms: *created_at_ms, state })
    }
}
