//! Postbacks that were accepted and are not yet settled: on disk, in the outbox's file.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::Duration,
};

use metrics::Gauge;
use serde::Serialize;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use super::postback_id::PostbackId;
use crate::{
    clock::now_ms,
    outbox::{
        Outbox,
        postbacks::{DueLimits, DueRows, JournalSize},
        store::StoreError,
    },
};

/// What is worked off together: well within the limits of the APIs it is sent to.
const LIMITS: DueLimits = DueLimits { rows: 500, claimed_rows: 100, bytes: 4 << 20 };
/// How often its size is read: so long it may grow beyond its limit.
const SIZE_INTERVAL: Duration = Duration::from_secs(1);

/// A clone is cheap.
#[derive(Clone)]
pub struct Journal(Arc<Shared>);

struct Shared {
    outbox: Outbox,
    max_entries: u64,
    entries: AtomicU64,
    aside: AtomicU64,
    oldest_age_ms: AtomicU64,
    arrived: Notify,
    gauges: Gauges,
}

struct Gauges {
    entries: Gauge,
    aside: Gauge,
    oldest_age_ms: Gauge,
}

#[derive(Debug, Serialize)]
pub struct JournalStatus {
    pub entries: u64,
    pub max_entries: u64,
    pub oldest_age_ms: u64,
    /// Refused by central, kept for an operator.
    pub set_aside: u64,
}

impl Journal {
    /// With the newest id that it holds. Reads the disk.
    pub fn open(outbox: Outbox, max_entries: u64) -> Result<(Self, Option<PostbackId>), StoreError> {
        let gauges = Gauges {
            entries: metrics::gauge!("traffoflex_postback_journal_entries"),
            aside: metrics::gauge!("traffoflex_postback_set_aside_entries"),
            oldest_age_ms: metrics::gauge!("traffoflex_postback_journal_oldest_age_ms"),
        };
        let journal = Self(Arc::new(Shared {
            outbox,
            max_entries,
            entries: AtomicU64::new(0),
            aside: AtomicU64::new(0),
            oldest_age_ms: AtomicU64::new(0),
            arrived: Notify::new(),
            gauges,
        }));
        let size = journal.0.outbox.journal_size()?;
        journal.show(size);
        Ok((journal, size.newest.map(PostbackId)))
    }

    pub fn is_full(&self) -> bool {
        // Those set aside are on the same disk, and come back one day.
        self.0.entries.load(Relaxed) + self.0.aside.load(Relaxed) >= self.0.max_entries
    }

    /// Something was added that is due.
    pub fn arrived(&self) {
        self.0.arrived.notify_one();
    }

    /// Until something is added, at most `limit`.
    pub async fn wait(&self, limit: Duration) {
        let _ = tokio::time::timeout(limit, self.0.arrived.notified()).await;
    }

    pub async fn due(&self) -> Result<DueRows, StoreError> {
        let outbox = self.0.outbox.clone();
        let read = tokio::task::spawn_blocking(move || outbox.due_postbacks(now_ms(), LIMITS));
        read.await.unwrap_or(Err(StoreError::Reopening))
    }

    pub fn status(&self) -> JournalStatus {
        JournalStatus {
            entries: self.0.entries.load(Relaxed),
            max_entries: self.0.max_entries,
            oldest_age_ms: self.0.oldest_age_ms.load(Relaxed),
            set_aside: self.0.aside.load(Relaxed),
        }
    }

    /// Follows its size until cancelled.
    pub async fn watch(self, cancelled: CancellationToken) {
        let mut ticks = tokio::time::interval(SIZE_INTERVAL);
        loop {
            tokio::select! {
                () = cancelled.cancelled() => return,
                _ = ticks.tick() => {}
            }
            let outbox = self.0.outbox.clone();
            // What it was stays while it cannot be read.
            if let Ok(Ok(size)) = tokio::task::spawn_blocking(move || outbox.journal_size()).await {
                self.show(size);
            }
        }
    }

    fn show(&self, size: JournalSize) {
        let oldest = size.oldest.map(|id| PostbackId(id).at_ms());
        let age_ms = oldest.map_or(0, |at_ms| (now_ms() - at_ms).max(0) as u64);
        self.0.entries.store(size.entries, Relaxed);
        self.0.aside.store(size.aside, Relaxed);
        self.0.oldest_age_ms.store(age_ms, Relaxed);
        self.0.gauges.entries.set(size.entries as f64);
        self.0.gauges.aside.set(size.aside as f64);
        self.0.gauges.oldest_age_ms.set(age_ms as f64);
    }
}
