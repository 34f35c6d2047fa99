//! Reads the operator's list again when the file changes. One that does not hold is refused, and the
//! node goes on with the list it has.

use std::{
    path::Path,
    time::{Duration, SystemTime},
};

use tokio_util::sync::CancellationToken;

use super::{Crawlers, read};

/// How often the file is looked at.
const LOOK: Duration = Duration::from_secs(5);

/// What tells one state of the file from another; none when it is not there.
type Stamp = Option<(SystemTime, u64)>;

impl Crawlers {
    /// Until `stop`; at once when there is no file.
    pub async fn watch(self, stop: CancellationToken) {
        self.watch_every(LOOK, stop).await;
    }

    pub(super) async fn watch_every(self, every: Duration, stop: CancellationToken) {
        let Some(path) = self.0.path.clone() else { return };
        let mut ticks = tokio::time::interval(every);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        // Read once more at the first look: the file may have changed since the start.
        let mut seen = None;
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                _ = ticks.tick() => {}
            }
            let stamp = stamp(&path).await;
            if stamp == seen {
                continue;
            }
            seen = stamp;
            self.read_again(&path).await;
        }
    }

    pub(super) async fn read_again(&self, path: &Path) {
        let file = path.to_owned();
        // Compiling takes tens of milliseconds of one core.
        let outcome = match tokio::task::spawn_blocking(move || read(&file)).await {
            Ok(Ok(list)) => {
                self.replace(list);
                tracing::info!(path = %path.display(), "crawler list read");
                "taken"
            }
            Ok(Err(error)) => {
                tracing::warn!(path = %path.display(), %error, "crawler list refused, keeping the one in use");
                "refused"
            }
            Err(_) => "refused",
        };
        metrics::counter!("traffoflex_crawler_list_reads_total", "outcome" => outcome).increment(1);
    }
}

async fn stamp(path: &Path) -> Stamp {
    let metadata = tokio::fs::metadata(path).await.ok()?;
    Some((metadata.modified().ok()?, metadata.len()))
}
