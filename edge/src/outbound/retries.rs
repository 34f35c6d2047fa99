//! When a call that failed is made again.

use std::{num::NonZeroU32, time::Duration};

use crate::backoff;

/// Exponential with full jitter, so that what failed together does not come back together.
#[derive(Debug, Clone, Copy)]
pub struct Retries {
    /// After so many a call becomes a dead letter.
    pub max_attempts: NonZeroU32,
    /// Bound of the first wait.
    pub first: Duration,
    /// Bound of every wait.
    pub max: Duration,
}

/// Least part of the bound that is waited: never a busy loop.
const LEAST: f64 = 0.05;

impl Retries {
    /// The wait after `made` attempts, in milliseconds; none when there may be no more. `jitter` is drawn
    /// evenly from 0 to 1. What the other side asked for is waited at least, within the longest wait.
    pub fn wait_ms(&self, made: u32, asked_for: Option<Duration>, jitter: f64) -> Option<i64> {
        if made >= self.max_attempts.get() {
            return None;
        }
        let bound = backoff::doubled(self.first, self.max, made.saturating_sub(1));
        let drawn = bound.mul_f64(jitter.clamp(LEAST, 1.0));
        let wait = drawn.max(asked_for.unwrap_or_default().min(self.max));
        // Waits are at most a day: the settings see to that.
        Some(wait.as_millis().max(1) as i64)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn retries(max_attempts: u32, first_ms: u64, max_ms: u64) -> Retries {
        Retries {
            max_attempts: NonZeroU32::new(max_attempts).unwrap(),
            first: Duration::from_millis(first_ms),
            max: Duration::from_millis(max_ms),
        }
    }

    #[test]
    fn the_bounds_double_up_to_the_longest() {
        let retries = retries(13, 2_000, 1_800_000);
        let bounds: Vec<_> = (1..=13).map(|made| retries.wait_ms(made, None, 1.0)).collect();
        let seconds = [2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 1800, 1800];
        let expected: Vec<_> = seconds.iter().map(|s| Some(s * 1000)).chain([None]).collect();
        assert_eq!(bounds, expected);
        assert_eq!(retries.wait_ms(3, None, 0.5), Some(4_000));
        assert_eq!(retries.wait_ms(3, None, 0.0), Some(400), "never at once");
    }

    #[test]
    fn what_the_other_side_asks_for_is_waited_within_the_longest_wait() {
        let retries = retries(12, 2_000, 60_000);
        assert_eq!(retries.wait_ms(1, Some(Duration::from_secs(30)), 0.1), Some(30_000));
        assert_eq!(retries.wait_ms(1, Some(Duration::from_secs(90_000)), 0.1), Some(60_000));
        assert_eq!(retries.wait_ms(5, Some(Duration::ZERO), 1.0), Some(32_000));
        assert_eq!(retries.wait_ms(12, Some(Duration::from_secs(1)), 1.0), None);
    }

    proptest! {
        #[test]
        fn every_wait_is_within_its_bound(
            made in 1..40_u32, max_attempts in 1..40_u32, first in 1..100_000_u64, more in 0..10_000_000_u64,
            jitter in 0.0..=1.0_f64, asked in proptest::option::of(0..20_000_000_u64),
        ) {
            let retries = retries(max_attempts, first, first + more);
            let wait = retries.wait_ms(made, asked.map(Duration::from_millis), jitter);
            prop_assert_eq!(wait.is_none(), made >= max_attempts);
            if let Some(wait) = wait {
                let bound = (u128::from(first) << (made - 1).min(60)).min(u128::from(first + more)) as i64;
                let asked = asked.unwrap_or(0).min(first + more) as i64;
                prop_assert!(wait <= bound.max(asked).max(1), "{wait} {bound}");
                prop_assert!(wait >= asked && wait >= 1 && wait >= bound / 21);
            }
        }
    }
}
