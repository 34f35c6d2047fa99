//! What a postback says, whether it is new, and who is to hear of it. PURE: no clock, chance, network or
//! disk; those are arguments.
//!
//! In the order in which a postback meets them: [`fields`] (what arrived), [`intake`] (whose it is and who may
//! send it), [`normalise`] (what it says), [`dedupe_key`] (which conversion that is, the same on every node),
//! [`verdict`] (whether this node knew it), [`attribution`] (which click it belongs to), [`claim`] (the
//! conversion's versions, made by central), [`outbound`] (who is called about it). [`explain`] runs the same
//! functions and tells each step; [`presets`] are ready templates for networks and sources.

pub mod amount;
pub mod attribution;
pub mod claim;
pub mod dedupe_key;
pub mod explain;
pub mod fields;
pub mod intake;
pub mod normalise;
pub mod outbound;
pub mod presets;
pub mod secret;
pub mod status;
pub mod verdict;

use serde::Serialize;

pub use fields::RawFields;
pub use intake::{CompiledIntake, Refusal};
pub use normalise::{Normalised, Postback, normalise};

/// What is wrong with a field of a postback, or of a template.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FieldError {
    /// The field's own name, for example `transaction_id`.
    pub field: String,
    pub error: String,
}

impl FieldError {
    pub fn new(field: impl Into<String>, error: impl Into<String>) -> Self {
        Self { field: field.into(), error: error.into() }
    }
}
