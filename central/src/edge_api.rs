//! What nodes call: `/internal/v1/*`, with a node or operator token.

pub mod leases;
pub mod snapshot;
