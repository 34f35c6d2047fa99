//! Who was sent where.

use std::sync::{PoisonError, RwLock};

use hashbrown::HashMap;
use traffoflex_routing::runtime::Visit;

const MS_PER_HOUR: i64 = 3_600_000;

/// Latest time of each visit, UTC milliseconds.
#[derive(Default)]
pub struct History(RwLock<HashMap<Visit, i64>>);

impl History {
    pub fn was_sent(&self, visit: Visit, window_hours: u32, now_ms: i64) -> bool {
        let visits = self.0.read().unwrap_or_else(PoisonError::into_inner);
        visits.get(&visit).is_some_and(|at_ms| now_ms - at_ms < i64::from(window_hours) * MS_PER_HOUR)
    }

    /// Takes over visits at other nodes. The same again changes nothing.
    pub fn learn(&self, visits: impl Iterator<Item = (Visit, i64)>) {
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        for (visit, at_ms) in visits {
            let latest = known.entry(visit).or_insert(at_ms);
            *latest = at_ms.max(*latest);
        }
    }
}
