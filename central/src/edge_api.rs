//! What nodes call: `/internal/v1/*`, with a node or operator token.

pub mod clicks;
pub mod conversions;
pub mod health;
pub mod leases;
mod node_report;
pub mod runtime;
pub mod snapshot;
