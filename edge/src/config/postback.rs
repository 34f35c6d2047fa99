//! postback-service: takes postbacks on a node, keeps them, and makes conversions of them.

use std::{net::SocketAddr, path::PathBuf, time::Duration};

use traffoflex_model::{NodeId, NodeIdError};

use super::{
    AddressConfig, DrainConfig, NodeConfig, OutboundConfig, OutboxConfig, ProcessConfig, SinkConfig,
};
use crate::{
    clock::now_ms,
    outbox::{AckMode, OutboxOptions, WriteFailurePolicy},
};

/// What tells its events from those of a traffic-service of the same `NODE_ID`.
const NODE_ID_SUFFIX: &str = "-pb";
/// Its files, within `EDGE_DATA_DIR`.
const DATA_SUBDIRECTORY: &str = "postback";
const MS_PER_HOUR: i64 = 3_600_000;

/// `CLICK_LOOKUP_FAILURE_POLICY`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum LookupFailurePolicy {
    /// A conversion counts at once, and is tied to its click when that is found.
    #[default]
    Open,
    /// A conversion counts only once its click was found, or is too old to come.
    Closed,
}

/// postback-service: takes postbacks on a node, keeps them, and makes conversions of them.
#[derive(Debug, Clone, clap::Parser)]
#[command(name = "postback-service", version, about)]
pub struct PostbackConfig {
    /// Address and port to listen on; port 0 picks a free one, named in the `listening` log line.
    #[arg(long, env = "POSTBACK_SERVICE_ADDR", default_value = "0.0.0.0:8081")]
    pub addr: SocketAddr,
    #[command(flatten)]
    pub process: ProcessConfig,
    #[command(flatten)]
    pub node: NodeConfig,
    #[command(flatten)]
    pub addresses: AddressConfig,
    #[command(flatten)]
    pub outbox: OutboxConfig,
    #[command(flatten)]
    pub drain: DrainConfig,
    #[command(flatten)]
    pub sink: SinkConfig,
    #[command(flatten)]
    pub journal: JournalConfig,
    #[command(flatten)]
    pub outbound: OutboundConfig,
}

#[derive(Debug, Clone, clap::Args)]
pub struct JournalConfig {
    /// How long central may take to find clicks, in milliseconds.
    #[arg(long, env = "CLICK_LOOKUP_TIMEOUT_MS", default_value_t = 5_000, value_parser = clap::value_parser!(u64).range(1..=600_000))]
    pub click_lookup_timeout_ms: u64,

    /// open: a postback whose click cannot be found yet counts without it, and is tied to it later; closed:
    /// it counts once its click was found or is too old to come.
    #[arg(long, env = "CLICK_LOOKUP_FAILURE_POLICY", value_enum, default_value = "open")]
    pub click_lookup_failure_policy: LookupFailurePolicy,

    /// How long a click is looked for after its postback came, in hours.
    #[arg(long, env = "CLICK_LOOKUP_MAX_AGE_HOURS", default_value_t = 72, value_parser = clap::value_parser!(u32).range(0..=8_760))]
    pub click_lookup_max_age_hours: u32,

    /// Most postbacks accepted and not yet settled; beyond, postbacks are answered 503. About 1 KB of disk each.
    #[arg(long, env = "POSTBACK_JOURNAL_MAX", default_value_t = 10_000_000, value_parser = clap::value_parser!(u64).range(1..=1_000_000_000))]
    pub postback_journal_max: u64,

    /// How long this node knows a conversion after its last postback, in days. About 150 bytes of disk each.
    #[arg(long, env = "POSTBACK_DEDUPE_DAYS", default_value_t = 90, value_parser = clap::value_parser!(u32).range(1..=3_650))]
    pub postback_dedupe_days: u32,
}

impl JournalConfig {
    pub fn lookup_timeout(&self) -> Duration {
        Duration::from_millis(self.click_lookup_timeout_ms)
    }

    pub fn lookup_max_age_ms(&self) -> i64 {
        i64::from(self.click_lookup_max_age_hours) * MS_PER_HOUR
    }

    pub fn dedupe_ms(&self) -> i64 {
        i64::from(self.postback_dedupe_days) * 24 * MS_PER_HOUR
    }
}

impl PostbackConfig {
    /// Under its own name and in a directory of its own, beside a traffic-service of the same settings.
    pub fn own_node(mut self) -> Result<Self, NodeIdError> {
        self.node.node_id = NodeId::parse(&format!("{}{NODE_ID_SUFFIX}", self.node.node_id))?;
        self.node.data_dir = self.data_dir();
        Ok(self)
    }

    fn data_dir(&self) -> PathBuf {
        self.node.data_dir.join(DATA_SUBDIRECTORY)
    }

    /// A postback is answered once it is on disk and not otherwise, whatever was set for clicks.
    pub fn outbox_options(&self) -> OutboxOptions {
        OutboxOptions {
            ack: AckMode::Committed,
            policy: WriteFailurePolicy::Closed,
            ..self.outbox.options(&self.node, now_ms)
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::{CommandFactory, Parser};

    use super::*;

    #[test]
    fn the_example_lists_every_variable_with_its_default() {
        let missing = traffoflex_local::example::missing(&PostbackConfig::command());
        assert!(missing.is_empty(), "not in .env.example: {missing:?}");
    }

    #[test]
    fn a_postback_is_never_answered_before_it_is_on_disk() {
        let arguments = ["postback-service", "--node-token", "node-token-123456", "--outbox-ack", "buffered"];
        let config = PostbackConfig::parse_from(arguments).own_node().unwrap();
        let options = config.outbox_options();
        assert_eq!((options.ack, options.policy), (AckMode::Committed, WriteFailurePolicy::Closed));
        assert_eq!(options.node_id.as_str(), "node-1-pb");
        assert_eq!(options.dir, PathBuf::from("./edge-data/postback"));
    }
}
