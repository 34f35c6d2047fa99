//! Where a drained batch goes. Sinks decide nothing: they deliver a batch whole, or say why not.

pub mod breaker;
pub mod central;
pub mod redpanda;

use std::{fmt, time::Duration};

use traffoflex_model::NodeId;

use crate::outbox::batch::TopicBatch;

/// `EVENT_SINK`.
pub enum Sink {
    /// HTTP batches to api-service: no broker needed.
    Central(central::CentralSink),
    /// Kafka protocol.
    Redpanda(redpanda::RedpandaSink),
}

/// A batch that did not go through. Every failure is retried: an event leaves the outbox only
/// when the sink has it.
#[derive(Debug)]
pub struct SinkError {
    pub message: String,
    /// The sink's own wish.
    pub retry_after: Option<Duration>,
    /// Waiting will not help: a token, an address or a version must be put right.
    pub operator_must_act: bool,
}

impl fmt::Display for SinkError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for SinkError {}

impl Sink {
    pub fn name(&self) -> &'static str {
        match self {
            Self::Central(_) => "central",
            Self::Redpanda(_) => "redpanda",
        }
    }

    /// Returns when the sink has acknowledged every event of the batch.
    pub async fn send(&self, batch: &TopicBatch, node_id: &NodeId, node_epoch: u64) -> Result<(), SinkError> {
        match self {
            Self::Central(sink) => sink.send(batch, node_id, node_epoch).await,
            Self::Redpanda(sink) => sink.send(batch).await,
        }
    }
}
