//! api-service against real MongoDB, ClickHouse and Kafka.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod accounts;
mod api_keys;
mod cache_reload;
mod alert_actions;
mod alerts;
mod catalog;
mod click_log;
mod click_tail;
mod clicks;
mod command_line;
mod conversion_import;
mod conversions;
mod costs;
mod dead_letters;
mod docs;
mod domains;
mod erasure;
mod health;
mod ingest;
mod ingestion_errors;
mod kafka;
mod leases;
mod ledger;
mod links;
mod money;
mod networks;
mod node_list;
mod notifications;
mod postback_logs;
mod postback_node;
mod postback_replay;
mod postback_templates;
mod postback_test;
mod rate_limits;
mod rebuild;
mod report;
mod retention;
mod runtime;
mod schemathesis;
mod snapshot;
mod source_postbacks;
mod webhooks;
mod world;
