//! The contract between edge and central, and between both and the outside: the binary codec, the
//! snapshot, runtime, lease, event batch, health, conversion and click look-up APIs, topics, the error body.

pub mod click_lookup;
pub mod codec;
pub mod conversion;
pub mod error_body;
pub mod event;
pub mod health;
pub mod lease;
pub mod node_report;
pub mod outbound;
pub mod runtime;
pub mod snapshot;
pub mod topic;
