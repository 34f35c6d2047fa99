//! What a decision asks of the state that changes from click to click: health, caps, history, turns.
//!
//! A node keeps it in memory and on its own disk ([`Runtime`] there); [`AtRest`] is the state of an
//! installation where nothing has happened yet, for simulation and tests.

use traffoflex_model::{DestinationId, StreamId};

use crate::cap::{Charge, CompiledCap};

/// What a destination earned in a stream's ROI window.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Earned {
    pub clicks: u64,
    /// Revenue less cost over cost; infinite where clicks are free. Only compared.
    pub roi: f64,
}

pub trait Runtime {
    /// False while the destination is to be skipped.
    fn is_healthy(&self, destination: &DestinationId) -> bool;
    /// Whether the cap lets another click through. `charge` is what the click would take, if anything.
    fn has_room(&self, cap: &CompiledCap, charge: Option<&Charge>) -> bool;
    /// Takes all of the charges or none.
    fn spend(&self, charges: &[Charge]) -> bool;
    /// Counts up from anywhere with each call, for one stream.
    fn next_turn(&self, stream: &StreamId) -> u64;
    fn earned(&self, stream: &StreamId, destination: &DestinationId) -> Option<Earned>;
    /// Whether this user was sent to this destination within the last `window_hours`.
    fn was_sent(&self, visit: Visit, window_hours: u32, now_ms: i64) -> bool;
    /// From now on the user was there; false when that is so already. Of clicks at the same moment one gets true.
    fn claim_visit(&self, visit: Visit, window_hours: u32, now_ms: i64) -> bool;
    /// The user was not sent there after all.
    fn forget_visit(&self, visit: Visit);
}

/// A user at a destination.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Visit(pub u64);

/// Nothing has happened yet: all is healthy, no cap is used, nobody was anywhere.
#[derive(Debug, Clone, Copy, Default)]
pub struct AtRest;

impl Runtime for AtRest {
    fn is_healthy(&self, _: &DestinationId) -> bool {
        true
    }

    fn has_room(&self, cap: &CompiledCap, charge: Option<&Charge>) -> bool {
        charge.map_or(cap.limit_units() > 0, |charge| charge.units <= cap.limit_units())
    }

    fn spend(&self, _: &[Charge]) -> bool {
        true
    }

    fn next_turn(&self, _: &StreamId) -> u64 {
        0
    }

    fn earned(&self, _: &StreamId, _: &DestinationId) -> Option<Earned> {
        None
    }

    fn was_sent(&self, _: Visit, _: u32, _: i64) -> bool {
        false
    }

    fn claim_visit(&self, _: Visit, _: u32, _: i64) -> bool {
        true
    }

    fn forget_visit(&self, _: Visit) {}
}
