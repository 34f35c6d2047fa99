//! What a node knows of the running installation: health, caps, earnings, who was where. The state
//! behind [`traffoflex_routing::runtime::Runtime`], read on every click without a lock that anybody
//! holds for long, written by background tasks; what they hear of other nodes is the [`feed`].

pub mod caps;
pub mod earned;
pub mod expiring;
pub mod feed;
pub mod health;
pub mod history;
pub mod leases;
mod turns;
pub mod visitors;

use std::sync::Arc;

use caps::Caps;
use earned::EarnedTable;
use feed::FeedState;
use health::HealthStates;
use history::History;
use traffoflex_model::{DestinationId, StreamId};
use traffoflex_routing::{
    cap::{Charge, CompiledCap},
    runtime::{Earned, Runtime, Visit},
};
use turns::Turns;
use visitors::Visitors;

use crate::outbox::marks::KeptVisit;

/// A clone is one reference count.
#[derive(Clone, Default)]
pub struct NodeRuntime(Arc<Parts>);

#[derive(Default)]
struct Parts {
    health: HealthStates,
    caps: Caps,
    earned: EarnedTable,
    feed: FeedState,
    history: History,
    turns: Turns,
    visitors: Visitors,
}

impl NodeRuntime {
    /// With bounds on what it remembers.
    pub fn new(history: History, visitors: Visitors, caps: Caps) -> Self {
        Self(Arc::new(Parts { history, visitors, caps, ..Parts::default() }))
    }

    pub fn visitors(&self) -> &Visitors {
        &self.0.visitors
    }

    pub fn health(&self) -> &HealthStates {
        &self.0.health
    }

    pub fn caps(&self) -> &Caps {
        &self.0.caps
    }

    pub fn earnings(&self) -> &EarnedTable {
        &self.0.earned
    }

    pub fn feed(&self) -> &FeedState {
        &self.0.feed
    }

    pub fn history(&self) -> &History {
        &self.0.history
    }
}

impl NodeRuntime {
    /// A user was sent somewhere. Known at once, so that the user's next click does not go there again.
    pub fn learn_visit(&self, visit: Option<KeptVisit>) {
        if let Some(visit) = visit {
            self.0.history.learn(visit);
        }
    }
}

impl Runtime for NodeRuntime {
    fn is_healthy(&self, destination: &DestinationId) -> bool {
        self.0.health.is_healthy(destination)
    }

    fn has_room(&self, cap: &CompiledCap, charge: Option<&Charge>) -> bool {
        self.0.caps.has_room(cap, charge)
    }

    fn spend(&self, charges: &[Charge]) -> bool {
        self.0.caps.spend(charges)
    }

    fn next_turn(&self, stream: &StreamId) -> u64 {
        self.0.turns.next(stream)
    }

    fn earned(&self, stream: &StreamId, destination: &DestinationId) -> Option<Earned> {
        self.0.earned.of(stream, destination)
    }

    fn was_sent(&self, visit: Visit, window_hours: u32, now_ms: i64) -> bool {
        self.0.history.was_sent(visit, window_hours, now_ms)
    }

    fn claim_visit(&self, visit: Visit, window_hours: u32, now_ms: i64) -> bool {
        self.0.history.claim(visit, window_hours, now_ms)
    }

    fn forget_visit(&self, visit: Visit) {
        self.0.history.forget(visit);
    }
}
