//! The durable outbox: what stands between an answered click and its loss.
//!
//! # Invariants
//! - In `committed` mode [`Outbox::append`] returns `Committed` only after the events are on disk:
//!   one redb transaction, one fsync, shared by every click that waited for it (group commit).
//! - The events of one click are kept or dropped as one unit.
//! - `node_seq` is dense from 1 within an epoch and given at the commit, in the same transaction
//!   that holds the events. A number is never given twice: a new file is a new, higher epoch.
//! - An event that could not be kept is counted, and its number is used up: the next commit that
//!   succeeds writes a [`NodeGapEvent`](traffoflex_model::NodeGapEvent) naming the missing range and why.
//! - A block leaves the file only after the sink acknowledged all of its events. A crash in between
//!   sends them again under the same identity, which changes no total.
//!
//! # Loss window
//! `OUTBOX_ACK=committed`: none. `OUTBOX_ACK=buffered`: what was handed over and not yet committed,
//! at most `OUTBOX_BUFFERED_FLUSH_MS` plus two commits (the one that runs, and its own); `traffoflex_outbox_loss_window_ms` shows the
//! longest seen. Either mode gives up a click's event, never its redirect, under
//! `EVENT_WRITE_FAILURE_POLICY=open` when the disk refuses.
//!
//! # Format of `outbox.redb`
//! [`marks`], [`postbacks`], and `blocks`: first `node_seq` of the block -> [`block`]; `meta`: `epoch`, `next_seq`;
//! `quarantine`: blocks this build could not read. redb commits in one phase with checksums: after a
//! crash it walks the file once at open, which keeps every commit down to one fsync.

pub mod batch;
pub mod block;
pub mod drain;
mod encoded;
pub mod marks;
pub mod postbacks;
pub mod stats;
pub mod store;
mod writer;

use std::{
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    path::PathBuf,
    sync::{
        Arc,
        atomic::Ordering::Relaxed,
        mpsc::{SyncSender, TrySendError, sync_channel},
    },
    thread::JoinHandle,
    time::{Duration, Instant},
};

pub use encoded::EncodedEvents;
use marks::{KeptVisit, NONCE_BYTES};
use serde::Serialize;
use stats::{Counters, State};
pub use stats::{OutboxReadiness, OutboxStats};
use store::{Store, StoreError};
use tokio::sync::{
    Notify,
    mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel},
    oneshot,
};
use traffoflex_model::{DropReason, NodeId};
use traffoflex_routing::{
    cap::{CapId, Charge},
    click_id::RAW_BYTES,
};

/// `OUTBOX_ACK`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, clap::ValueEnum)]
#[serde(rename_all = "snake_case")]
pub enum AckMode {
    /// A click is answered after its event is on disk.
    #[default]
    Committed,
    /// A click is answered after its event was handed to the writer.
    Buffered,
}

/// `EVENT_WRITE_FAILURE_POLICY`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, clap::ValueEnum)]
#[serde(rename_all = "snake_case")]
pub enum WriteFailurePolicy {
    /// Redirect all the same; the event is counted as dropped.
    #[default]
    Open,
    /// Answer 503 and redirect nothing.
    Closed,
}

#[derive(Debug, Clone)]
pub struct OutboxOptions {
    /// Directory of `outbox.redb`.
    pub dir: PathBuf,
    pub node_id: NodeId,
    pub ack: AckMode,
    pub policy: WriteFailurePolicy,
    /// Most bytes of events not yet drained.
    pub max_bytes: u64,
    /// Most clicks handed over and not yet taken by the writer.
    pub queue_clicks: usize,
    /// How long the writer gathers in `buffered` mode.
    pub buffered_flush: Duration,
    pub now_ms: fn() -> i64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Appended {
    Committed,
    Buffered,
    Dropped(DropReason),
}

/// Only with the `closed` policy, and for a click that uses up a link.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the event could not be kept: {}", .reason.as_str())]
pub struct OutboxRefused {
    pub reason: DropReason,
}

/// Handle to the outbox; a clone is cheap.
#[derive(Clone)]
pub struct Outbox(Arc<Shared>);

struct Shared {
    options: OutboxOptions,
    store: Store,
    counters: Counters,
    units: SyncSender<Unit>,
    answers: UnboundedSender<(Vec<oneshot::Sender<Outcome>>, Outcome)>,
    /// Wakes the drain after a commit.
    committed: Notify,
}

/// One click's events on their way to the writer.
struct Unit {
    events: EncodedEvents,
    handed_over: Instant,
    /// None in `buffered` mode and for the closing signal.
    done: Option<oneshot::Sender<Outcome>>,
    closing: bool,
}

/// What became of a click's events.
type Outcome = Result<(), DropReason>;

/// Owns the writer thread.
pub struct OutboxWriter {
    outbox: Outbox,
    thread: JoinHandle<()>,
}

#[derive(Debug, thiserror::Error)]
pub enum OutboxError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("the writer thread could not be started: {0}")]
    Thread(std::io::Error),
    #[error("the writer thread panicked")]
    Panicked,
}

