//! What the node hears of the whole installation.

use std::time::Duration;

#[derive(Debug, Clone, clap::Args)]
pub struct RuntimeConfig {
    /// How often usage of caps, earnings, health and visits at other nodes are asked for, in milliseconds.
    #[arg(long, env = "RUNTIME_PULL_INTERVAL_MS", default_value_t = 10_000, value_parser = clap::value_parser!(u64).range(50..=3_600_000))]
    pub runtime_pull_interval_ms: u64,
}

impl RuntimeConfig {
    pub fn pull_interval(&self) -> Duration {
        Duration::from_millis(self.runtime_pull_interval_ms)
    }
}
