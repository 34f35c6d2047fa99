//! Applies `migrations/clickhouse/*.sql` in order, each once. Every statement is written to be safe
//! when it runs again. One process migrates at a time, see [`crate::app::migrate`].

use super::{Warehouse, WarehouseError, cost_version};
use crate::rollups;

/// Name and statements, separated by semicolons at line ends.
const MIGRATIONS: &[(&str, &str)] = &[
    ("0001_events", include_str!("../../migrations/clickhouse/0001_events.sql")),
    ("0002_ingestion_errors", include_str!("../../migrations/clickhouse/0002_ingestion_errors.sql")),
    ("0003_click_flags", include_str!("../../migrations/clickhouse/0003_click_flags.sql")),
    ("0004_destination_health", include_str!("../../migrations/clickhouse/0004_destination_health.sql")),
    ("0005_arrival_index", include_str!("../../migrations/clickhouse/0005_arrival_index.sql")),
    (
        "0006_arrival_index_of_old_parts",
        include_str!("../../migrations/clickhouse/0006_arrival_index_of_old_parts.sql"),
    ),
    ("0007_postbacks", include_str!("../../migrations/clickhouse/0007_postbacks.sql")),
    ("0008_click_lookup", include_str!("../../migrations/clickhouse/0008_click_lookup.sql")),
    ("0009_money", include_str!("../../migrations/clickhouse/0009_money.sql")),
    ("0010_rollups", include_str!("../../migrations/clickhouse/0010_rollups.sql")),
    ("0011_logs", include_str!("../../migrations/clickhouse/0011_logs.sql")),
    ("0012_privacy", include_str!("../../migrations/clickhouse/0012_privacy.sql")),
];

pub async fn run(warehouse: &Warehouse) -> Result<(), WarehouseError> {
    // The name was checked to be a plain identifier when the configuration was read.
    let create = format!("CREATE DATABASE IF NOT EXISTS {} ENGINE = Atomic", warehouse.database());
    warehouse.server().query_raw(&create).execute().await?;
    let client = warehouse.client();
    let applied_table = "CREATE TABLE IF NOT EXISTS schema_migrations (name String, applied_at DateTime64(3, 'UTC') \
                         DEFAULT now64(3)) ENGINE = ReplacingMergeTree ORDER BY name";
    client.query_raw(applied_table).execute().await?;
    let applied: Vec<String> =
        client.query_raw("SELECT DISTINCT name FROM schema_migrations").fetch_all().await?;
    for &(name, statements) in MIGRATIONS {
        if applied.iter().any(|done| done == name) {
            continue;
        }
        for statement in statements.split(";\n").map(str::trim).filter(|statement| !statement.is_empty()) {
            client.query_raw(statement).execute().await?;
        }
        let record = format!("INSERT INTO schema_migrations (name) VALUES ('{name}')");
        client.query_raw(&record).execute().await?;
        tracing::info!(migration = name, "applied");
    }
    cost_version::ensure(warehouse).await?;
    rollups::ensure(warehouse).await
}
