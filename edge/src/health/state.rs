//! From the results of probes to the health of a destination. Pure.
//!
//! - `unknown` until the first probe; a success makes it `healthy` at once.
//! - A failure makes `unknown` and `healthy` `degraded`, and so many in a row `unhealthy`.
//! - From either, so many successes in a row lead back to `healthy`.
//!
//! Only `unhealthy` keeps clicks away.

use std::num::NonZeroU32;

use traffoflex_model::Health;

#[derive(Debug, Clone, Copy)]
pub struct Thresholds {
    /// In a row, until unhealthy.
    pub failures: NonZeroU32,
    /// In a row, until healthy again.
    pub successes: NonZeroU32,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HealthState {
    current: Health,
    /// UTC milliseconds.
    since_ms: i64,
    /// Results of the same kind in a row, the last one included.
    streak: u32,
    last_succeeded: bool,
    /// Whether it was healthy at any time.
    was_healthy: bool,
}

impl HealthState {
    pub fn new(now_ms: i64) -> Self {
        Self {
            current: Health::Unknown,
            since_ms: now_ms,
            streak: 0,
            last_succeeded: false,
            was_healthy: false,
        }
    }

    pub fn current(&self) -> Health {
        self.current
    }

    pub fn since_ms(&self) -> i64 {
        self.since_ms
    }

    /// Whether clicks may go there; none: the probes so far do not tell.
    pub fn opinion(&self) -> Option<bool> {
        match self.current {
            Health::Healthy => Some(true),
            Health::Unhealthy => Some(false),
            Health::Degraded => self.was_healthy.then_some(true),
            Health::Unknown => None,
        }
    }

    /// Takes the result of a probe; the state that it ended, if it did.
    pub fn observe(&mut self, succeeded: bool, at_ms: i64, thresholds: Thresholds) -> Option<Health> {
        self.streak = if succeeded == self.last_succeeded { self.streak.saturating_add(1) } else { 1 };
        self.last_succeeded = succeeded;
        let next = match (self.current, succeeded) {
            (Health::Unknown | Health::Healthy, true) => Health::Healthy,
            (Health::Degraded | Health::Unhealthy, true) if self.streak >= thresholds.successes.get() => {
                Health::Healthy
            }
            (Health::Unhealthy, false) => Health::Unhealthy,
            (_, false) if self.streak >= thresholds.failures.get() => Health::Unhealthy,
            (_, false) => Health::Degraded,
            (current, true) => current,
        };
        self.was_healthy |= next == Health::Healthy;
        if next == self.current {
            return None;
        }
        self.since_ms = at_ms;
        Some(std::mem::replace(&mut self.current, next))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn thresholds(failures: u32, successes: u32) -> Thresholds {
        let number = |n| NonZeroU32::new(n).unwrap();
        Thresholds { failures: number(failures), successes: number(successes) }
    }

    /// States after each result, `+` or `-`.
    fn states(results: &str) -> Vec<Health> {
        let mut state = HealthState::new(0);
        let after = |(at, result)| {
            state.observe(result == '+', at as i64, thresholds(3, 2));
            state.current()
        };
        results.chars().enumerate().map(after).collect()
    }

    #[test]
    fn three_failures_in_a_row_and_two_successes_back() {
        use Health::{Degraded as D, Healthy as H, Unhealthy as U};
        assert_eq!(states("+---+-++"), [H, D, D, U, U, U, U, H]);
        assert_eq!(states("---"), [D, D, U]);
        assert_eq!(states("+--+--+-"), [H, D, D, D, D, D, D, D], "never three, never two");
        assert_eq!(states("-+-++"), [D, D, D, D, H]);
        assert_eq!(states("--+---"), [D, D, D, D, D, U]);
    }

    #[test]
    fn there_is_no_opinion_before_something_is_known() {
        let mut state = HealthState::new(0);
        assert_eq!(state.opinion(), None);
        state.observe(false, 1, thresholds(3, 2));
        assert_eq!((state.current(), state.opinion()), (Health::Degraded, None));
        state.observe(true, 2, thresholds(3, 2));
        state.observe(true, 3, thresholds(3, 2));
        state.observe(false, 4, thresholds(3, 2));
        assert_eq!((state.current(), state.opinion()), (Health::Degraded, Some(true)));
        assert_eq!(state.since_ms(), 4);
    }

    proptest! {
        /// Against the definition, read off the whole history.
        #[test]
        fn the_state_is_what_the_history_says(
            results in prop::collection::vec(any::<bool>(), 1..60), failures in 1..5_u32, successes in 1..5_u32,
        ) {
            let mut state = HealthState::new(0);
            for n in 1..=results.len() {
                let before = state.current();
                let (succeeded, at) = (results[n - 1], n as i64);
                let ended = state.observe(succeeded, at, thresholds(failures, successes));
                prop_assert_eq!(ended.is_some(), before != state.current());
                prop_assert_eq!(ended.unwrap_or(before), before);
                prop_assert_eq!(ended.is_some(), state.since_ms() == at);

                let run = results[..n].iter().rev().take_while(|result| **result == succeeded).count() as u32;
                let legal = match (before, state.current()) {
                    (_, Health::Unhealthy) if !succeeded => run >= failures || before == Health::Unhealthy,
                    (Health::Unhealthy, Health::Unhealthy) => succeeded && run < successes,
                    (Health::Unknown | Health::Healthy, Health::Healthy) => succeeded,
                    (Health::Degraded | Health::Unhealthy, Health::Healthy) => succeeded && run >= successes,
                    (Health::Degraded, Health::Degraded) if succeeded => run < successes,
                    (Health::Unknown | Health::Healthy | Health::Degraded, Health::Degraded) => {
                        !succeeded && run < failures
                    }
                    _ => false,
                };
                prop_assert!(legal, "{before:?} -> {:?} after {run} x {succeeded}", state.current());
            }
        }
    }
}
