//! Exponential backoff with full jitter: each wait is drawn evenly from zero to a bound that
//! doubles up to a limit, so that many nodes do not come back at the same moment.

use std::time::Duration;

/// Doublings beyond which any bound is the longest.
const MAX_DOUBLINGS: u32 = 30;

/// The bound of a wait after so many doublings.
pub fn doubled(first: Duration, max: Duration, doublings: u32) -> Duration {
    first.saturating_mul(1 << doublings.min(MAX_DOUBLINGS)).min(max)
}

#[derive(Debug, Clone)]
pub struct Backoff {
    first: Duration,
    max: Duration,
    attempts: u32,
}

impl Backoff {
    pub fn new(first: Duration, max: Duration) -> Self {
        Self { first, max, attempts: 0 }
    }

    pub fn reset(&mut self) {
        self.attempts = 0;
    }

    /// The wait before the next attempt. At least a twentieth of the bound: never a busy loop.
    pub fn next_wait(&mut self) -> Duration {
        let bound = doubled(self.first, self.max, self.attempts);
        self.attempts = self.attempts.saturating_add(1);
        bound.mul_f64(fastrand::f64().max(0.05))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_to_the_limit_and_start_over() {
        let (first, max) = (Duration::from_millis(100), Duration::from_secs(2));
        let mut backoff = Backoff::new(first, max);
        for attempt in 0..40 {
            let bound = first.saturating_mul(1 << attempt.min(20)).min(max);
            let wait = backoff.next_wait();
            assert!(wait <= bound && wait >= bound / 21, "{attempt}: {wait:?}");
        }
        backoff.reset();
        assert!(backoff.next_wait() <= first);
    }
}
