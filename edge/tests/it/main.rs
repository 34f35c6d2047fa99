//! traffic-service against the real thing: api-service, MongoDB, ClickHouse and Kafka as processes.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod ads;
mod bad_input;
mod bots;
mod caps;
mod click;
mod domains;
mod health;
mod landing;
mod links;
mod node_report;
mod outage;
mod outbound;
mod postback;
mod reconciliation;
mod restart;
mod routing;
mod runtime;
mod storage;
mod world;
