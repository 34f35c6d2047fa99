//! Signals of a service's process.

use std::io;

use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

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
