//! A host's breaker: after several failures in a row one call probes while the others wait. It decides and
//! never waits itself; time is an argument, UTC milliseconds.

use std::{num::NonZeroU32, time::Duration};

use crate::backoff::Backoff;

/// Bound of the wait before the first probe.
const FIRST_WAIT: Duration = Duration::from_secs(1);

/// What a call says of its host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sign {
    Works,
    Fails,
    /// The host was not asked.
    Nothing,
}

#[derive(Debug, Clone)]
pub(super) struct Breaker {
    threshold: u32,
    failures: u32,
    open: Option<Open>,
    wait: Backoff,
}

#[derive(Debug, Clone)]
struct Open {
    probe_at_ms: i64,
    /// Number of the job that probes.
    probe: Option<u64>,
}

/// How many calls may begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Admits {
    All,
    /// One, from then on.
    ProbeAt(i64),
    None,
}

impl Breaker {
    pub fn new(threshold: NonZeroU32, max_wait: Duration) -> Self {
        let wait = Backoff::new(FIRST_WAIT.min(max_wait), max_wait);
        Self { threshold: threshold.get(), failures: 0, open: None, wait }
    }

    pub fn admits(&self) -> Admits {
        match &self.open {
            None => Admits::All,
            Some(Open { probe: Some(_), .. }) => Admits::None,
            Some(Open { probe_at_ms, .. }) => Admits::ProbeAt(*probe_at_ms),
        }
    }

    /// A call begins that was admitted.
    pub fn began(&mut self, seq: u64) {
        if let Some(open) = &mut self.open {
            open.probe = Some(seq);
        }
    }

    /// True when this opened it.
    pub fn ended(&mut self, seq: u64, sign: Sign, now_ms: i64) -> bool {
        let is_probe = self.open.as_ref().is_some_and(|open| open.probe == Some(seq));
        match sign {
            Sign::Works => {
                self.failures = 0;
                self.open = None;
                self.wait.reset();
                false
            }
            Sign::Fails => {
                self.failures = self.failures.saturating_add(1);
                let opens = self.open.is_none() && self.failures >= self.threshold;
                // Those that began before it opened say nothing new.
                if opens || is_probe {
                    let wait_ms = self.wait.next_wait().as_millis().max(1) as i64;
                    self.open = Some(Open { probe_at_ms: now_ms + wait_ms, probe: None });
                }
                opens
            }
            Sign::Nothing => {
                if let Some(open) = self.open.as_mut().filter(|_| is_probe) {
                    open.probe = None;
                }
                false
            }
        }
    }

    pub fn failures(&self) -> u32 {
        self.failures
    }

    /// As operators see it.
    pub fn state(&self) -> &'static str {
        match &self.open {
            None => "closed",
            Some(Open { probe: None, .. }) => "open",
            Some(_) => "half_open",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn breaker() -> Breaker {
        Breaker::new(NonZeroU32::new(3).unwrap(), Duration::from_secs(60))
    }

    #[test]
    fn it_opens_probes_one_and_closes() {
        let mut breaker = breaker();
        for seq in 1..=3 {
            assert_eq!(breaker.admits(), Admits::All);
            assert_eq!(breaker.ended(seq, Sign::Fails, 1_000), seq == 3);
        }
        let Admits::ProbeAt(first) = breaker.admits() else { panic!("open") };
        assert!((1_001..=2_000).contains(&first), "{first}");
        // One that began before does not put the probe off.
        assert!(!breaker.ended(4, Sign::Fails, 1_500));
        assert_eq!(breaker.admits(), Admits::ProbeAt(first));
        breaker.began(5);
        assert_eq!((breaker.admits(), breaker.state()), (Admits::None, "half_open"));
        breaker.ended(5, Sign::Fails, 2_000);
        let Admits::ProbeAt(second) = breaker.admits() else { panic!("open again") };
        assert!((2_001..=4_000).contains(&second), "{second}");
        // A probe that never reached the host makes room for another.
        breaker.began(6);
        breaker.ended(6, Sign::Nothing, 5_000);
        assert_eq!(breaker.admits(), Admits::ProbeAt(second));
        breaker.began(7);
        breaker.ended(7, Sign::Works, 6_000);
        assert_eq!((breaker.admits(), breaker.failures()), (Admits::All, 0));
    }

    #[test]
    fn only_failures_in_a_row_count() {
        let mut breaker = breaker();
        for seq in 0..30 {
            let sign = if seq % 3 == 2 { Sign::Works } else { Sign::Fails };
            assert!(!breaker.ended(seq, sign, 0));
        }
        assert_eq!(breaker.admits(), Admits::All);
    }
}
