//! Which destinations are to be skipped.

use std::sync::Arc;

use arc_swap::ArcSwap;
use hashbrown::HashSet;
use traffoflex_model::DestinationId;

#[derive(Default)]
pub struct HealthStates {
    unhealthy: ArcSwap<HashSet<DestinationId>>,
}

impl HealthStates {
    pub fn is_healthy(&self, destination: &DestinationId) -> bool {
        let unhealthy = self.unhealthy.load();
        unhealthy.is_empty() || !unhealthy.contains(destination)
    }

    /// These and no others are skipped from now on.
    pub fn set_unhealthy(&self, destinations: HashSet<DestinationId>) {
        self.unhealthy.store(Arc::new(destinations));
    }
}