impl Outbox {
    /// Opens the file and starts the writer thread. Within a tokio runtime.
    pub fn open(options: OutboxOptions) -> Result<(Outbox, OutboxWriter), OutboxError> {
        let (store, opened) = Store::open(&options.dir, (options.now_ms)())?;
        if let Some(aside) = &opened.set_aside {
            metrics::counter!("traffoflex_store_set_aside_total", "store" => "outbox").increment(1);
            tracing::error!(
                kept_as = %aside.path.display(),
                reason = aside.reason,
                "outbox was damaged: set aside, starting a new epoch"
            );
        }
        let (units, received) = sync_channel(options.queue_clicks);
        let counters = Counters::new(&opened);
        let (answers, answered) = unbounded_channel();
        // Tasks are woken from a task: on its own run queue that costs no system call each, as it
        // would from the writer's thread.
        tokio::spawn(answer(answered));
        let committed = Notify::new();
        let outbox = Outbox(Arc::new(Shared { options, store, counters, units, answers, committed }));
        let writer = writer::Writer::new(outbox.clone(), received, opened.next_seq);
        let watched = outbox.clone();
        let run = move || {
            // A node whose writer is dead must say so: it keeps no click any more.
            if let Err(panic) = catch_unwind(AssertUnwindSafe(|| writer.run())) {
                watched.0.counters.set_state(State::Failing);
                tracing::error!("the outbox writer panicked: restart the node");
                resume_unwind(panic);
            }
        };
        let thread = std::thread::Builder::new()
            .name("outbox-writer".into())
            .spawn(run)
            .map_err(OutboxError::Thread)?;
        Ok((outbox.clone(), OutboxWriter { outbox, thread }))
    }

    /// Keeps one click's events. See the module for what each mode promises. A click that uses up a link
    /// is committed or refused, whatever mode and policy say.
    pub async fn append(&self, events: EncodedEvents) -> Result<Appended, OutboxRefused> {
        let must_commit = events.nonce().is_some();
        match self.hand_over(events, must_commit).await {
            Ok(Appended::Dropped(reason)) if must_commit => Err(OutboxRefused { reason }),
            appended => appended,
        }
    }

    async fn hand_over(&self, events: EncodedEvents, must_commit: bool) -> Result<Appended, OutboxRefused> {
        let counters = &self.0.counters;
        if self.0.options.policy == WriteFailurePolicy::Closed && counters.state() != State::Healthy {
            return self.dropped(&events, counters.state().drop_reason());
        }
        let (done, outcome) = match self.0.options.ack {
            AckMode::Buffered if !must_commit => (None, None),
            AckMode::Committed | AckMode::Buffered => {
                let (done, outcome) = oneshot::channel();
                (Some(done), Some(outcome))
            }
        };
        counters.waiting_clicks.fetch_add(1, Relaxed);
        let unit = Unit { events, handed_over: Instant::now(), done, closing: false };
        if let Err(error) = self.0.units.try_send(unit) {
            counters.waiting_clicks.fetch_sub(1, Relaxed);
            let (unit, reason) = match error {
                TrySendError::Full(unit) => (unit, DropReason::QueueFull),
                TrySendError::Disconnected(unit) => (unit, DropReason::OutboxFailed),
            };
            counters.enqueue_failed(&unit.events);
            return self.dropped(&unit.events, reason);
        }
        let Some(outcome) = outcome else { return Ok(Appended::Buffered) };
        match outcome.await {
            Ok(Ok(())) => Ok(Appended::Committed),
            // The writer has counted it already.
            Ok(Err(reason)) => self.by_policy(reason),
            // The writer is gone, and nobody can keep or count this click any more.
            Err(_) => Err(OutboxRefused { reason: DropReason::OutboxFailed }),
        }
    }

