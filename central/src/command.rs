//! The command line of api-service: what it does besides serving, for people and scripts at a shell. Commands
//! speak to the databases and nodes themselves, so that they work while no api-service runs.
//!
//! Results go to standard output, as lines or with `--json` in a shape that stays; everything else goes to
//! standard error. A command ends with 0 when it did what was asked, with 1 when it could not or when what it
//! looked at is not in order, and with 2 when the command line itself is wrong. What it changes is in the
//! audit log, by the actor `command_line`.

mod apikey;
pub mod check_config;
mod context;
mod dlq;
mod export;
mod migrate;
pub mod openapi;
mod output;
mod snapshot;
mod user;

use std::process::ExitCode;

use anyhow::Result;
use clap::Subcommand;

use crate::{audit, config::CentralConfig, postback_nodes::PostbackNodes, warehouse::Warehouse};

#[derive(Subcommand)]
pub enum Command {
    /// Create what is missing in MongoDB, ClickHouse and, with EVENT_BROKERS, Kafka; then end.
    #[command(after_help = "Example:\n  api-service migrate --json")]
    Migrate(migrate::MigrateArgs),
    /// Prove per node and epoch that no event is missing. Ends with 1 when an unexplained gap exists.
    #[command(after_help = "Example:\n  api-service audit --node fra-1")]
    Audit(audit::AuditArgs),
    /// Users: who there is, letting them in, switching them off, and what they are.
    #[command(after_help = "Example:\n  api-service user list")]
    User(user::UserArgs),
    /// Make, list and revoke API keys.
    #[command(name = "apikey", after_help = "Example:\n  api-service apikey list")]
    ApiKey(apikey::ApiKeyArgs),
    /// The configuration as nodes pull it: its version, publishing it, and all of it as JSON.
    #[command(after_help = "Example:\n  api-service snapshot show")]
    Snapshot(snapshot::SnapshotArgs),
    /// Print a workspace's configuration as one JSON file, without secrets; `POST /api/workspace/import` takes it.
    #[command(after_help = "Example:\n  api-service export > workspace.json")]
    Export(export::ExportArgs),
    /// The calls to traffic sources and webhooks that nodes gave up, and the postbacks that they set aside.
    #[command(after_help = "Example:\n  api-service dlq list")]
    Dlq(dlq::DlqArgs),
    /// Print the description of the API (OpenAPI 3.1). Needs no database and no settings.
    #[command(name = openapi::NAME, after_help = "Example:\n  api-service openapi > openapi.json")]
    OpenApi(openapi::OpenApiArgs),
    /// Check every setting, and whether what they point at answers. Ends with 1 when something is wrong.
    #[command(name = check_config::NAME, after_help = "Example:\n  api-service check-config --json")]
    CheckConfig(check_config::CheckConfigArgs),
}

pub async fn run(command: Command, config: &CentralConfig) -> Result<ExitCode> {
    match command {
        Command::Migrate(args) => migrate::run(config, &args).await?,
        Command::Audit(args) => return audit::run(&Warehouse::new(&config.clickhouse)?, &args).await,
        Command::User(args) => user::run(config, args).await?,
        Command::ApiKey(args) => apikey::run(&config.mongo, args).await?,
        Command::Snapshot(args) => snapshot::run(&config.mongo, args).await?,
        Command::Export(args) => export::run(&config.mongo, args).await?,
        Command::Dlq(args) => {
            let nodes = PostbackNodes::new(&config.nodes, &config.auth)?;
            return dlq::run(&nodes, &config.mongo, args).await;
        }
        Command::OpenApi(_) => openapi::run()?,
        Command::CheckConfig(args) => return check_config::run(config, &args).await,
    }
    Ok(ExitCode::SUCCESS)
}
