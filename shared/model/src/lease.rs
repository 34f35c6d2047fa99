//! What a node and central tell each other of one cap.
//!
//! Every total counts from the first lease of a node's lease file and only grows, so that a message
//! may be lost, repeated or overtaken: the highest total heard of is the truth.

use serde::{Deserialize, Serialize};

use crate::DestinationId;

/// From a node. Units are [`crate::Cap::SCALE`]ths.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CapAsk {
    /// Hash of destination and cap, the same everywhere.
    pub cap: u64,
    pub destination_id: DestinationId,
    /// As far as the node knows.
    pub granted_units: i64,
    pub returned_units: i64,
    /// As far as the node knows.
    pub written_off_units: i64,
    pub spent_units: i64,
    /// Start of a step of the window, UTC milliseconds, and all that was spent in it. Those that
    /// changed since central last answered.
    pub buckets: Vec<(i64, i64)>,
    /// On top of `granted_units`; 0: nothing is wanted.
    pub want_units: i64,
    /// What one click takes, as far as the node knows: less is of no use to it.
    pub click_units: i64,
}

/// To a node.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CapGrant {
    pub cap: u64,
    pub granted_units: i64,
    /// Of what was granted, what central has taken for spent since the node was silent for too long:
    /// the node must not spend it any more.
    pub written_off_units: i64,
    /// Some node wants more than there is: who holds what it does not need is to return it.
    pub is_scarce: bool,
    /// Central knew nothing of this lease file: the node is to tell every bucket again.
    pub is_new: bool,
}
