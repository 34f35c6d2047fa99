//! The routing table a node serves from, and how it gets there.
//!
//! One lock-free handle: a click reads the table of the moment, a new version replaces it in one
//! swap, and clicks under way finish on the table they started with. There are two states, pending
//! (this node never had a snapshot: it redirects nothing) and ready. A node that once was ready
//! stays ready: what it serves is kept in `snapshot.redb` and outlives restarts and central alike.

pub mod last_good;
pub mod sync;

use std::sync::{
    Arc, Mutex, MutexGuard,
    atomic::{AtomicI64, AtomicU64, Ordering},
};

use arc_swap::{ArcSwapOption, Guard};
use serde::Serialize;
use tokio::sync::{Notify, watch};
use traffoflex_routing::table::RoutingTable;

/// A clone is cheap.
#[derive(Clone, Default)]
pub struct SnapshotHandle(Arc<Shared>);

#[derive(Default)]
struct Shared {
    table: ArcSwapOption<RoutingTable>,
    /// UTC ms of the last answer from central, new version or not; 0 before the first.
    confirmed_at_ms: AtomicI64,
    refused_total: AtomicU64,
    reload: Notify,
    /// How often the table was swapped in this life.
    swapped: watch::Sender<u64>,
    /// Not for clicks: only whoever takes over a new version holds it.
    applying: Mutex<()>,
}

/// `GET /internal/snapshot`
#[derive(Debug, Serialize)]
pub struct SnapshotStatus {
    pub state: &'static str,
    pub generation: String,
    pub version: u64,
    /// Since central made this version.
    pub age_ms: i64,
    /// Since central last answered, with a new version or without; null before its first answer.
    pub confirmed_age_ms: Option<i64>,
    /// Snapshots this process refused.
    pub refused_total: u64,
    pub campaigns: usize,
    pub streams: usize,
    pub destinations: usize,
    pub sources: usize,
    pub domains: usize,
}

impl SnapshotHandle {
    /// The table of this moment; none while pending. Do not hold it over an await: it would keep
    /// an old table alive.
    pub fn load(&self) -> Guard<Option<Arc<RoutingTable>>> {
        self.0.table.load()
    }

    fn applying(&self) -> MutexGuard<'_, ()> {
        self.0.applying.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    pub fn swap(&self, table: RoutingTable) {
        self.0.table.store(Some(Arc::new(table)));
        self.0.swapped.send_modify(|times| *times += 1);
    }

    /// Changes with every swap.
    pub fn swapped(&self) -> watch::Receiver<u64> {
        self.0.swapped.subscribe()
    }

    /// Asks the sync task to ask central now.
    pub fn request_reload(&self) {
        self.0.reload.notify_one();
    }

    async fn reload_requested(&self) {
        self.0.reload.notified().await;
    }

    fn confirmed(&self, now_ms: i64) {
        self.0.confirmed_at_ms.store(now_ms, Ordering::Relaxed);
    }

    fn refused(&self) {
        self.0.refused_total.fetch_add(1, Ordering::Relaxed);
    }

    pub fn status(&self, now_ms: i64) -> SnapshotStatus {
        let confirmed_at_ms = self.0.confirmed_at_ms.load(Ordering::Relaxed);
        let confirmed_age_ms = (confirmed_at_ms != 0).then(|| (now_ms - confirmed_at_ms).max(0));
        let refused_total = self.0.refused_total.load(Ordering::Relaxed);
        match self.load().as_deref() {
            None => SnapshotStatus {
                state: "pending",
                generation: String::new(),
                version: 0,
                age_ms: 0,
                confirmed_age_ms,
                refused_total,
                campaigns: 0,
                streams: 0,
                destinations: 0,
                sources: 0,
                domains: 0,
            },
            Some(table) => {
                let counts = table.counts();
                SnapshotStatus {
                    state: "ready",
                    generation: table.generation().to_owned(),
                    version: table.version(),
                    age_ms: (now_ms - table.created_at_ms()).max(0),
                    confirmed_age_ms,
                    refused_total,
                    campaigns: counts.campaigns,
                    streams: counts.streams,
                    destinations: counts.destinations,
                    sources: counts.sources,
                    domains: counts.domains,
                }
            }
        }
    }
}
