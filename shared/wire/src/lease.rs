//! `POST /internal/v1/leases`: a node reports what it spent of caps and asks for more.
//!
//! JSON, [`LeaseRequest`] to [`LeaseResponse`]. Sending a request again changes nothing: see
//! [`traffoflex_model::CapAsk`]. 400 refuses the whole request; 503 asks to come again, and so does an
//! answer that does not name a cap.

use serde::{Deserialize, Serialize};
use traffoflex_model::{CapAsk, CapGrant, NodeId};

pub const PATH: &str = "/internal/v1/leases";
/// Most caps in a request.
pub const MAX_ASKS: usize = 500;
/// Most buckets of one cap in a request: a window has 61 steps.
pub const MAX_BUCKETS: usize = 128;
/// Largest request, in bytes.
pub const MAX_BODY_BYTES: usize = 4 << 20;
/// Longest time a lease may be valid for, in milliseconds: a week.
pub const MAX_TTL_MS: i64 = 7 * 24 * 3600 * 1000;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeaseRequest {
    pub node_id: NodeId,
    /// Identifies the node's lease file: totals begin anew with each.
    pub lease_epoch: i64,
    /// How long the node spends what it holds after an answered request, in milliseconds, counted
    /// from before it sent that.
    pub ttl_ms: i64,
    /// By the node's clock, UTC milliseconds. A node whose clock is too far behind is granted nothing;
    /// none: a build that does not say, and is believed.
    #[serde(default)]
    pub sent_at_ms: Option<i64>,
    pub asks: Vec<CapAsk>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeaseResponse {
    pub grants: Vec<CapGrant>,
    /// Caps that central does not know, or not yet.
    pub unknown: Vec<u64>,
}
