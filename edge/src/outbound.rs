//! Calls to traffic sources and webhooks: a queue on disk, and what empties it.
//!
//! # Invariants
//! - [`Outbound::enqueue`] returns after its jobs are on disk: one transaction and one fsync, shared by all
//!   that wait ([`queue`]).
//! - A key names a call for ever: one that is queued, made, cancelled or dead changes nothing when it is
//!   enqueued again. Keys of ended calls are forgotten after `OUTBOUND_REMEMBER_DAYS`.
//! - A call is made at least once, each time with the same key: a crash between an answer and its record makes
//!   it again.
//! - Each host (scheme, name, port) has a queue, a limit and a breaker of its own ([`lanes`]), and hosts take
//!   turns: one that is slow or dead keeps only its own calls waiting. While a breaker is open, only the call
//!   that probes the host uses up one of its attempts.
//! - What can never succeed, was tried too often, or is older than `OUTBOUND_MAX_AGE_HOURS`, becomes a dead letter
//!   and stays until it is replayed, or until there are too many.
//! - A host that does not answer fills no more than its share of the queue: what is due to it beyond becomes a
//!   dead letter at once.
//!
//! # Limits
//! `OUTBOUND_MAX_JOBS`, of which a host may have a quarter, `OUTBOUND_MAX_DEAD_LETTERS`, and 5 million remembered keys. Any port may be called.
//! Names under one wildcard are hosts of their own, and as many hosts that hang at once as there is room for take
//! all of it until their breakers open. A clock that is set back delays what waits.
//!
//! # Format of `outbound.redb`
//! `jobs` number -> job; `queue` number -> (host, due at, attempts); `due` (host, due at, number), so that
//! a host's next job is one seek; `ages` (queued at, number); `hosts` host -> how many it has in the queue; `keys` hash of the key -> number, or 0 once it has ended; `ends` (ended at,
//! hash); `deaths` number -> what a dead letter died of; `meta`: `next_seq` and sums.

mod again;
mod attempt;
mod breaker;
pub mod call;
pub mod dead_letters;
mod dispatch;
mod job;
mod lanes;
mod queue;
mod retries;
mod routes;
mod store;
mod tables;
mod verdict;
pub mod webhook;

use std::{
    collections::HashMap,
    num::NonZeroU32,
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    thread::JoinHandle,
    time::Duration,
};

pub use dispatch::Dispatcher;
pub use job::{Death, Job, Target};
use lanes::Lanes;
use queue::{Command, Writer};
pub use retries::Retries;
pub use routes::{DEAD_LETTERS_PATH, RETRY_PATH, STATS_PATH, routes};
pub use store::StoreError;
use store::{Dead, Store};
use tables::{Due, End, Room};
use tokio::sync::{Notify, mpsc, oneshot};

use crate::backoff::Backoff;

/// Of `OUTBOUND_MAX_JOBS`, one host may have this part.
const HOST_SHARE: u64 = 4;
/// Dead letters that wait for their line in the log.
const MAX_UNLOGGED: usize = 10_000;
/// While the file cannot be written, what became of a call is said again after so long.
const SETTLE_AGAIN_FIRST: Duration = Duration::from_millis(100);
const SETTLE_AGAIN_MAX: Duration = Duration::from_secs(5);

#[derive(Debug, Clone)]
pub struct OutboundOptions {
    /// Directory of `outbound.redb`.
    pub dir: PathBuf,
    /// Most jobs in the queue.
    pub max_jobs: u64,
    pub max_dead_letters: u64,
    pub remember_ms: i64,
    /// Most calls under way.
    pub parallelism: usize,
    /// Most calls under way to one host.
    pub host_concurrency: usize,
    /// Failures in a row that open a host's breaker.
    pub breaker_failures: NonZeroU32,
    /// Longest wait before an open breaker lets another probe pass.
    pub breaker_max: Duration,
    /// How long a job may be in the queue.
    pub max_age_ms: i64,
    pub retries: Retries,
    pub now_ms: fn() -> i64,
}

impl OutboundOptions {
    fn room(&self) -> Room {
        Room { jobs: self.max_jobs, of_a_host: (self.max_jobs / HOST_SHARE).max(1) }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EnqueueError {
    #[error("the queue of outbound calls is full")]
    Full,
    #[error("the queue of outbound calls cannot be written now")]
    Unavailable,
}

#[derive(Debug, thiserror::Error)]
pub enum OutboundError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("the writer thread could not be started: {0}")]
    Thread(std::io::Error),
    #[error("the writer thread panicked")]
    Panicked,
}

