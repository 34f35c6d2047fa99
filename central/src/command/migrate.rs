//! `api-service migrate`: makes what is missing.

use anyhow::Result;
use serde::Serialize;

use super::output;
use crate::{
    app,
    catalog::Catalog,
    config::CentralConfig,
    warehouse::{Warehouse, kafka},
};

#[derive(Debug, clap::Args)]
pub struct MigrateArgs {
    /// Print JSON instead of a line.
    #[arg(long)]
    json: bool,
}

/// The databases that hold all they should now.
#[derive(Serialize)]
struct Migrated {
    mongodb: String,
    clickhouse: String,
    /// Null without EVENT_BROKERS.
    kafka: Option<String>,
}

pub async fn run(config: &CentralConfig, args: &MigrateArgs) -> Result<()> {
    let catalog = Catalog::connect(&config.mongo).await?;
    let warehouse = Warehouse::new(&config.clickhouse)?;
    app::migrate(&catalog, &warehouse).await?;
    let brokers = &config.kafka.event_brokers;
    if !brokers.is_empty() {
        kafka::set_up(&warehouse, &config.kafka).await?;
    }
    let migrated = Migrated {
        mongodb: config.mongo.mongo_database.clone(),
        clickhouse: warehouse.database().to_owned(),
        kafka: Some(brokers.clone()).filter(|brokers| !brokers.is_empty()),
    };
    if args.json {
        return output::json(&migrated);
    }
    let kafka = migrated.kafka.map(|brokers| format!(", Kafka {brokers}")).unwrap_or_default();
    output::line(&format!(
        "MongoDB {}, ClickHouse {}{kafka}: up to date",
        migrated.mongodb, migrated.clickhouse
    ))
}
