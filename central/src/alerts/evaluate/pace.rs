//! How often a workspace comes to look at its rules, and what follows for time at which nobody looked.

use std::time::{Duration, Instant};

/// Looks that may be missed without the time between them counting as unseen.
const GAP_LOOKS: u32 = 4;
/// However short the interval.
const MIN_GAP: Duration = Duration::from_secs(60);

/// Of one workspace, as long as this process evaluates.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    interval: Duration,
    /// The last turn from its beginning to its end; nothing before the first one.
    took: Duration,
    began: Instant,
    pub is_under_way: bool,
}

impl Pace {
    pub fn new(interval: Duration) -> Self {
        Self { interval, took: Duration::ZERO, began: Instant::now(), is_under_way: false }
    }

    pub fn begin(&mut self) {
        (self.began, self.is_under_way) = (Instant::now(), true);
    }

    pub fn end(&mut self) {
        (self.took, self.is_under_way) = (self.began.elapsed(), false);
    }

    pub fn took(&self) -> Duration {
        self.took
    }

    /// How long after one evaluation of a rule the next one may come for the time between them to count as seen.
    ///
    /// Between two evaluations of a rule lie the rest of one turn, the wait for a tick and the part of the next turn
    /// that has gone by. As long as this process goes on, that is always within the gap, however slow the rules
    /// of the workspace are.
    pub fn max_gap(&self) -> Duration {
        self.gap(self.began.elapsed())
    }

    fn gap(&self, elapsed: Duration) -> Duration {
        (GAP_LOOKS * self.interval.max(self.took).max(elapsed)).max(MIN_GAP)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn pace(interval: u32, took: u32) -> Pace {
        Pace { took: took * SECOND, ..Pace::new(interval * SECOND) }
    }

    #[test]
    fn slow_rules_are_seen_as_often_as_they_are_looked_at() {
        assert_eq!(pace(30, 1).gap(SECOND), 120 * SECOND);
        assert_eq!(pace(1, 0).gap(SECOND), 60 * SECOND);
        // Six rules of 25 s: the last one is looked at again 30 + 150 s after it was, and the time counts.
        for rule in 1..=6 {
            let since = (150 - rule * 25) + 30 + rule * 25;
            assert!(pace(30, 150).gap(rule * 25 * SECOND) > since * SECOND);
        }
        // The turn before was quick and this one is not.
        assert!(pace(30, 1).gap(500 * SECOND) > (1 + 30 + 500) * SECOND);
    }
}
