//! What the processes of a node do alike: logs, exit code, signals.

use std::{io, process::ExitCode};

use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;
use traffoflex_telemetry::LogFormat;

/// Logs as the service from here on, until what `run` does has ended; a failure is the log's last line.
pub fn run(
    service: &'static str,
    log_format: LogFormat,
    run: impl FnOnce() -> anyhow::Result<()>,
) -> ExitCode {
    let _logs = match traffoflex_telemetry::init(service, log_format) {
        Ok(guard) => guard,
        Err(error) => {
            eprintln!("{service}: {error}");
            return ExitCode::FAILURE;
        }
    };
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(error = format!("{error:#}"), "cannot run");
            ExitCode::FAILURE
        }
    }
}

/// Cancelled at SIGTERM and SIGINT. Within a tokio runtime, once.
pub fn stop_requested() -> io::Result<CancellationToken> {
    let stop = CancellationToken::new();
    let (mut term, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    // A file size limit must be a failed write that the outbox handles, not the end of the process:
    // taking the signal over, once and for all, is what turns it into one.
    let file_size_limit = signal(SignalKind::from_raw(libc::SIGXFSZ))?;
    let requested = stop.clone();
    tokio::spawn(async move {
        tokio::select! {
            _ = term.recv() => {}
            _ = interrupt.recv() => {}
        }
        requested.cancel();
        drop(file_size_limit);
    });
    Ok(stop)
}
