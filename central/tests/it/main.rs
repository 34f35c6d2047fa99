//! api-service against real MongoDB, ClickHouse and Kafka.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod accounts;
mod catalog;
mod clicks;
mod conversion_import;
mod conversions;
mod costs;
mod dead_letters;
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
mod postback_test;
mod rebuild;
mod report;
mod report_cost;
mod report_csv;
mod report_language;
mod report_masking;
mod report_reference;
mod report_rollups;
mod report_sample;
mod runtime;
mod saved_views;
mod snapshot;
mod source_postbacks;
mod webhooks;
mod world;
