//! Destination health between node and central, as JSON.
//!
//! `POST /internal/v1/health` (node to central): a [`HealthBatch`], answered 204. A report says what
//! the node thinks now, not what changed, so that one that is lost is made good by the next.
//!
//! `POST /internal/destinations/{id}/healthcheck` (central to node): probes now, answered 200 with a
//! [`CheckAnswer`], 404 when the node's snapshot has no such destination.

use serde::{Deserialize, Serialize};
use traffoflex_model::{DestinationId, Health, NodeId};

pub const PATH: &str = "/internal/v1/health";
/// Most reports in a batch.
pub const MAX_REPORTS: usize = 1000;
/// Longest text of an error, in bytes.
pub const MAX_ERROR_BYTES: usize = 300;

/// Of a node that probes it.
pub fn check_path(destination: &str) -> String {
    format!("/internal/destinations/{destination}/healthcheck")
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HealthBatch {
    pub node_id: NodeId,
    /// How often the node probes: tells central how long a report holds.
    pub interval_ms: u64,
    pub reports: Vec<HealthReport>,
}

/// What a node thinks of one destination. `unknown`: it has no opinion (any more).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HealthReport {
    pub destination_id: DestinationId,
    pub state: Health,
    /// Since when it is in that state; the node's clock, UTC milliseconds.
    pub since_ms: i64,
    /// Of the last probe.
    pub latency_ms: u32,
    /// Of the last probe; empty when it succeeded.
    #[serde(default)]
    pub error: String,
    /// The node's clock, UTC milliseconds.
    pub checked_at_ms: i64,
}

/// What came of one probe, and where that left the destination.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckAnswer {
    pub node_id: NodeId,
    pub destination_id: DestinationId,
    pub succeeded: bool,
    /// None when there was no answer.
    pub http_status: Option<u16>,
    pub latency_ms: u32,
    /// Empty when it succeeded.
    pub error: String,
    pub checked_at_ms: i64,
    /// `unknown` when the destination has no health check: the probe then counts for nothing.
    pub state: Health,
    pub since_ms: i64,
}
