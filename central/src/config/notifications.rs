//! What webhooks are told of.

use std::time::Duration;

#[derive(Debug, Clone, clap::Args)]
pub struct NotificationConfig {
    /// How long nothing is heard of a node until it counts as offline, in seconds.
    #[arg(long, env = "NODE_OFFLINE_AFTER_SECONDS", default_value_t = 120, value_parser = clap::value_parser!(u64).range(5..=86_400))]
    pub node_offline_after_seconds: u64,
}

impl NotificationConfig {
    pub fn offline_after(&self) -> Duration {
        Duration::from_secs(self.node_offline_after_seconds)
    }
}
