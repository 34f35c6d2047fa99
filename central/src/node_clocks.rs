//! How far the clocks of nodes are from ours, as their requests show: a gauge of each node, and a
//! warning now and then of those that are far off.
//!
//! A request's own way makes its node look later than it is.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use traffoflex_routing::lease::CLOCK_MARGIN_MS;

/// A clock is worth a warning when it is so far from ours.
const WARNING_MS: u64 = 1_000;
/// A node asks every second: its clock is not worth a line each time.
const WARNING_INTERVAL: Duration = Duration::from_secs(60);

/// A clone is one reference count.
#[derive(Debug, Clone, Default)]
pub struct NodeClocks(Arc<Mutex<HashMap<String, Instant>>>);

impl NodeClocks {
    /// A node's request came at `now_ms`, which it sent at `sent_at_ms` by its own clock.
    pub fn heard(&self, node: &str, sent_at_ms: i64, now_ms: i64) {
        let offset_ms = sent_at_ms.saturating_sub(now_ms);
        metrics::gauge!("traffoflex_node_clock_offset_ms", "node" => node.to_owned()).set(offset_ms as f64);
        if offset_ms.unsigned_abs() <= WARNING_MS || !self.is_time_to_warn(node) {
            return;
        }
        let is_granted_nothing = offset_ms < -CLOCK_MARGIN_MS;
        tracing::warn!(node, offset_ms, is_granted_nothing, "the clock of a node is not ours");
    }

    fn is_time_to_warn(&self, node: &str) -> bool {
        let mut warned = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if warned.get(node).is_some_and(|at| at.elapsed() < WARNING_INTERVAL) {
            return false;
        }
        warned.insert(node.to_owned(), Instant::now());
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_node_is_warned_of_once_a_while() {
        let clocks = NodeClocks::default();
        let warned = ["a", "a", "b", "a", "b"].map(|node| clocks.is_time_to_warn(node));
        assert_eq!(warned, [true, false, true, false, false]);
    }
}
