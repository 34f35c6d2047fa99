//! Caps that nodes share: how leases are kept, and what happens when there is none.

use std::time::Duration;

use traffoflex_wire::lease::MAX_TTL_MS;

/// `CAP_FAILURE_POLICY`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum CapFailurePolicy {
    /// What cannot be leased is not spent: a cap is never exceeded.
    #[default]
    Closed,
    /// While central is silent, clicks pass without a lease, are counted as overshoot and reported as
    /// spent when it is back.
    Open,
}

#[derive(Debug, Clone, clap::Args)]
pub struct CapsConfig {
    /// What a node does that has nothing left to spend of a cap while central is away. closed: the cap
    /// counts as reached; open: clicks pass.
    #[arg(long, env = "CAP_FAILURE_POLICY", value_enum, default_value = "closed")]
    pub cap_failure_policy: CapFailurePolicy,

    /// How often a node reports what it spent of caps and asks for more, in milliseconds. It asks at
    /// once when one runs dry.
    #[arg(long, env = "CAP_LEASE_INTERVAL_MS", default_value_t = 1_000, value_parser = clap::value_parser!(u32).range(50..=60_000))]
    pub cap_lease_interval_ms: u32,

    /// How long a node spends what it holds of caps without hearing from central, in milliseconds.
    #[arg(long, env = "CAP_LEASE_TTL_MS", default_value_t = 3_600_000, value_parser = clap::value_parser!(i64).range(1_000..=MAX_TTL_MS))]
    pub cap_lease_ttl_ms: i64,
}

/// Central counts as silent so many intervals after the first ask that it did not answer, and not
/// before [`LEAST_SILENCE`].
const SILENT_INTERVALS: u32 = 3;
const LEAST_SILENCE: Duration = Duration::from_secs(5);

impl CapsConfig {
    pub fn interval(&self) -> Duration {
        Duration::from_millis(self.cap_lease_interval_ms.into())
    }

    pub fn silent_after(&self) -> Duration {
        (self.interval() * SILENT_INTERVALS).max(LEAST_SILENCE)
    }
}
