//! Which user was sent to which destination, for streams with a `unique_policy`.
//!
//! Exact for this node's own clicks: a visit is kept in the click's own transaction
//! ([`crate::outbox::marks`]) and read back at start. Visits on other nodes come with the runtime feed
//! and are kept with it ([`super::feed::store`]). Memory: see [`super::expiring`].

use traffoflex_routing::runtime::Visit;

use super::expiring::{Entry, ExpiringTable};
use crate::outbox::marks::KeptVisit;

/// `HISTORY_MAX_KEYS` when nothing is set.
pub const DEFAULT_MAX_KEYS: usize = 10_000_000;
const S_PER_HOUR: i64 = 3600;

pub struct History(ExpiringTable);

impl Default for History {
    fn default() -> Self {
        Self::new(DEFAULT_MAX_KEYS)
    }
}

impl History {
    pub fn new(max_keys: usize) -> Self {
        Self(ExpiringTable::new(max_keys))
    }

    pub fn was_sent(&self, visit: Visit, window_hours: u32, now_ms: i64) -> bool {
        let since_s = now_ms.div_euclid(1000) - i64::from(window_hours) * S_PER_HOUR;
        self.0.get(visit.0).is_some_and(|entry| i64::from(entry.at_s) >= since_s)
    }

    /// Of clicks at the same moment one is the first: it gets true, and the visit counts from now on.
    pub fn claim(&self, visit: Visit, window_hours: u32, now_ms: i64) -> bool {
        let since_s = now_ms.div_euclid(1000) - i64::from(window_hours) * S_PER_HOUR;
        let (key, now_s) = (visit.0, seconds(now_ms));
        let until_s = seconds(now_ms + i64::from(window_hours) * S_PER_HOUR * 1000);
        let mut is_first = true;
        self.0.update(key, now_s, |before| match before {
            Some(before) if i64::from(before.at_s) >= since_s => {
                is_first = false;
                before
            }
            Some(before) => Entry { key, at_s: now_s, until_s: before.until_s.max(until_s) },
            None => Entry { key, at_s: now_s, until_s },
        });
        is_first
    }

    /// The user was not sent there after all.
    pub fn forget(&self, visit: Visit) {
        self.0.remove(visit.0);
    }

    /// A visit of this node's or another's, in any order.
    pub fn learn(&self, kept: KeptVisit) {
        let (at_s, until_s) = (seconds(kept.at_ms), seconds(kept.forget_ms));
        let key = kept.visit.0;
        self.0.update(key, at_s, |before| match before {
            Some(before) => Entry { key, at_s: before.at_s.max(at_s), until_s: before.until_s.max(until_s) },
            None => Entry { key, at_s, until_s },
        });
    }

    pub fn expire(&self, now_ms: i64) {
        self.0.expire(seconds(now_ms));
    }

    pub fn count(&self) -> usize {
        self.0.count()
    }
}

pub(super) fn seconds(ms: i64) -> u32 {
    u32::try_from(ms.div_euclid(1000)).unwrap_or(if ms < 0 { 0 } else { u32::MAX })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_visit_counts_for_its_window() {
        let history = History::new(1000);
        let hour_ms = S_PER_HOUR * 1000;
        let now = 1_795_305_600_000;
        history.learn(KeptVisit { visit: Visit(7), at_ms: now, forget_ms: now + 48 * hour_ms });
        assert!(history.was_sent(Visit(7), 24, now + 24 * hour_ms));
        assert!(!history.was_sent(Visit(7), 24, now + 24 * hour_ms + 1000));
        assert!(!history.was_sent(Visit(8), 24, now));
        // An older one that arrives late takes nothing back.
        history.learn(KeptVisit { visit: Visit(7), at_ms: now - hour_ms, forget_ms: now });
        assert!(history.was_sent(Visit(7), 24, now + 24 * hour_ms));
        assert!(!history.claim(Visit(7), 24, now) && history.claim(Visit(9), 24, now));
        assert!(!history.claim(Visit(9), 24, now), "of two clicks one is the first");
        history.forget(Visit(9));
        assert!(!history.was_sent(Visit(9), 24, now));
        history.expire(now + 48 * hour_ms);
        assert_eq!(history.count(), 0);
    }
}
