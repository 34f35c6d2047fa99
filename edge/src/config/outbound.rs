//! Calls to traffic sources and webhooks.

use std::{num::NonZeroU32, path::PathBuf, time::Duration};

use super::health::{Cidrs, cidrs};
use crate::{
    address_guard::AddressGuard,
    clock::now_ms,
    outbound::{OutboundOptions, Retries},
};

#[derive(Debug, Clone, clap::Args)]
pub struct OutboundConfig {
    /// Most calls that wait to be made, on disk: about 2 KB each. One host may have a quarter of them; what is due
    /// to it beyond is a dead letter at once.
    #[arg(long, env = "OUTBOUND_MAX_JOBS", default_value_t = 500_000, value_parser = clap::value_parser!(u32).range(1..=10_000_000))]
    pub outbound_max_jobs: u32,

    /// Most calls under way at once, to all hosts together.
    #[arg(long, env = "OUTBOUND_PARALLELISM", default_value_t = 256, value_parser = clap::value_parser!(u16).range(1..=4096))]
    pub outbound_parallelism: u16,

    /// Most calls under way at once to one scheme, host and port.
    #[arg(long, env = "OUTBOUND_HOST_CONCURRENCY", default_value_t = 4, value_parser = clap::value_parser!(u16).range(1..=256))]
    pub outbound_host_concurrency: u16,

    /// Failures in a row after which one call to a host probes and the others wait.
    #[arg(long, env = "OUTBOUND_BREAKER_FAILURES", default_value = "5")]
    pub outbound_breaker_failures: NonZeroU32,

    /// Longest wait between two such probes of a host, in milliseconds.
    #[arg(long, env = "OUTBOUND_BREAKER_MAX_MS", default_value_t = 60_000, value_parser = clap::value_parser!(u64).range(1..=3_600_000))]
    pub outbound_breaker_max_ms: u64,

    /// How long a call may take, from name resolution to the end of the answer, in milliseconds.
    #[arg(long, env = "OUTBOUND_TIMEOUT_MS", default_value_t = 5_000, value_parser = clap::value_parser!(u64).range(1..=60_000))]
    pub outbound_timeout_ms: u64,

    /// Attempts after which a call becomes a dead letter.
    #[arg(long, env = "OUTBOUND_MAX_ATTEMPTS", default_value = "12")]
    pub outbound_max_attempts: NonZeroU32,

    /// Bound of the wait before the second attempt, in milliseconds; it doubles with each further one.
    #[arg(long, env = "OUTBOUND_RETRY_BACKOFF_MS", default_value_t = 2_000, value_parser = clap::value_parser!(u64).range(1..=3_600_000))]
    pub outbound_retry_backoff_ms: u64,

    /// Longest wait before another attempt, in milliseconds, also when the other side names a longer one.
    #[arg(long, env = "OUTBOUND_RETRY_BACKOFF_MAX_MS", default_value_t = 1_800_000, value_parser = clap::value_parser!(u64).range(1..=86_400_000))]
    pub outbound_retry_backoff_max_ms: u64,

    /// How long a call may wait, also while its host does not answer and it is not tried, in hours; then it is a
    /// dead letter.
    #[arg(long, env = "OUTBOUND_MAX_AGE_HOURS", default_value_t = 24, value_parser = clap::value_parser!(u16).range(1..=8_760))]
    pub outbound_max_age_hours: u16,

    /// Most dead letters kept; beyond, the oldest go.
    #[arg(long, env = "OUTBOUND_MAX_DEAD_LETTERS", default_value_t = 100_000, value_parser = clap::value_parser!(u32).range(1..=10_000_000))]
    pub outbound_max_dead_letters: u32,

    /// How long the key of a call that was made is remembered, so that it is not made again, in days.
    #[arg(long, env = "OUTBOUND_REMEMBER_DAYS", default_value_t = 7, value_parser = clap::value_parser!(u16).range(1..=365))]
    pub outbound_remember_days: u16,

    /// Networks that calls may reach though they are not public, as CIDRs separated by commas. Empty: none.
    #[arg(long, env = "OUTBOUND_ALLOWED_CIDRS", default_value = "", value_parser = cidrs)]
    pub outbound_allowed_cidrs: Cidrs,
}

const MS_PER_HOUR: i64 = 3_600_000;
const MS_PER_DAY: i64 = 86_400_000;

impl OutboundConfig {
    /// `dir` is where `outbound.redb` is.
    pub fn options(&self, dir: PathBuf) -> OutboundOptions {
        OutboundOptions {
            dir,
            max_jobs: self.outbound_max_jobs.into(),
            max_dead_letters: self.outbound_max_dead_letters.into(),
            remember_ms: i64::from(self.outbound_remember_days) * MS_PER_DAY,
            parallelism: self.outbound_parallelism.into(),
            host_concurrency: self.outbound_host_concurrency.into(),
            breaker_failures: self.outbound_breaker_failures,
            breaker_max: Duration::from_millis(self.outbound_breaker_max_ms),
            max_age_ms: i64::from(self.outbound_max_age_hours) * MS_PER_HOUR,
            retries: Retries {
                max_attempts: self.outbound_max_attempts,
                first: Duration::from_millis(self.outbound_retry_backoff_ms),
                max: Duration::from_millis(self.outbound_retry_backoff_max_ms),
            },
            now_ms,
        }
    }

    pub fn timeout(&self) -> Duration {
        Duration::from_millis(self.outbound_timeout_ms)
    }

    pub fn guard(&self) -> AddressGuard {
        AddressGuard::new(self.outbound_allowed_cidrs.0.clone())
    }
}

#[cfg(test)]
mod tests {
    use clap::{Args, Command};

    use super::*;

    #[test]
    fn the_example_lists_every_variable_with_its_default() {
        let command = OutboundConfig::augment_args(Command::new("outbound"));
        let missing = traffoflex_local::example::missing(&command);
        assert!(missing.is_empty(), "not in .env.example: {missing:?}");
    }
}
