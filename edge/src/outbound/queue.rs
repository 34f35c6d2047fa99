//! The thread that writes: takes every waiting command, does them in one transaction, wakes them all.

use std::{sync::Arc, thread::JoinHandle};

use tokio::sync::{mpsc, oneshot};

use super::{
    Core, EnqueueError,
    job::Job,
    store::{Dead, StoreError},
    tables::{Again, DeadFilter, Due, End, Enqueued, Tables},
};
use crate::backoff::Backoff;

/// Commands that wait at once; beyond, whoever has one waits for room.
pub(super) const MAX_WAITING: usize = 4096;
/// Commands of one transaction.
const MAX_GROUP: usize = 1024;
/// Dead letters looked at in one transaction of a replay: others are not kept waiting for long.
const REPLAYED_AT_ONCE: usize = 1000;
const REOPEN_FIRST: std::time::Duration = std::time::Duration::from_millis(100);
const REOPEN_MAX: std::time::Duration = std::time::Duration::from_secs(5);

pub(super) const DELIVERED: &str = "delivered_total";
pub(super) const FAILED: &str = "failed_total";
pub(super) const DIED: &str = "dead_total";
pub(super) const CANCELLED: &str = "cancelled_total";
pub(super) const BURIED: &str = "buried_total";

pub(super) enum Command {
    Enqueue { jobs: Vec<Job>, done: oneshot::Sender<Result<(), EnqueueError>> },
    Settle { seq: u64, end: End, done: oneshot::Sender<()> },
    Replay { what: Replay, done: oneshot::Sender<Replayed> },
    Again { job: Job, done: oneshot::Sender<Result<bool, EnqueueError>> },
    Sweep,
    Close,
}

#[derive(Debug, Clone)]
pub(super) enum Replay {
    /// Those of them that the filter takes.
    Keys(Vec<String>, DeadFilter),
    /// Those after this number that the filter takes.
    After(u64, DeadFilter),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Replayed {
    pub retried: u64,
    /// Where to go on.
    pub after: Option<u64>,
    pub is_full: bool,
}

enum Answer {
    Enqueued(Result<(), EnqueueError>),
    Settled,
    Replayed(Replayed),
    Again(Result<bool, EnqueueError>),
    Swept { is_done: bool },
}

pub(super) struct Writer {
    core: Arc<Core>,
    commands: mpsc::Receiver<Command>,
    reopen: Backoff,
    /// Set while the file is closed after an error.
    reopen_at: Option<std::time::Instant>,
    /// There were more old keys than one transaction forgets.
    must_sweep: bool,
}

impl Writer {
    pub fn start(core: Arc<Core>, commands: mpsc::Receiver<Command>) -> std::io::Result<JoinHandle<()>> {
        let reopen = Backoff::new(REOPEN_FIRST, REOPEN_MAX);
        let writer = Self { core, commands, reopen, reopen_at: None, must_sweep: false };
        std::thread::Builder::new().name("outbound-writer".into()).spawn(move || writer.run())
    }

    /// Ends with `Close` or with the last handle.
    fn run(mut self) {
        let mut group = Vec::with_capacity(MAX_GROUP);
        loop {
            if self.must_sweep {
                group.push(Command::Sweep);
            } else if let Some(first) = self.commands.blocking_recv() {
                group.push(first);
            } else {
                return;
            }
            while group.len() < MAX_GROUP
                && let Ok(next) = self.commands.try_recv()
            {
                group.push(next);
            }
            let is_last = group.iter().any(|command| matches!(command, Command::Close));
            self.commit(&mut group);
            if is_last {
                return;
            }
        }
    }

    fn commit(&mut self, group: &mut Vec<Command>) {
        let now_ms = (self.core.options.now_ms)();
        let is_open = self.is_open();
        let (core, mut due, mut died) = (&self.core, Vec::new(), Vec::new());
        let written = if is_open {
            core.store.write(|tables| {
                group
                    .iter()
                    .map(|command| do_one(core, tables, command, now_ms, &mut due, &mut died))
                    .collect()
            })
        } else {
            Err(StoreError::Reopening)
        };
        match written {
            Ok(answers) => {
                let answers: Vec<Answer> = answers;
                self.reopen.reset();
                self.core.news.publish(due);
                self.core.news.publish_dead(died);
                self.must_sweep = answers.iter().any(|a| matches!(a, Answer::Swept { is_done: false }));
                for (command, answer) in group.drain(..).zip(answers) {
                    answer_one(command, answer);
                }
            }
            Err(error) => {
                self.must_sweep = false;
                self.failed(&error);
                for command in group.drain(..) {
                    // The others are told by a channel that closes.
                    match command {
                        Command::Enqueue { done, .. } => _ = done.send(Err(EnqueueError::Unavailable)),
                        Command::Again { done, .. } => _ = done.send(Err(EnqueueError::Unavailable)),
                        _ => {}
                    }
                }
            }
        }
    }

