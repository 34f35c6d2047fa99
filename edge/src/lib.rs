//! The edge: what runs on a node near the traffic.

pub mod address_guard;
pub mod app;
pub mod backoff;
pub mod bot;
pub mod bounded_body;
pub mod click;
pub mod clock;
pub mod config;
pub mod database_file;
pub mod error;
pub mod health;
pub mod internal;
pub mod lookup;
pub mod node_base;
pub mod node_report;
pub mod outbound;
pub mod outbox;
pub mod postback;
pub mod postback_app;
pub mod process;
pub mod readiness;
mod request_error;
pub mod router;
pub mod runtime;
pub mod serve;
pub mod sink;
pub mod snapshot;
