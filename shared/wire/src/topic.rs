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
    ConversionEvents,
    PostbackLogEvents,
}

impl Topic {
    pub const ALL: [Topic; 6] = [
        Topic::ClickEvents,
        Topic::TrafficbackEvents,
        Topic::NodeGapEvents,
        Topic::DestinationHealthEvents,
        Topic::ConversionEvents,
        Topic::PostbackLogEvents,
    ];

    /// The table's name, and the `{topic}` of `POST /internal/v1/events/{topic}`.
    pub fn table(self) -> &'static str {
        match self {
            Topic::ClickEvents => "click_events",
            Topic::TrafficbackEvents => "trafficback_events",
            Topic::NodeGapEvents => "node_gap_events",
            Topic::DestinationHealthEvents => "destination_health_events",
            Topic::ConversionEvents => "conversion_events",
            Topic::PostbackLogEvents => "postback_log_events",
        }
    }

    /// Where every event of the topic is kept with its number. A version of a conversion gives way to the
    /// next in its own table, so there the numbers alone do not stay dense.
    pub fn sequence_table(self) -> &'static str {
        match self {
            Topic::ConversionEvents => "conversion_versions",
            other => other.table(),
        }
    }

    /// The Kafka topic's default name.
    pub fn kafka_name(self) -> &'static str {
        match self {
            Topic::ClickEvents => "traffoflex.click_events",
            Topic::TrafficbackEvents => "traffoflex.trafficback_events",
            Topic::NodeGapEvents => "traffoflex.node_gap_events",
            Topic::DestinationHealthEvents => "traffoflex.destination_health_events",
            Topic::ConversionEvents => "traffoflex.conversion_events",
            Topic::PostbackLogEvents => "traffoflex.postback_log_events",
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
            Topic::ConversionEvents => 5,
            Topic::PostbackLogEvents => 6,
        }
    }

    pub fn from_code(code: u8) -> Option<Topic> {
        Topic::ALL.into_iter().find(|t| t.code() == code)
    }
}
