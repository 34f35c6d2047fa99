//! The thread that commits: takes every waiting click, writes one block, wakes them all.

use std::{
    sync::{
        atomic::Ordering::Relaxed,
        mpsc::{Receiver, RecvTimeoutError},
    },
    time::{Duration, Instant},
};

use traffoflex_model::{DropReason, NodeGapEvent};
use traffoflex_wire::topic::Topic;

use super::{
    AckMode, EncodedEvents, Outbox, Outcome, Unit, WriteFailurePolicy,
    block::{self, HEADER_BYTES},
    stats::State,
    store::StoreError,
};
use crate::backoff::Backoff;

/// Most clicks in a block: bounds how long the first of them waits.
const MAX_BLOCK_CLICKS: usize = 4096;
/// Most bytes in a block.
const MAX_BLOCK_BYTES: usize = 4 << 20;
/// A block of so many clicks shows that many wait at once.
const BUSY_CLICKS: usize = 16;
/// Longest a busy writer gathers before a commit; it stops at the first tick without a click.
const GATHER_MAX: Duration = Duration::from_micros(500);
const GATHER_TICK: Duration = Duration::from_micros(20);
/// How often an idle writer looks for acknowledged blocks to remove and drops to write down.
const IDLE_TICK: Duration = Duration::from_millis(50);
/// Least time between two sweeps of marks that are past their time.
const SWEEP_INTERVAL: Duration = Duration::from_secs(1);
const REOPEN_FIRST: Duration = Duration::from_millis(100);
const REOPEN_MAX: Duration = Duration::from_secs(2);

pub(super) struct Writer {
    outbox: Outbox,
    received: Receiver<Unit>,
    next_seq: u64,
    /// In the last block.
    last_clicks: usize,
    block: Vec<u8>,
    reopen: Backoff,
    retry_at: Option<Instant>,
    swept_at: Instant,
    /// A commit that failed and may still have reached the disk.
    uncertain: Option<Uncertain>,
}

struct Uncertain {
    next_seq: u64,
    /// Of clicks.
    events: u64,
    gaps: Vec<(DropReason, u64)>,
}

impl Writer {
    pub fn new(outbox: Outbox, received: Receiver<Unit>, next_seq: u64) -> Self {
        Self {
            outbox,
            received,
            next_seq,
            last_clicks: 0,
            block: Vec::with_capacity(64 << 10),
            reopen: Backoff::new(REOPEN_FIRST, REOPEN_MAX),
            retry_at: None,
            swept_at: Instant::now(),
            uncertain: None,
        }
    }

    pub fn run(mut self) {
        let mut units = Vec::with_capacity(MAX_BLOCK_CLICKS);
        loop {
            let open = self.gather(&mut units);
            self.outbox.0.counters.waiting_clicks.fetch_sub(units.len() as u64, Relaxed);
            self.write(&mut units);
            self.sweep_when_due();
            if !open {
                self.finish(units);
                return;
            }
        }
    }

    /// What came while the outbox was closing is kept as well.
    fn finish(mut self, mut units: Vec<Unit>) {
        loop {
            units.extend(self.received.try_iter().filter(|unit| !unit.closing).take(MAX_BLOCK_CLICKS));
            if units.is_empty() {
                break;
            }
            self.outbox.0.counters.waiting_clicks.fetch_sub(units.len() as u64, Relaxed);
            self.write(&mut units);
        }
        self.outbox.0.counters.closed.store(true, Relaxed);
    }

    /// Waits for a click, then takes all that wait. False when the outbox is closing.
    fn gather(&mut self, units: &mut Vec<Unit>) -> bool {
        match self.received.recv_timeout(IDLE_TICK) {
            Ok(unit) if unit.closing => return false,
            Ok(unit) => units.push(unit),
            Err(RecvTimeoutError::Timeout) => return true,
            Err(RecvTimeoutError::Disconnected) => return false,
        }
        let options = &self.outbox.0.options;
        if options.ack == AckMode::Buffered {
            // Nobody waits for the answer: gather, and save fsyncs. Asleep rather than receiving, so
            // that no click has to wake this thread.
            #[expect(clippy::disallowed_methods, reason = "a thread of its own")]
            std::thread::sleep(options.buffered_flush);
        }
        // When many wait and more keep coming, a short wait more than pays for itself in fewer commits.
        let busy = options.ack == AckMode::Committed && self.last_clicks >= BUSY_CLICKS;
        let until = Instant::now() + GATHER_MAX;
        loop {
            let before = units.len();
            while units.len() < MAX_BLOCK_CLICKS {
                match self.received.try_recv() {
                    Ok(unit) if unit.closing => return false,
                    Ok(unit) => units.push(unit),
                    Err(_) => break,
                }
            }
            let came = units.len() - before;
            if !busy || came == 0 || units.len() == MAX_BLOCK_CLICKS || Instant::now() >= until {
                break;
            }
            #[expect(clippy::disallowed_methods, reason = "a thread of its own")]
            std::thread::sleep(GATHER_TICK);
        }
        self.last_clicks = units.len();
        true
    }

