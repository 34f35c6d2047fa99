//! What empties the queue: one task decides whose turn it is, the calls are tasks of their own.
//!
//! A job is taken in memory alone; the file learns how its attempt ended, after the postback log has. Until
//! then it stays taken, while its host is free for the next call.

use std::{
    collections::HashMap,
    sync::{Arc, PoisonError},
    time::Duration,
};

use tokio::task::{Id, JoinError, JoinSet};
use tokio_util::sync::CancellationToken;

use super::{
    Outbound,
    attempt::{self, Attempted, LogEntry},
    breaker::Sign,
    call::Caller,
    job::{Host, Queued},
    lanes::Lanes,
    queue::Command,
    store::{Dead, Found, Held, Wanted},
    tables::{Due, End},
};
use crate::{outbox::Outbox, snapshot::SnapshotHandle};

/// Longest without a look at the numbers.
const TICK: Duration = Duration::from_secs(1);
/// Jobs that are given up for their age in one step: the next one is a tick later.
const GIVEN_UP_AT_ONCE: usize = 500;
const SWEEP_INTERVAL: Duration = Duration::from_secs(30);
/// After a read that failed.
const READ_AGAIN_MS: i64 = 1_000;
/// What is under way when the node stops may take so long to end; the rest is tried again by the next run.
const STOP_GRACE: Duration = Duration::from_secs(3);

pub struct Dispatcher {
    outbound: Outbound,
    parts: Arc<Parts>,
    steps: JoinSet<Step>,
    taken: HashMap<Id, Taken>,
}

/// What every call needs.
struct Parts {
    outbound: Outbound,
    caller: Caller,
    outbox: Outbox,
    snapshot: SnapshotHandle,
}

#[derive(Clone)]
struct Taken {
    lane: u64,
    queued: Arc<Queued>,
    is_settling: bool,
}

enum Step {
    Attempted(Attempted),
    /// When and where the job is due again, if it is.
    Settled(Option<Due>),
}

impl Dispatcher {
    /// `outbox` takes the entries of the postback log.
    pub fn new(outbound: Outbound, caller: Caller, outbox: Outbox, snapshot: SnapshotHandle) -> Self {
        let parts = Parts { outbound: outbound.clone(), caller, outbox, snapshot };
        Self { outbound, parts: Arc::new(parts), steps: JoinSet::new(), taken: HashMap::new() }
    }

    /// Runs until cancelled. One at a time for a queue.
    pub async fn run(mut self, cancelled: CancellationToken) {
        let mut ticks = tokio::time::interval(TICK);
        let mut sweeps = tokio::time::interval(SWEEP_INTERVAL);
        loop {
            self.learn();
            self.start_due().await;
            let wake = self.wakes_in();
            let outbound = self.outbound.clone();
            tokio::select! {
                () = cancelled.cancelled() => break,
                () = outbound.core.news.came.notified() => {}
                Some(ended) = self.steps.join_next_with_id() => self.ended(ended),
                _ = ticks.tick() => {
                    self.give_up_aged().await;
                    self.show().await;
                }
                _ = sweeps.tick() => {
                    // With a full queue of commands, the next tick will do.
                    let _ = outbound.commands.try_send(Command::Sweep);
                }
                () = tokio::time::sleep(wake) => {}
            }
            while let Some(ended) = self.steps.try_join_next_with_id() {
                self.ended(ended);
            }
        }
        let finish = async {
            while let Some(ended) = self.steps.join_next_with_id().await {
                self.ended(ended);
            }
        };
        if tokio::time::timeout(STOP_GRACE, finish).await.is_err() {
            tracing::warn!("calls that were under way are made again by the next run");
        }
    }

