//! api-service against real MongoDB, ClickHouse and Kafka.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod catalog;
mod costs;
mod domains;
mod health;
mod ingest;
mod kafka;
mod leases;
mod ledger;
mod links;
mod money;
mod rebuild;
mod report;
mod runtime;
mod snapshot;
mod world;
