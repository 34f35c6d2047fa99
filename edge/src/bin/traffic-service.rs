//! The process that answers clicks on a node.

use std::process::ExitCode;

use clap::Parser;
use traffoflex_edge::{app, config::EdgeConfig, process};

/// A click allocates on one thread and the writer frees on another, which this one does well.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let config = EdgeConfig::parse();
    let _logs = match traffoflex_telemetry::init(app::SERVICE, config.process.log_format) {
        Ok(guard) => guard,
        Err(error) => {
            eprintln!("traffic-service: {error}");
            return ExitCode::FAILURE;
        }
    };
    match run(config) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(error = format!("{error:#}"), "cannot run");
            ExitCode::FAILURE
        }
    }
}

#[tokio::main]
async fn run(config: EdgeConfig) -> anyhow::Result<()> {
    app::run(config, process::stop_requested()?).await
}
