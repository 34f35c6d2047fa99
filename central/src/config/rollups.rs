//! What reports read beside the events.

use std::time::Duration;

#[derive(Debug, Clone, clap::Args)]
pub struct RollupConfig {
    /// on: reports read clicks that were added up by the hour and the day, where that is whole; off: the events alone.
    #[arg(long, env = "REPORT_ROLLUPS", value_enum, default_value = "on")]
    pub report_rollups: Rollups,

    /// How long adding up rests, in milliseconds. It works no more than half of the time.
    #[arg(long, env = "ROLLUP_INTERVAL_MS", default_value_t = 15_000, value_parser = clap::value_parser!(u64).range(100..=3_600_000))]
    pub rollup_interval_ms: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Rollups {
    On,
    Off,
}

impl RollupConfig {
    pub fn is_on(&self) -> bool {
        self.report_rollups == Rollups::On
    }

    pub fn interval(&self) -> Duration {
        Duration::from_millis(self.rollup_interval_ms)
    }
}