    fn lanes<T>(&self, work: impl FnOnce(&mut Lanes) -> T) -> T {
        work(&mut self.outbound.core.lanes.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn learn(&mut self) {
        self.log_dead();
        let news = self.outbound.core.news.take();
        if !news.is_empty() {
            self.lanes(|lanes| news.into_values().for_each(|(host, at_ms)| lanes.learn(host, at_ms)));
        }
    }

    /// Those that were dead letters at once.
    fn log_dead(&mut self) {
        let dead = self.outbound.core.news.take_dead();
        if dead.is_empty() {
            return;
        }
        let parts = self.parts.clone();
        self.steps.spawn(async move {
            let lines = dead.into_iter().map(async |Dead { job, death }| {
                let log = LogEntry::without_call("dead", &death.error, death.died_at_ms);
                log.append(&Queued { seq: 0, attempts: 0, job }, &parts.outbox).await;
            });
            futures_util::future::join_all(lines).await;
            Step::Settled(None)
        });
    }

    /// Calls whose time is over, also while their host's breaker is open.
    async fn give_up_aged(&mut self) {
        let (core, options) = (self.outbound.core.clone(), self.outbound.options());
        let (max_age_ms, now_ms) = (options.max_age_ms, (options.now_ms)());
        let before_ms = now_ms.saturating_sub(max_age_ms);
        let read = tokio::task::spawn_blocking(move || core.store.aged(before_ms, GIVEN_UP_AT_ONCE)).await;
        for queued in read.ok().and_then(Result::ok).unwrap_or_default() {
            let lane = Host::of(&queued.job.url).lane;
            // The end of a call that is under way is known soon.
            if self.lanes(|lanes| lanes.withhold(lane, queued.seq)) {
                let (end, log) = attempt::too_old(&queued, max_age_ms, now_ms);
                count(&end, Sign::Nothing);
                let taken = Taken { lane, queued: Arc::new(queued), is_settling: true };
                self.settle(taken, end, Some(log), now_ms);
            }
        }
    }

    fn room(&self) -> usize {
        self.outbound.options().parallelism.saturating_sub(self.steps.len())
    }

    /// Without room it is the end of a call that wakes.
    fn wakes_in(&self) -> Duration {
        if self.room() == 0 {
            return TICK;
        }
        let now_ms = (self.outbound.options().now_ms)();
        let wait_ms =
            self.lanes(|lanes| lanes.wakes_at_ms()).map(|at_ms| at_ms.saturating_sub(now_ms).max(0));
        wait_ms.map_or(TICK, |wait_ms| Duration::from_millis(wait_ms as u64).min(TICK))
    }

    /// Starts calls while there is room and somebody is ready.
    async fn start_due(&mut self) {
        loop {
            let now_ms = (self.outbound.options().now_ms)();
            let mut room = self.room();
            let mut wanted = Vec::new();
            self.lanes(|lanes| {
                while let Some(next) = lanes.next(now_ms, room) {
                    room -= next.limit;
                    wanted.push(next);
                }
            });
            if wanted.is_empty() {
                return;
            }
            let lanes: Vec<u64> = wanted.iter().map(|wanted| wanted.lane).collect();
            match self.read(wanted, now_ms).await {
                Some(found) => found.into_iter().for_each(|found| self.start(found)),
                None => self.lanes(|all| {
                    for lane in lanes {
                        all.fetched(lane, &[], &[], Some(now_ms + READ_AGAIN_MS));
                    }
                }),
            }
        }
    }

    async fn read(&self, wanted: Vec<Wanted>, now_ms: i64) -> Option<Vec<Found>> {
        let core = self.outbound.core.clone();
        let read = tokio::task::spawn_blocking(move || core.store.due(&wanted, now_ms)).await;
        match read {
            Ok(Ok(found)) => Some(found),
            Ok(Err(error)) => {
                tracing::error!(%error, "the outbound queue cannot be read");
                None
            }
            Err(error) => {
                tracing::error!(%error, "reading the outbound queue broke");
                None
            }
        }
    }

    fn start(&mut self, found: Found) {
        let Found { lane, jobs, unreadable, next_at_ms } = found;
        let seqs: Vec<u64> = jobs.iter().map(|queued| queued.seq).collect();
        self.lanes(|lanes| lanes.fetched(lane, &seqs, &unreadable, next_at_ms));
        for queued in jobs {
            let (parts, queued) = (self.parts.clone(), Arc::new(queued));
            let taken = Taken { lane, queued: queued.clone(), is_settling: false };
            let task = self.steps.spawn(async move {
                let options = parts.outbound.options();
                let (retries, now_ms) = (options.retries, options.now_ms);
                Step::Attempted(
                    attempt::attempt(&parts.caller, &parts.snapshot, &queued, retries, now_ms).await,
                )
            });
            self.taken.insert(task.id(), taken);
        }
    }

    fn ended(&mut self, ended: Result<(Id, Step), JoinError>) {
        let (id, step) = match ended {
            Ok((id, step)) => (id, Some(step)),
            Err(error) => {
                tracing::error!(%error, "a step of an outbound call broke");
                (error.id(), None)
            }
        };
        let Some(taken) = self.taken.remove(&id) else { return };
        match step {
            Some(Step::Attempted(attempted)) => self.attempted(taken, attempted),
            Some(Step::Settled(next)) => self.lanes(|lanes| {
                // Learned no sooner than it is let go: a look at a job that is taken would forget its time.
                if let Some((host, at_ms)) = next {
                    lanes.learn(host, at_ms);
                }
                lanes.settled(taken.lane, taken.queued.seq);
            }),
            // Neither its end nor its next time is known: it waits for the next run.
            None if taken.is_settling => {}
            None => {
                let options = self.outbound.options();
                let attempted = attempt::broken(&taken.queued, options.retries, (options.now_ms)());
                self.attempted(taken, attempted);
            }
        }
    }

    fn attempted(&mut self, taken: Taken, attempted: Attempted) {
        let now_ms = (self.outbound.options().now_ms)();
        let Attempted { end, sign, log } = attempted;
        count(&end, sign);
        if self.lanes(|lanes| lanes.ended(taken.lane, taken.queued.seq, sign, now_ms)) {
            metrics::counter!("traffoflex_outbound_breaker_opened_total").increment(1);
            tracing::warn!(
                host = super::job::Host::of(&taken.queued.job.url).label,
                "calls to a host fail: one probes, the others wait"
            );
        }
        self.settle(taken, end, log, now_ms);
    }

    fn settle(&mut self, taken: Taken, end: End, log: Option<LogEntry>, now_ms: i64) {
        let (parts, queued) = (self.parts.clone(), taken.queued.clone());
        let task = self.steps.spawn(async move {
            if let Some(log) = log {
                log.append(&queued, &parts.outbox).await;
            }
            let next = end.next(&queued.job, now_ms);
            parts.outbound.settle(queued.seq, end).await;
            Step::Settled(next)
        });
        self.taken.insert(task.id(), Taken { is_settling: true, ..taken });
    }

    /// The numbers of this moment.
    async fn show(&self) {
        let core = self.outbound.core.clone();
        let Ok(Ok(held)) = tokio::task::spawn_blocking(move || core.store.held()).await else { return };
        let Held { queued, dead, oldest_ms } = held;
        let now_ms = (self.outbound.options().now_ms)();
        let age_ms = oldest_ms.map_or(0, |at_ms| (now_ms - at_ms).max(0));
        let (under_way, open) = self.lanes(|lanes| (lanes.under_way(), lanes.open_breakers()));
        metrics::gauge!("traffoflex_outbound_queued").set(queued as f64);
        metrics::gauge!("traffoflex_outbound_dead").set(dead as f64);
        metrics::gauge!("traffoflex_outbound_in_flight").set(under_way as f64);
        metrics::gauge!("traffoflex_outbound_open_breakers").set(open as f64);
        metrics::gauge!("traffoflex_outbound_oldest_age_seconds").set(age_ms as f64 / 1000.0);
    }
}

fn count(end: &End, sign: Sign) {
    let name = match end {
        End::Delivered => "traffoflex_outbound_delivered_total",
        End::Cancelled => "traffoflex_outbound_cancelled_total",
        End::Failed { .. } => "traffoflex_outbound_failed_total",
        End::Dead(_) => "traffoflex_outbound_dead_total",
        End::Postponed { .. } | End::Moved { .. } => return,
    };
    metrics::counter!(name).increment(1);
    if sign == Sign::Fails {
        metrics::counter!("traffoflex_outbound_host_failures_total").increment(1);
    }
}
