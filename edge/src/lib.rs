//! The edge: what runs on a node near the traffic.

pub mod backoff;
pub mod clock;
pub mod config;
pub mod database_file;
pub mod outbox;
pub mod sink;
pub mod snapshot;
