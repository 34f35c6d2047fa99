//! The contract between edge and central, and between both and the outside: the binary codec, the
//! snapshot, runtime, lease, event batch and health APIs, topics, the error body.

pub mod codec;
pub mod error_body;
pub mod event;
pub mod health;
pub mod lease;
pub mod runtime;
pub mod snapshot;
pub mod topic;