    /// Marks past their time go a few at a time.
    fn sweep_when_due(&mut self) {
        if self.retry_at.is_some() || self.swept_at.elapsed() < SWEEP_INTERVAL {
            return;
        }
        self.swept_at = Instant::now();
        let now_ms = (self.outbox.0.options.now_ms)();
        if let Err(error) = self.outbox.0.store.sweep(now_ms) {
            self.failed(&error, now_ms);
        }
    }

    fn write(&mut self, units: &mut Vec<Unit>) {
        if !self.is_open() {
            self.drop_all(units.drain(..), DropReason::OutboxFailed);
            return;
        }
        let mut rest = units.drain(..).peekable();
        loop {
            let fitting = self.take_fitting(&mut rest);
            let gaps = self.pending_gaps();
            if fitting.is_empty() && gaps.is_empty() && !self.outbox.0.store.has_acknowledged() {
                break;
            }
            let done = self.commit(fitting, &gaps);
            if !done {
                self.drop_all(rest, DropReason::OutboxFailed);
                return;
            }
            if rest.peek().is_none() {
                break;
            }
        }
    }

    /// Clicks for one block; those beyond `OUTBOX_MAX_BYTES` are dropped here.
    fn take_fitting(&self, rest: &mut std::iter::Peekable<impl Iterator<Item = Unit>>) -> Vec<Unit> {
        let shared = &self.outbox.0;
        let mut free = shared.options.max_bytes.saturating_sub(shared.counters.held_bytes.load(Relaxed));
        let (mut fitting, mut bytes, mut full) = (Vec::new(), HEADER_BYTES, false);
        while let Some(unit) =
            rest.next_if(|unit| bytes + unit.events.bytes().len() <= MAX_BLOCK_BYTES || bytes == HEADER_BYTES)
        {
            let size = unit.events.bytes().len();
            if size as u64 > free {
                full = true;
                self.drop_all(std::iter::once(unit), DropReason::OutboxFull);
                continue;
            }
            free -= size as u64;
            bytes += size;
            fitting.push(unit);
        }
        let state = if full { State::Full } else { State::Healthy };
        if !fitting.is_empty() || full {
            self.enter(state);
        }
        fitting
    }

    fn enter(&self, state: State) {
        let before = self.outbox.0.counters.set_state(state);
        if before != state {
            let state = state.as_str();
            match state {
                "healthy" => tracing::info!(state, "outbox takes events"),
                _ => {
                    tracing::error!(state, policy = ?self.outbox.0.options.policy, "outbox does not take events")
                }
            }
        }
    }

    /// Drops since the last commit, by reason. Written down only while there is room.
    fn pending_gaps(&self) -> Vec<(DropReason, u64)> {
        let counters = &self.outbox.0.counters;
        if counters.held_bytes.load(Relaxed) >= self.outbox.0.options.max_bytes {
            return Vec::new();
        }
        let pending = DropReason::ALL.map(|reason| (reason, counters.gaps[reason as usize].swap(0, Relaxed)));
        pending.into_iter().filter(|(_, events)| *events > 0).collect()
    }

    /// True when the block is on disk; then everybody who waited is told.
    fn commit(&mut self, units: Vec<Unit>, gaps: &[(DropReason, u64)]) -> bool {
        let now_ms = (self.outbox.0.options.now_ms)();
        let (count, next_seq, by_topic) = self.build_block(&units, gaps, now_ms);
        let shared = self.outbox.0.clone();
        let counters = &shared.counters;
        counters.write_calls.fetch_add(1, Relaxed);
        let block = (count > 0).then_some((self.next_seq, self.block.as_slice()));
        let marks = units.iter().flat_map(|unit| unit.events.marks());
        match shared.store.commit(block, next_seq, marks) {
            Ok(freed) => {
                counters.removed_bytes(freed);
                if count > 0 {
                    counters.committed(by_topic, self.block.len() as u64, next_seq - 1, now_ms);
                    self.next_seq = next_seq;
                }
                if shared.options.ack == AckMode::Buffered
                    && let Some(oldest) = units.iter().map(|unit| unit.handed_over).min()
                {
                    counters.waited(oldest.elapsed().as_micros() as u64);
                }
                self.answer(units, Ok(()));
                shared.committed.notify_one();
                self.leave_full();
                true
            }
            Err(error) => {
                self.failed(&error, now_ms);
                for (reason, events) in gaps {
                    counters.gaps[*reason as usize].fetch_add(*events, Relaxed);
                }
                let events = units.iter().map(|unit| u64::from(unit.events.count())).sum();
                self.uncertain = Some(Uncertain { next_seq, events, gaps: gaps.to_vec() });
                self.drop_all(units.into_iter(), DropReason::OutboxFailed);
                false
            }
        }
    }

