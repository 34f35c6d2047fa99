//! How erasures are proven and repeated.

use std::time::Duration;

#[derive(Debug, Clone, clap::Args)]
pub struct PrivacyConfig {
    /// How often what was erased is looked for again among the events that arrived since, in seconds.
    #[arg(long, env = "ERASURE_RECHECK_SECONDS", default_value_t = 60, value_parser = clap::value_parser!(u64).range(1..=3600))]
    pub erasure_recheck_seconds: u64,

    /// How long after an erasure found nothing left it looks once more before it is done, in seconds: what was being
    /// written meanwhile has arrived by then.
    #[arg(long, env = "ERASURE_SETTLE_SECONDS", default_value_t = 120, value_parser = clap::value_parser!(u64).range(0..=86_400))]
    pub erasure_settle_seconds: u64,
}

impl PrivacyConfig {
    pub fn recheck(&self) -> Duration {
        Duration::from_secs(self.erasure_recheck_seconds)
    }

    pub fn settle_ms(&self) -> i64 {
        self.erasure_settle_seconds as i64 * 1000
    }
}
