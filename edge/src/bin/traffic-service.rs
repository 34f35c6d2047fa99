//! The process that answers clicks on a node.

use std::process::ExitCode;

use clap::Parser;
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;
use traffoflex_edge::{app, config::EdgeConfig};

/// A click allocates on one thread and the writer frees on another, which this one does well.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let config = EdgeConfig::parse();
    let _logs = match traffoflex_telemetry::init(app::SERVICE, config.server.log_format) {
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
    let stop = CancellationToken::new();
    let (mut term, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    // A file size limit must be a failed write that the outbox handles, not the end of the process:
    // taking the signal over is what turns it into one.
    let _file_size_limit = signal(SignalKind::from_raw(libc::SIGXFSZ))?;
    let requested = stop.clone();
    tokio::spawn(async move {
        tokio::select! {
            _ = term.recv() => {}
            _ = interrupt.recv() => {}
        }
        requested.cancel();
    });
    app::run(config, stop).await
}