    /// Fills `self.block`: for each reason a range of used-up numbers and the event that names it,
    /// then the clicks. Returns the records, the number after the last, and the records by topic.
    fn build_block(
        &mut self,
        units: &[Unit],
        gaps: &[(DropReason, u64)],
        now_ms: i64,
    ) -> (u32, u64, [u32; Topic::ALL.len()]) {
        block::start(&mut self.block, now_ms);
        let (mut count, mut by_topic) = (0, [0; Topic::ALL.len()]);
        // Missing ranges come before the block's own numbers, so that those stay dense.
        let mut first_seq = self.next_seq;
        let mut named = EncodedEvents::default();
        for (reason, events) in gaps {
            let gap = NodeGapEvent {
                created_at: now_ms,
                first_seq,
                last_seq: first_seq + events - 1,
                reason: *reason,
            };
            if named.push(Topic::NodeGapEvents, &gap).is_ok() {
                first_seq += events;
            }
        }
        self.next_seq = first_seq;
        for events in std::iter::once(&named).chain(units.iter().map(|unit| &unit.events)) {
            self.block.extend_from_slice(events.bytes());
            count += events.count();
            for (sum, n) in by_topic.iter_mut().zip(events.by_topic()) {
                *sum += n;
            }
        }
        block::finish(&mut self.block, count);
        (count, first_seq + u64::from(count), by_topic)
    }

    fn answer(&self, units: Vec<Unit>, outcome: Outcome) {
        let waiting: Vec<_> = units.into_iter().filter_map(|unit| unit.done).collect();
        if !waiting.is_empty() {
            // The runtime is gone only when nobody waits any more.
            let _ = self.outbox.0.answers.send((waiting, outcome));
        }
    }

    fn drop_all(&self, units: impl Iterator<Item = Unit>, reason: DropReason) {
        let counters = &self.outbox.0.counters;
        let open_policy = self.outbox.0.options.policy == WriteFailurePolicy::Open;
        let units: Vec<Unit> = units.collect();
        for unit in &units {
            // Under the closed policy a click that waits is answered 503: refused, not dropped. One
            // that was answered already (buffered) is dropped under either.
            if open_policy || unit.done.is_none() {
                counters.drop_events(&unit.events, reason);
                counters.gaps[reason as usize].fetch_add(u64::from(unit.events.count()), Relaxed);
            }
        }
        self.answer(units, Err(reason));
    }

    /// Space that acknowledgements freed ends a full state, also without a click.
    fn leave_full(&self) {
        let counters = &self.outbox.0.counters;
        let held = counters.held_bytes.load(Relaxed);
        // A tenth of slack, so that the state does not flap with every block.
        if counters.state() == State::Full && held < self.outbox.0.options.max_bytes / 10 * 9 {
            self.enter(State::Healthy);
        }
    }

    fn failed(&mut self, error: &StoreError, now_ms: i64) {
        let counters = &self.outbox.0.counters;
        counters.write_failures.fetch_add(1, Relaxed);
        counters.last_failure_ms.store(now_ms, Relaxed);
        metrics::counter!("traffoflex_outbox_write_failures_total").increment(1);
        tracing::error!(%error, "the outbox could not write");
        self.enter(State::Failing);
        self.retry_at = Some(Instant::now() + self.reopen.next_wait());
    }

    /// After a failure: opens the file anew when it is time, and says whether it can be used.
    fn is_open(&mut self) -> bool {
        let Some(retry_at) = self.retry_at else { return true };
        if Instant::now() < retry_at {
            return false;
        }
        match self.outbox.0.store.reopen() {
            Ok((next_seq, held)) => {
                self.settle_uncertain(next_seq);
                self.outbox.0.counters.reset_held(held);
                self.next_seq = next_seq;
                self.retry_at = None;
                // Proven by a commit, which also writes down what was dropped.
                if self.commit(Vec::new(), &self.pending_gaps()) {
                    self.reopen.reset();
                    self.enter(State::Healthy);
                    return true;
                }
                false
            }
            Err(error) => {
                self.failed(&error, (self.outbox.0.options.now_ms)());
                false
            }
        }
    }

    /// An fsync can fail after the data reached the disk: those events were counted as dropped and
    /// are there after all.
    fn settle_uncertain(&mut self, next_seq: u64) {
        let counters = &self.outbox.0.counters;
        let Some(commit) = self.uncertain.take().filter(|commit| commit.next_seq == next_seq) else { return };
        for (reason, events) in commit.gaps {
            counters.gaps[reason as usize].fetch_sub(events, Relaxed);
        }
        if self.outbox.0.options.policy == WriteFailurePolicy::Open {
            counters.gaps[DropReason::OutboxFailed as usize].fetch_sub(commit.events, Relaxed);
            counters.undrop(DropReason::OutboxFailed, commit.events);
        }
    }
}
