//! How often alert rules are looked at.

use std::time::Duration;

#[derive(Debug, Clone, clap::Args)]
pub struct AlertConfig {
    /// How often the conditions of alert rules are evaluated, in seconds.
    #[arg(long, env = "ALERT_EVALUATION_SECONDS", default_value_t = 30, value_parser = clap::value_parser!(u64).range(1..=3600))]
    pub alert_evaluation_seconds: u64,
}

impl AlertConfig {
    pub fn interval(&self) -> Duration {
        Duration::from_secs(self.alert_evaluation_seconds)
    }
}
