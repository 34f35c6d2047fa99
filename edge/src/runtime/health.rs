//! Which destinations are to be skipped: what this node's own probes say, and where they say
//! nothing (any more), what the nodes agree on at central.
//!
//! Clicks read it; the prober writes one destination at a time, so what a write costs does not
//! grow with their number.

use std::{
    array,
    hash::{BuildHasher, RandomState},
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
};

use arc_swap::ArcSwap;
use hashbrown::{HashMap, HashSet};
use traffoflex_model::DestinationId;

use crate::clock::now_ms;

/// A power of two; enough that a click seldom meets the prober.
const SHARDS: usize = 64;

/// What the node's own probes say of a destination.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Own {
    pub is_healthy: bool,
    /// Until then it counts for more than what the nodes agree on; UTC milliseconds.
    pub fresh_until_ms: i64,
}

pub struct HealthStates {
    own: [RwLock<HashMap<DestinationId, Own>>; SHARDS],
    /// Of its own.
    unhealthy: AtomicUsize,
    agreed: ArcSwap<HashSet<DestinationId>>,
    hasher: RandomState,
}

impl Default for HealthStates {
    fn default() -> Self {
        Self {
            own: array::from_fn(|_| RwLock::default()),
            unhealthy: AtomicUsize::new(0),
            agreed: ArcSwap::default(),
            hasher: RandomState::new(),
        }
    }
}

impl HealthStates {
    pub fn is_healthy(&self, destination: &DestinationId) -> bool {
        let agreed = self.agreed.load();
        // As a rule nothing is unhealthy, and this is all a click pays.
        if self.unhealthy.load(Relaxed) == 0 && agreed.is_empty() {
            return true;
        }
        let own = self.own(destination);
        match (own, agreed.contains(destination)) {
            (Some(own), false) => own.is_healthy,
            (Some(own), true) => own.is_healthy && own.fresh_until_ms > now_ms(),
            (None, is_agreed) => !is_agreed,
        }
    }

    /// These are unhealthy where this node has no fresh result of its own.
    pub fn set_agreed(&self, destinations: HashSet<DestinationId>) {
        self.agreed.store(Arc::new(destinations));
    }

    /// What the probes say from now on; none: nothing.
    pub fn set_own(&self, destination: &DestinationId, own: Option<Own>) {
        let mut shard = self.shard(destination).write().unwrap_or_else(PoisonError::into_inner);
        let before = match own {
            Some(own) => shard.insert(destination.clone(), own),
            None => shard.remove(destination),
        };
        let unhealthy = |own: Option<Own>| own.is_some_and(|own| !own.is_healthy);
        match (unhealthy(before), unhealthy(own)) {
            (false, true) => _ = self.unhealthy.fetch_add(1, Relaxed),
            (true, false) => _ = self.unhealthy.fetch_sub(1, Relaxed),
            _ => {}
        }
    }

    /// How many this node's own probes keep clicks away from.
    pub fn unhealthy_count(&self) -> usize {
        self.unhealthy.load(Relaxed)
    }

    fn own(&self, destination: &DestinationId) -> Option<Own> {
        self.shard(destination).read().unwrap_or_else(PoisonError::into_inner).get(destination).copied()
    }

    fn shard(&self, destination: &DestinationId) -> &RwLock<HashMap<DestinationId, Own>> {
        &self.own[self.hasher.hash_one(destination) as usize % SHARDS]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn own_fresh_results_count_for_more_than_what_is_agreed() {
        let states = HealthStates::default();
        let (a, b) = (DestinationId::from("a"), DestinationId::from("b"));
        let own =
            |is_healthy, fresh_for_ms| Some(Own { is_healthy, fresh_until_ms: now_ms() + fresh_for_ms });
        assert!(states.is_healthy(&a));

        states.set_own(&a, own(false, 60_000));
        assert!(!states.is_healthy(&a) && states.is_healthy(&b));
        assert_eq!(states.unhealthy_count(), 1);

        states.set_agreed(HashSet::from_iter([b.clone()]));
        assert!(!states.is_healthy(&b), "agreed, and nothing of its own");
        states.set_own(&b, own(true, 60_000));
        assert!(states.is_healthy(&b), "it sees for itself");
        states.set_own(&b, own(true, -1));
        assert!(!states.is_healthy(&b), "its own result is old");

        states.set_agreed(HashSet::new());
        assert!(states.is_healthy(&b));
        states.set_own(&a, None);
        assert!(states.is_healthy(&a));
        assert_eq!(states.unhealthy_count(), 0);
    }
}
