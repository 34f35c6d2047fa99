//! The caps that are published.

use traffoflex_model::{Cap, DestinationId};

use super::Publisher;

impl Publisher {
    /// Of those of the destinations that are published.
    pub async fn caps_of(
        &self,
        destinations: impl IntoIterator<Item = &DestinationId>,
    ) -> Vec<(DestinationId, Vec<Cap>)> {
        let published = self.0.published.lock().await;
        let found = |id: &DestinationId| published.state.destinations.get(id.as_str());
        destinations.into_iter().filter_map(found).map(|d| (d.id.clone(), d.caps.clone())).collect()
    }
}
