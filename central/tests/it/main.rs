//! api-service against real MongoDB, ClickHouse and Kafka.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod catalog;
mod clicks;
mod conversion_import;
mod conversions;
mod dead_letters;
mod costs;
mod domains;
mod health;
mod ingest;
mod kafka;
mod leases;
mod ledger;
mod links;
mod money;
mod networks;
mod notifications;
mod postback_logs;
mod postback_node;
mod postback_templates;
mod money;
mod rebuild;
mod postback_test;
mod report;
mod runtime;
mod snapshot;
mod source_postbacks;
mod webhooks;
mod world;
