//! Central: owns the configuration, hands it to the nodes, takes their events, answers reports.

pub mod admin;
pub mod app;
pub mod audit;
pub mod auth;
pub mod catalog;
pub mod config;
pub mod costs;
mod csv_rows;
pub mod dead_letters;
pub mod domains;
pub mod edge_api;
pub mod error;
pub mod health;
pub mod ingest;
pub mod money;
pub mod node_clocks;
pub mod node_presence;
pub mod notifications;
pub mod postback_nodes;
pub mod readiness;
pub mod report;
mod rfc3339;
pub mod router;
pub mod runtime_feed;
pub mod snapshot;
pub mod warehouse;
