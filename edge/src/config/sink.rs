//! Where events go.

use std::time::Duration;

use anyhow::{Context, Result};

use super::NodeConfig;
use crate::sink::{Sink, central::CentralSink, redpanda::RedpandaSink};

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum SinkKind {
    Central,
    Redpanda,
}

#[derive(Debug, Clone, clap::Args)]
pub struct SinkConfig {
    /// central: batches to api-service; redpanda: messages to EVENT_BROKERS.
    #[arg(long, env = "EVENT_SINK", value_enum, default_value = "central")]
    pub event_sink: SinkKind,

    /// Kafka bootstrap servers, host:port separated by commas. Needed with EVENT_SINK=redpanda.
    #[arg(long, env = "EVENT_BROKERS", default_value = "")]
    pub event_brokers: String,

    #[arg(long, env = "CLICK_EVENTS_TOPIC", default_value = "traffoflex.click_events")]
    pub click_events_topic: String,

    #[arg(long, env = "TRAFFICBACK_EVENTS_TOPIC", default_value = "traffoflex.trafficback_events")]
    pub trafficback_events_topic: String,

    #[arg(long, env = "NODE_GAP_EVENTS_TOPIC", default_value = "traffoflex.node_gap_events")]
    pub node_gap_events_topic: String,

    #[arg(
        long,
        env = "DESTINATION_HEALTH_EVENTS_TOPIC",
        default_value = "traffoflex.destination_health_events"
    )]
    pub destination_health_events_topic: String,

    #[arg(long, env = "CONVERSION_EVENTS_TOPIC", default_value = "traffoflex.conversion_events")]
    pub conversion_events_topic: String,

    #[arg(long, env = "POSTBACK_LOG_EVENTS_TOPIC", default_value = "traffoflex.postback_log_events")]
    pub postback_log_events_topic: String,

    /// How long one batch may take to be acknowledged, in milliseconds.
    #[arg(long, env = "EVENT_WRITE_TIMEOUT_MS", default_value_t = 30_000)]
    pub write_timeout_ms: u64,
}

impl SinkConfig {
    pub fn build(&self, node: &NodeConfig) -> Result<Sink> {
        let timeout = Duration::from_millis(self.write_timeout_ms);
        Ok(match self.event_sink {
            SinkKind::Central => Sink::Central(CentralSink::new(node, timeout)?),
            SinkKind::Redpanda => {
                anyhow::ensure!(!self.event_brokers.is_empty(), "EVENT_SINK=redpanda needs EVENT_BROKERS");
                // In the order of Topic::ALL.
                let topics = [
                    &self.click_events_topic,
                    &self.trafficback_events_topic,
                    &self.node_gap_events_topic,
                    &self.destination_health_events_topic,
                    &self.conversion_events_topic,
                    &self.postback_log_events_topic,
                ];
                let topics = topics.map(Clone::clone);
                Sink::Redpanda(
                    RedpandaSink::new(&self.event_brokers, topics, timeout).context("EVENT_BROKERS")?,
                )
            }
        })
    }
}
