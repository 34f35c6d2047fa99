//! api-service: `serve` (the default), `migrate`, `audit`, `dlq`, `openapi`.

use std::{io::Write, process::ExitCode};

use clap::{Parser, Subcommand};
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;
use traffoflex_central::{
    app, audit,
    catalog::Catalog,
    config::CentralConfig,
    dead_letters::command::{self as dlq, DlqArgs},
    openapi,
    postback_nodes::PostbackNodes,
    router,
    warehouse::{Warehouse, kafka},
};

/// api-service: configuration, reports and the nodes' central.
#[derive(Parser)]
#[command(name = "api-service", version, about)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    config: CentralConfig,
}

#[derive(Subcommand)]
enum Command {
    /// Serve the API (the default).
    Serve,
    /// Create what is missing in MongoDB, ClickHouse and, with EVENT_BROKERS, Kafka; then end.
    Migrate,
    /// Prove per node and epoch that no event is missing. Ends with 1 when an unexplained gap exists.
    Audit(audit::AuditArgs),
    /// The calls to traffic sources and webhooks that nodes gave up.
    Dlq(DlqArgs),
    /// Print the description of the API (OpenAPI 3.1). Needs no database and no settings.
    Openapi,
}

fn main() -> ExitCode {
    // Before the settings are read: this one has to work without the required ones.
    if std::env::args().skip(1).eq(["openapi"]) {
        return match print_openapi() {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                eprintln!("api-service: {error:#}");
                ExitCode::FAILURE
            }
        };
    }
    let cli = Cli::parse();
    let _logs = match traffoflex_telemetry::init(app::SERVICE, cli.config.server.log_format) {
        Ok(guard) => guard,
        Err(error) => {
            eprintln!("api-service: {error}");
            return ExitCode::FAILURE;
        }
    };
    match run(cli) {
        Ok(code) => code,
        Err(error) => {
            tracing::error!(error = format!("{error:#}"), "cannot run");
            ExitCode::FAILURE
        }
    }
}

#[tokio::main]
async fn run(cli: Cli) -> anyhow::Result<ExitCode> {
    let Cli { command, config } = cli;
    match command.unwrap_or(Command::Serve) {
        Command::Serve => app::run(config, stop_signal()?).await?,
        Command::Migrate => {
            let catalog = Catalog::connect(&config.mongo).await?;
            let warehouse = Warehouse::new(&config.clickhouse)?;
            app::migrate(&catalog, &warehouse).await?;
            if !config.kafka.event_brokers.is_empty() {
                kafka::set_up(&warehouse, &config.kafka).await?;
            }
        }
        Command::Dlq(args) => {
            return dlq::run(&PostbackNodes::new(&config.nodes, &config.auth)?, args).await;
        }
        Command::Openapi => print_openapi()?,
        Command::Audit(args) => return audit::run(&Warehouse::new(&config.clickhouse)?, &args).await,
    }
    Ok(ExitCode::SUCCESS)
}

fn print_openapi() -> anyhow::Result<()> {
    let text = openapi::text(&router::description())?;
    Ok(std::io::stdout().lock().write_all(text.as_bytes())?)
}

fn stop_signal() -> std::io::Result<CancellationToken> {
    let stop = CancellationToken::new();
    let (mut term, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    let requested = stop.clone();
    tokio::spawn(async move {
        tokio::select! {
            _ = term.recv() => {}
            _ = interrupt.recv() => {}
        }
        requested.cancel();
    });
    Ok(stop)
}
