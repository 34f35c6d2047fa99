//! The contract between edge and central, and between both and the outside: the binary codec, the
//! snapshot, lease and event batch APIs, topics, the error body.

pub mod codec;
pub mod error_body;
pub mod event;
pub mod lease;
pub mod snapshot;
pub mod topic;
