//! api-service against real MongoDB, ClickHouse and Kafka.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod catalog;
mod ingest;
mod kafka;
mod leases;
mod report;
mod snapshot;
mod world;
