//! Which destinations are to be skipped.

use std::sync::Arc;

use arc_swap::ArcSwap;
use hashbrown::HashSet;
use traffoflex_model::DestinationId;

#[derive(Default)]
pub struct HealthStates {
    unhealthy: ArcSwap<HashSet<DestinationId>>,
    /// What all nodes agree on, as the runtime feed says.
    agreed: ArcSwap<HashSet<DestinationId>>,
}

impl HealthStates {
    pub fn is_healthy(&self, destination: &DestinationId) -> bool {
        let (unhealthy, agreed) = (self.unhealthy.load(), self.agreed.load());
        (unhealthy.is_empty() || !unhealthy.contains(destination))
            && (agreed.is_empty() || !agreed.contains(destination))
    }

    /// These and no others are skipped from now on.
    pub fn set_unhealthy(&self, destinations: HashSet<DestinationId>) {
        self.unhealthy.store(Arc::new(destinations));
    }

    /// All nodes together hold these and no others to be unhealthy.
    pub fn set_agreed(&self, unhealthy: HashSet<DestinationId>) {
        self.agreed.store(Arc::new(unhealthy));
    }
}
