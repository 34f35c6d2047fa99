//! `traffoflex`: everything on one machine, and traffic to look at.

use std::{path::PathBuf, process::ExitCode};

use anyhow::{Context, Result, bail};
use clap::{Parser, Subcommand};
use traffoflex_local::{
    demo::{self, DemoArgs},
    engines,
    launcher::{self, UpArgs, signals::Signals},
};

/// TraffoFlex on one machine: engines, api-service, traffic-service and postback-service as one process tree.
#[derive(Parser)]
#[command(name = "traffoflex", version, about)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Start everything and stay until SIGINT or SIGTERM (the default).
    Up(UpArgs),
    /// Fetch the pinned engines and data files into the cache.
    Engines,
    /// Send clicks and postbacks to a running `up`, and prove that each is counted once and told to its source.
    Demo {
        #[command(flatten)]
        args: DemoArgs,
        /// Directory of the running `up`.
        #[arg(long, default_value = launcher::DEFAULT_DATA_DIR)]
        data_dir: PathBuf,
    },
    /// Prove with a running `up` that no event is missing, by sequence number.
    Audit {
        /// Directory of the running `up`.
        #[arg(long, default_value = launcher::DEFAULT_DATA_DIR)]
        data_dir: PathBuf,
        /// More for `api-service audit`, such as --json or --node.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
    /// `up` in a temporary directory on free ports, `demo`, stop.
    Smoke {
        #[arg(long, default_value_t = 500, value_parser = clap::value_parser!(u64).range(1..))]
        clicks: u64,
    },
}

fn main() -> ExitCode {
    // What the environment says already comes first.
    match dotenvy::dotenv() {
        Err(error) if !error.not_found() => {
            eprintln!("traffoflex: .env: {error}");
            return ExitCode::FAILURE;
        }
        _ => {}
    }
    let command = Cli::parse().command;
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("traffoflex: {error}");
            return ExitCode::FAILURE;
        }
    };
    let result = runtime.block_on(run(command));
    // A fetch that was interrupted may still be under way on a thread of its own.
    runtime.shutdown_background();
    result.unwrap_or_else(|error| {
        eprintln!("traffoflex: {error:#}");
        ExitCode::FAILURE
    })
}

async fn run(command: Option<Command>) -> Result<ExitCode> {
    match command {
        Some(Command::Up(args)) => launcher::up(args).await,
        None => launcher::up(UpArgs::parse_from(["up"])).await,
        Some(Command::Engines) => {
            tokio::task::spawn_blocking(engines::fetch_all).await.context("fetching")??;
            Ok(ExitCode::SUCCESS)
        }
        Some(Command::Demo { args, data_dir }) => {
            let mut signals = Signals::listen()?;
            tokio::select! {
                equal = demo::run(&args, &data_dir) => exit_code(equal?),
                signal = signals.next() => bail!("{signal} before the demo was finished"),
            }
        }
        Some(Command::Audit { data_dir, arguments }) => exit_code(demo::audit(&data_dir, &arguments).await?),
        Some(Command::Smoke { clicks }) => exit_code(launcher::smoke(clicks).await?),
    }
}

fn exit_code(equal: bool) -> Result<ExitCode> {
    Ok(if equal { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