    fn is_open(&mut self) -> bool {
        let Some(at) = self.reopen_at else { return true };
        if at > std::time::Instant::now() {
            return false;
        }
        // A commit that failed may have reached the disk all the same: what it added is news.
        let reopened = self.core.store.reopen().and_then(|()| self.core.store.lanes());
        match reopened {
            Ok(lanes) => {
                self.core.news.publish(lanes);
                tracing::info!("the outbound queue is open again");
                self.reopen_at = None;
                true
            }
            Err(error) => {
                self.failed(&error);
                false
            }
        }
    }

    fn failed(&mut self, error: &StoreError) {
        if matches!(error, StoreError::Reopening) && self.reopen_at.is_some() {
            return;
        }
        metrics::counter!("traffoflex_outbound_write_failures_total").increment(1);
        let wait = self.reopen.next_wait();
        tracing::error!(%error, retry_in_ms = wait.as_millis() as u64, "the outbound queue cannot be written");
        self.reopen_at = Some(std::time::Instant::now() + wait);
    }
}

fn do_one(
    core: &Core,
    tables: &mut Tables<'_>,
    command: &Command,
    now_ms: i64,
    due: &mut Vec<Due>,
    died: &mut Vec<Dead>,
) -> Result<Answer, StoreError> {
    let (options, room) = (&core.options, core.options.room());
    match command {
        Command::Enqueue { jobs, .. } => {
            let Enqueued { fits, died: surplus } = tables.enqueue(jobs, now_ms, room, due)?;
            if !surplus.is_empty() {
                tables.add(DIED, surplus.len() as u64)?;
                let buried = tables.bury(options.max_dead_letters, now_ms)?;
                tables.add(BURIED, buried)?;
                died.extend(surplus);
            }
            Ok(Answer::Enqueued(if fits { Ok(()) } else { Err(EnqueueError::Full) }))
        }
        Command::Settle { seq, end, .. } => {
            if tables.settle(*seq, end, now_ms)? {
                count(tables, end)?;
            }
            if matches!(end, End::Dead(_)) {
                let buried = tables.bury(options.max_dead_letters, now_ms)?;
                tables.add(BURIED, buried)?;
            }
            Ok(Answer::Settled)
        }
        Command::Replay { what: Replay::Keys(keys, filter), .. } => {
            let (retried, fits) = tables.revive_keys(keys, filter, now_ms, room, due)?;
            Ok(Answer::Replayed(Replayed { retried, after: None, is_full: !fits }))
        }
        Command::Replay { what: Replay::After(after, filter), .. } => {
            let some = tables.revive_some(filter, *after, REPLAYED_AT_ONCE, now_ms, room, due)?;
            let (retried, after, fits) = some;
            Ok(Answer::Replayed(Replayed { retried, after, is_full: !fits }))
        }
        Command::Again { job, .. } => Ok(Answer::Again(match tables.again(job, now_ms, room, due)? {
            Again::Queued => Ok(true),
            Again::UnderWay => Ok(false),
            Again::Full => Err(EnqueueError::Full),
        })),
        Command::Sweep | Command::Close => {
            let is_done = !tables.forget(now_ms - options.remember_ms)?;
            Ok(Answer::Swept { is_done })
        }
    }
}

fn count(tables: &mut Tables<'_>, end: &End) -> Result<(), StoreError> {
    match end {
        End::Delivered => tables.add(DELIVERED, 1),
        End::Cancelled => tables.add(CANCELLED, 1),
        End::Failed { .. } => tables.add(FAILED, 1),
        End::Dead(_) => {
            tables.add(FAILED, 1)?;
            tables.add(DIED, 1)
        }
        End::Postponed { .. } | End::Moved { .. } => Ok(()),
    }
}

/// Who asked may be gone; what was done stays done.
fn answer_one(command: Command, answer: Answer) {
    match (command, answer) {
        (Command::Enqueue { done, .. }, Answer::Enqueued(enqueued)) => _ = done.send(enqueued),
        (Command::Settle { done, .. }, Answer::Settled) => _ = done.send(()),
        (Command::Replay { done, .. }, Answer::Replayed(replayed)) => _ = done.send(replayed),
        (Command::Again { done, .. }, Answer::Again(queued)) => _ = done.send(queued),
        _ => {}
    }
}
