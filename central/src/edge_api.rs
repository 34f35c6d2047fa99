//! What nodes call: `/internal/v1/*`, with a node or operator token.

pub mod health;
pub mod runtime;
pub mod snapshot;