/// Handle to the queue; a clone is cheap.
#[derive(Clone)]
pub struct Outbound {
    core: Arc<Core>,
    commands: mpsc::Sender<Command>,
}

struct Core {
    options: OutboundOptions,
    store: Store,
    news: News,
    /// The dispatcher's; others only look.
    lanes: Mutex<Lanes>,
}

/// Owns the writer thread.
pub struct OutboundWriter {
    commands: mpsc::Sender<Command>,
    thread: JoinHandle<()>,
}

/// Hosts that have something to do since somebody last looked, and when first.
#[derive(Default)]
struct News {
    due: Mutex<HashMap<u64, Due>>,
    /// Jobs that were dead letters at once, to be written to the log.
    died: Mutex<Vec<Dead>>,
    came: Notify,
}

impl Outbound {
    /// Opens the file and starts the writer thread.
    pub fn open(options: OutboundOptions) -> Result<(Self, OutboundWriter), OutboundError> {
        let (store, set_aside) = Store::open(&options.dir, (options.now_ms)())?;
        if let Some(aside) = set_aside {
            metrics::counter!("traffoflex_store_set_aside_total", "store" => "outbound").increment(1);
            tracing::error!(
                kept_as = %aside.path.display(),
                reason = aside.reason,
                "the outbound queue was damaged: set aside, and what it held is not called"
            );
        }
        let (commands, received) = mpsc::channel(queue::MAX_WAITING);
        let lanes = Lanes::new(options.host_concurrency, options.breaker_failures, options.breaker_max);
        let core = Arc::new(Core { options, store, news: News::default(), lanes: Mutex::new(lanes) });
        core.news.publish(core.store.lanes()?);
        let thread = Writer::start(core.clone(), received).map_err(OutboundError::Thread)?;
        Ok((Self { core, commands: commands.clone() }, OutboundWriter { commands, thread }))
    }

    /// All of the jobs or none; on disk when it returns. Jobs whose keys are known change nothing.
    pub async fn enqueue(&self, jobs: Vec<Job>) -> Result<(), EnqueueError> {
        if jobs.is_empty() {
            return Ok(());
        }
        let (done, answer) = oneshot::channel();
        let sent = self.commands.send(Command::Enqueue { jobs, done }).await;
        sent.map_err(|_| EnqueueError::Unavailable)?;
        answer.await.unwrap_or(Err(EnqueueError::Unavailable))
    }

    /// Repeats until it is on disk, or until nobody writes any more.
    async fn settle(&self, seq: u64, end: End) {
        let mut backoff = Backoff::new(SETTLE_AGAIN_FIRST, SETTLE_AGAIN_MAX);
        loop {
            let (done, answer) = oneshot::channel();
            let command = Command::Settle { seq, end: end.clone(), done };
            if self.commands.send(command).await.is_err() || answer.await.is_ok() {
                return;
            }
            tokio::time::sleep(backoff.next_wait()).await;
        }
    }

    fn options(&self) -> &OutboundOptions {
        &self.core.options
    }
}

impl OutboundWriter {
    /// Writes what was handed over and ends the thread. Blocks.
    pub fn close(self) -> Result<(), OutboundError> {
        // The writer ends by itself when it is gone already.
        let _ = self.commands.blocking_send(Command::Close);
        self.thread.join().map_err(|_| OutboundError::Panicked)
    }
}

impl News {
    fn lock(&self) -> MutexGuard<'_, HashMap<u64, Due>> {
        self.due.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn publish(&self, due: Vec<Due>) {
        if due.is_empty() {
            return;
        }
        let mut all = self.lock();
        for (host, at_ms) in due {
            let known = all.entry(host.lane).or_insert((host, at_ms));
            known.1 = known.1.min(at_ms);
        }
        drop(all);
        self.came.notify_one();
    }

    fn publish_dead(&self, dead: Vec<Dead>) {
        if dead.is_empty() {
            return;
        }
        metrics::counter!("traffoflex_outbound_dead_total").increment(dead.len() as u64);
        let mut all = self.died.lock().unwrap_or_else(PoisonError::into_inner);
        let room = MAX_UNLOGGED.saturating_sub(all.len());
        let lost = dead.len().saturating_sub(room);
        metrics::counter!("traffoflex_outbound_log_lost_total").increment(lost as u64);
        all.extend(dead.into_iter().take(room));
        drop(all);
        self.came.notify_one();
    }

    fn take_dead(&self) -> Vec<Dead> {
        std::mem::take(&mut *self.died.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn take(&self) -> HashMap<u64, Due> {
        std::mem::take(&mut *self.lock())
    }
}

#[cfg(test)]
mod tests;