    /// Whether a click handed over now is refused for certain.
    pub fn refuses(&self) -> bool {
        self.0.options.policy == WriteFailurePolicy::Closed && self.0.counters.state() != State::Healthy
    }

    fn dropped(&self, events: &EncodedEvents, reason: DropReason) -> Result<Appended, OutboxRefused> {
        // A refused click was never answered with a redirect: nothing is missing, so no gap.
        if self.0.options.policy == WriteFailurePolicy::Open {
            self.0.counters.drop_events(events, reason);
            self.0.counters.gaps[reason as usize].fetch_add(u64::from(events.count()), Relaxed);
        }
        self.by_policy(reason)
    }

    fn by_policy(&self, reason: DropReason) -> Result<Appended, OutboxRefused> {
        match self.0.options.policy {
            WriteFailurePolicy::Open => Ok(Appended::Dropped(reason)),
            WriteFailurePolicy::Closed => {
                self.0.counters.refused[reason as usize].fetch_add(1, Relaxed);
                Err(OutboxRefused { reason })
            }
        }
    }

    pub fn stats(&self) -> OutboxStats {
        self.0.counters.stats(&self.0.options)
    }

    /// Whether more than this part of `OUTBOX_MAX_BYTES` is held: 2 for a half.
    pub fn holds_more_than(&self, part: u64) -> bool {
        self.0.counters.held_bytes.load(Relaxed) > self.0.options.max_bytes / part
    }

    pub fn readiness(&self) -> OutboxReadiness {
        self.0.counters.state()
    }

    /// Identifies the file: its numbers, and what was spent, begin anew with each.
    pub fn epoch(&self) -> u64 {
        self.0.store.epoch()
    }

    /// All that clicks took from caps and that was not forgotten: in this file, whatever was answered.
    pub fn spent(&self) -> Result<Vec<Charge>, StoreError> {
        self.0.store.spent()
    }

    /// These sums are not needed any more; they go with the next commit.
    pub fn forget_spent(&self, spent: impl IntoIterator<Item = (CapId, i64)>) {
        self.0.store.forget_spent(spent);
    }

    /// Every user at a destination that is not past its time.
    pub fn visits(&self, take: impl FnMut(KeptVisit)) -> Result<(), StoreError> {
        self.0.store.visits(take)
    }

    /// Every nonce that was used, and when it may be forgotten.
    pub fn nonces(&self) -> Result<Vec<([u8; NONCE_BYTES], i64)>, StoreError> {
        self.0.store.nonces()
    }

    /// The encoded event of a click that went to a landing page. Reads the disk.
    pub fn landing(&self, click_id: &[u8; RAW_BYTES]) -> Result<Option<Vec<u8>>, StoreError> {
        self.0.store.landing(click_id)
    }

    pub fn node_id(&self) -> &NodeId {
        &self.0.options.node_id
    }
}

impl OutboxWriter {
    /// Commits what was handed over and ends the thread. Blocks.
    pub fn close(self) -> Result<(), OutboxError> {
        let closing =
            Unit { events: EncodedEvents::default(), handed_over: Instant::now(), done: None, closing: true };
        // The writer ends by itself when it is gone already.
        let _ = self.outbox.0.units.send(closing);
        self.thread.join().map_err(|_| OutboxError::Panicked)
    }
}

/// Ends with the last handle to the outbox.
async fn answer(mut answered: UnboundedReceiver<(Vec<oneshot::Sender<Outcome>>, Outcome)>) {
    while let Some((waiting, outcome)) = answered.recv().await {
        for done in waiting {
            // The client may be gone; its click is kept all the same.
            let _ = done.send(outcome);
        }
    }
}

#[cfg(test)]
mod tests;
