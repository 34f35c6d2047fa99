//! api-service against real MongoDB, ClickHouse and Kafka.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod audit_log;
mod bulk;
mod catalog;
mod clicks;
mod conversion_import;
mod conversions;
mod costs;
mod crud;
mod dead_letters;
mod domains;
mod health;
mod history;
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
mod postback_test;
mod rebuild;
mod report;
mod runtime;
mod snapshot;
mod source_postbacks;
mod webhooks;
mod workspace_file;
mod world;
