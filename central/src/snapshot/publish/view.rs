//! A look at everything that is published.

use super::{Published, Publisher, State};

/// The published configuration, to be looked at.
pub struct PublishedView<'p> {
    pub generation: &'p str,
    pub version: u64,
    pub state: &'p State,
}

impl Publisher {
    /// Looks at all of the published configuration. Writes wait meanwhile.
    pub async fn inspect<T>(&self, look: impl FnOnce(&PublishedView<'_>) -> T) -> T {
        let published = self.0.published.lock().await;
        let Published { state, version, .. } = &*published;
        look(&PublishedView { generation: &self.0.generation, version: *version, state })
    }
}
