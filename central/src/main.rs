//! api-service: `serve` (the default), and the commands of [`traffoflex_central::command`].

use std::process::ExitCode;

use anyhow::Result;
use clap::{CommandFactory, Parser, Subcommand};
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;
use traffoflex_central::{
    app,
    command::{self, check_config, openapi},
    config::CentralConfig,
};

/// api-service: configuration, reports and the nodes' central.
#[derive(Parser)]
#[command(name = "api-service", version, about)]
struct Cli {
    #[command(subcommand)]
    command: Option<Job>,
    #[command(flatten)]
    config: CentralConfig,
}

#[derive(Subcommand)]
enum Job {
    /// Serve the API (the default).
    Serve,
    #[command(flatten)]
    Command(command::Command),
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().collect();
    if openapi::is_asked(&arguments) {
        return end(openapi::run().map(|()| ExitCode::SUCCESS));
    }
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            return match check_config::explain(&Cli::command(), &arguments) {
                Some(explained) if error.use_stderr() => end(explained),
                _ => error.exit(),
            };
        }
    };
    let serves = matches!(cli.command, None | Some(Job::Serve));
    let init = if serves { traffoflex_telemetry::init } else { traffoflex_telemetry::init_for_command };
    let _logs = match init(app::SERVICE, cli.config.server.log_format) {
        Ok(guard) => guard,
        Err(error) => return end(Err(error.into())),
    };
    match run(cli) {
        Err(error) if serves => {
            tracing::error!(error = format!("{error:#}"), "cannot run");
            ExitCode::FAILURE
        }
        ended => end(ended),
    }
}

#[expect(clippy::print_stderr, reason = "why a command ends")]
fn end(ended: Result<ExitCode>) -> ExitCode {
    ended.unwrap_or_else(|error| {
        eprintln!("api-service: {error:#}");
        ExitCode::FAILURE
    })
}

#[tokio::main]
async fn run(cli: Cli) -> Result<ExitCode> {
    let Cli { command, config } = cli;
    match command {
        Some(Job::Command(command)) => command::run(command, &config).await,
        None | Some(Job::Serve) => {
            app::run(config, stop_signal()?).await?;
            Ok(ExitCode::SUCCESS)
        }
    }
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
