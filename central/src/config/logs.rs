//! Logs, and when a node lags behind.

use std::time::Duration;

#[derive(Debug, Clone, clap::Args)]
pub struct LogsConfig {
    /// Most connections to `/api/clicks/tail` at once, of each workspace in each process.
    #[arg(long, env = "CLICK_TAIL_MAX_CONNECTIONS", default_value_t = 10, value_parser = tails)]
    pub click_tail_max_connections: usize,

    /// How long a node's oldest event may wait, and how long it may lack the latest configuration, until the node
    /// counts as lagging, in seconds.
    #[arg(long, env = "NODE_LAGGING_AFTER_SECONDS", default_value_t = 60, value_parser = clap::value_parser!(u64).range(1..=86_400))]
    pub node_lagging_after_seconds: u64,
}

impl LogsConfig {
    pub fn lagging_after(&self) -> Duration {
        Duration::from_secs(self.node_lagging_after_seconds)
    }
}

fn tails(text: &str) -> Result<usize, String> {
    let most = text.parse().ok().filter(|most| (1..=1000).contains(most));
    most.ok_or_else(|| "1 to 1000".to_owned())
}
