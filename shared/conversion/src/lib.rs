//! What a postback says, whether it is new, and who is to hear of it. PURE: no clock, chance, network or
//! disk; those are arguments.
//!
//! [`dedupe_key`] names a conversion the same way on every node; [`claim`] makes its versions.

pub mod claim;
pub mod dedupe_key;

use serde::Serialize;

/// What is wrong with a field of a postback.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FieldError {
    /// The field's own name, for example `transaction_id`.
    pub field: String,
    pub error: String,
}
