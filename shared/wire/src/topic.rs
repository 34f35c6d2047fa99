//! Topics, and the tables of the same name. A closed set: one variant, one event type, one table.

use serde::{Deserialize, Serialize};

/// Partitions of every topic, keyed by click id.
pub const PARTITIONS: i32 = 12;
/// Replicas where the cluster has that many brokers.
pub const REPLICATION: i32 = 3;
/// How long a topic keeps messages: 7 days.
pub const RETENTION_MS: i64 = 7 * 24 * 3600 * 1000;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Topic {
    ClickEvents,
    TrafficbackEvents,
    /// Sequence numbers a node gave to events it could not store.
    NodeGapEvents,
    DestinationHealthEvents,
}

impl Topic {
    pub const ALL: [Topic; 4] =
        [Topic::ClickEvents, Topic::TrafficbackEvents, Topic::NodeGapEvents, Topic::DestinationHealthEvents];

    /// The table's name, and the `{topic}` of `POST /internal/v1/events/{topic}`.
    pub fn table(self) -> &'static str {
        match self {
            Topic::ClickEvents => "click_events",
            Topic::TrafficbackEvents => "trafficback_events",
            Topic::NodeGapEvents => "node_gap_events",
            Topic::DestinationHealthEvents => "destination_health_events",
        }
    }

    /// The Kafka topic's default name.
    pub fn kafka_name(self) -> &'static str {
        match self {
            Topic::ClickEvents => "traffoflex.click_events",
            Topic::TrafficbackEvents => "traffoflex.trafficback_events",
            Topic::NodeGapEvents => "traffoflex.node_gap_events",
            Topic::DestinationHealthEvents => "traffoflex.destination_health_events",
        }
    }

    pub fn from_table(name: &str) -> Option<Topic> {
        Topic::ALL.into_iter().find(|t| t.table() == name)
    }

    /// In an outbox record. Never reused.
    pub fn code(self) -> u8 {
        match self {
            Topic::ClickEvents => 1,
            Topic::TrafficbackEvents => 2,
            Topic::NodeGapEvents => 3,
            Topic::DestinationHealthEvents => 4,
        }
    }

    pub fn from_code(code: u8) -> Option<Topic> {
        Topic::ALL.into_iter().find(|t| t.code() == code)
    }
}
