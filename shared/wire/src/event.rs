//! An event as it leaves a node: its identity and its fields as one flat JSON object, the same in a
//! Kafka message and as a line of `POST /internal/v1/events/{topic}`.
//!
//! The batch API: `Content-Type: application/x-ndjson`, optionally `Content-Encoding: zstd`, one
//! event a line, and the query of [`BatchQuery`]. Sending a batch again changes nothing. The answer
//! is 200 with [`BatchAccepted`] once ClickHouse has the rows; 400 refuses the whole batch (its query
//! or framing is wrong); 503 and 429 ask to come again. A line that is not a valid event is kept in
//! `kafka_ingestion_errors` and counted in `rejected`: sending it again would not mend it.

use serde::{Deserialize, Serialize};
use traffoflex_model::NodeId;

use crate::topic::Topic;

/// Version of the event fields. Fields are only added, with defaults.
pub const SCHEMA: u16 = 1;

/// Largest body of a batch, as sent.
pub const MAX_BATCH_BYTES: usize = 16 << 20;
/// Largest body of a batch after decompression.
pub const MAX_BATCH_RAW_BYTES: usize = 64 << 20;
/// Most lines in a batch.
pub const MAX_BATCH_EVENTS: usize = 50_000;

pub fn path(topic: Topic) -> String {
    format!("/internal/v1/events/{}", topic.table())
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BatchQuery {
    pub node_id: NodeId,
    pub node_epoch: u64,
    /// Lowest `node_seq` in the batch. The batch need not hold every number up to `last_seq`:
    /// other topics share the sequence.
    pub first_seq: u64,
    /// Highest `node_seq` in the batch.
    pub last_seq: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BatchAccepted {
    pub accepted: u64,
    pub rejected: u64,
}

/// Who an event is, for ever. A new outbox file is a new epoch, so a sequence number is never given twice.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct EventIdentity<'a> {
    pub node_id: &'a NodeId,
    pub node_epoch: u64,
    pub node_seq: u64,
}

/// Serialises as one flat object.
#[derive(Serialize)]
struct Enveloped<'a, T> {
    event_id: EventId<'a>,
    node_id: &'a NodeId,
    node_epoch: u64,
    node_seq: u64,
    schema: u16,
    #[serde(flatten)]
    body: &'a T,
}

struct EventId<'a>(&'a EventIdentity<'a>);

impl std::fmt::Display for EventId<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}.{}", self.0.node_id, self.0.node_epoch, self.0.node_seq)
    }
}

impl Serialize for EventId<'_> {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

impl EventIdentity<'_> {
    /// `{node_id}.{node_epoch}.{node_seq}`
    pub fn event_id(&self) -> String {
        EventId(self).to_string()
    }

    /// Appends the event as one JSON object, without a newline.
    pub fn write_json<T: Serialize>(&self, body: &T, out: &mut Vec<u8>) -> serde_json::Result<()> {
        let whole = Enveloped {
            event_id: EventId(self),
            node_id: self.node_id,
            node_epoch: self.node_epoch,
            node_seq: self.node_seq,
            schema: SCHEMA,
            body,
        };
        serde_json::to_writer(out, &whole)
    }
}

/// The identity as read back from a line.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct ReceivedIdentity {
    pub event_id: String,
    pub node_id: NodeId,
    pub node_epoch: u64,
    pub node_seq: u64,
    pub schema: u16,
}

#[cfg(test)]
mod tests {
    use traffoflex_model::{DropReason, NodeGapEvent};

    use super::*;

    #[test]
    fn identity_and_fields_are_one_object() {
        let node_id = NodeId::parse("fra-1").unwrap();
        let identity = EventIdentity { node_id: &node_id, node_epoch: 3, node_seq: 9 };
        let gap = NodeGapEvent { created_at: 5, first_seq: 7, last_seq: 8, reason: DropReason::OutboxFull };
        let mut out = Vec::new();
        identity.write_json(&gap, &mut out).unwrap();
        assert_eq!(
            String::from_utf8(out.clone()).unwrap(),
            r#"{"event_id":"fra-1.3.9","node_id":"fra-1","node_epoch":3,"node_seq":9,"schema":1,"created_at":5,"first_seq":7,"last_seq":8,"reason":"outbox_full"}"#
        );
        let back: ReceivedIdentity = serde_json::from_slice(&out).unwrap();
        assert_eq!(back.event_id, identity.event_id());
    }
}
