//! The outbox: what is kept, how it is acknowledged, and what happens when it cannot be.

use std::time::Duration;

use super::NodeConfig;
use crate::outbox::{AckMode, OutboxOptions, WriteFailurePolicy};

#[derive(Debug, Clone, clap::Args)]
pub struct OutboxConfig {
    /// committed: answer a click after its event is on disk; buffered: after the hand-over.
    #[arg(long, env = "OUTBOX_ACK", value_enum, default_value = "committed")]
    pub outbox_ack: AckMode,

    /// Most bytes of events that the sink has not taken yet.
    #[arg(long, env = "OUTBOX_MAX_BYTES", default_value_t = 1 << 30)]
    pub outbox_max_bytes: u64,

    /// open: redirect a click whose event cannot be kept, and count it as dropped; closed: answer 503.
    #[arg(long, env = "EVENT_WRITE_FAILURE_POLICY", value_enum, default_value = "open")]
    pub write_failure_policy: WriteFailurePolicy,

    /// Most clicks that wait for the disk at once.
    #[arg(long, env = "OUTBOX_QUEUE_CLICKS", default_value_t = 65_536, value_parser = clap::value_parser!(u32).range(1..=4_194_304))]
    pub outbox_queue_clicks: u32,

    /// How long `buffered` mode gathers before it commits, in milliseconds: the loss window.
    #[arg(long, env = "OUTBOX_BUFFERED_FLUSH_MS", default_value_t = 10)]
    pub outbox_buffered_flush_ms: u64,
}

impl OutboxConfig {
    pub fn options(&self, node: &NodeConfig, now_ms: fn() -> i64) -> OutboxOptions {
        OutboxOptions {
            dir: node.data_dir.clone(),
            node_id: node.node_id.clone(),
            ack: self.outbox_ack,
            policy: self.write_failure_policy,
            max_bytes: self.outbox_max_bytes,
            queue_clicks: self.outbox_queue_clicks as usize,
            buffered_flush: Duration::from_millis(self.outbox_buffered_flush_ms),
            now_ms,
        }
    }
}
