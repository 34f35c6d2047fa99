//! `POST /internal/v1/conversions`: nodes claim what postbacks say, for the whole installation.
//!
//! JSON [`ClaimBatch`] in, [`ClaimAnswers`] out, 200 once MongoDB has it (majority, journal). Claims of a
//! batch are settled in their order. Sending a claim again answers the same again. 400 refuses the whole
//! batch, 503 asks to come again; a claim that cannot be settled in itself is in `refused`.

use serde::{Deserialize, Serialize};
use traffoflex_model::{Claim, Claimed, NodeId};

pub const PATH: &str = "/internal/v1/conversions";
pub const MAX_CLAIMS: usize = 1000;
pub const MAX_BODY_BYTES: usize = 32 << 20;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClaimBatch {
    pub node_id: NodeId,
    pub claims: Vec<Claim>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClaimAnswers {
    pub settled: Vec<Claimed>,
    /// Claims that can never be settled; a node keeps the postback aside and says so.
    pub refused: Vec<RefusedClaim>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefusedClaim {
    pub claim_id: String,
    pub error: String,
}
