//! Makes conversions of what the journal holds: clicks, claims, calls, events, in batches, by one worker.
//!
//! A batch is written when central has answered for all of it: calls are enqueued, then one transaction holds
//! its events and what the journal keeps of it. Until then nothing has changed on this node, so a crash or a
//! failure anywhere does the batch again; central, the queue of calls and the warehouse know it by its ids.
//! While central is away the journal stays as it is and grows. A postback that waits for its click, or that
//! central refuses, does not hold others up.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};

use serde::Serialize;
use tokio_util::sync::CancellationToken;
use traffoflex_routing::table::RoutingTable;
use traffoflex_wire::codec::CodecError;

use super::{
    batch::{self, Item, LookupRules, Next},
    book::{Book, BookHandle},
    central::{CallError, Central, Clicks, Remedy},
    journal::Journal,
    settle::{self, Found, Settlement},
};
use crate::{
    backoff::Backoff,
    clock::now_ms,
    outbound::Outbound,
    outbox::{EncodedEvents, Outbox, OutboxRefused, store::StoreError},
    snapshot::SnapshotHandle,
};

const BACKOFF_FIRST: Duration = Duration::from_millis(200);
const BACKOFF_MAX: Duration = Duration::from_secs(10);
/// How often an idle worker looks without being woken.
const IDLE: Duration = Duration::from_secs(1);
/// While clicks cannot be looked up, they are not asked for more often.
const LOOKUP_PAUSE: Duration = Duration::from_secs(2);
/// How long a new configuration may take to be made ready before that counts as a failure.
const BOOK_WAIT: Duration = Duration::from_secs(5);
const BOOK_TICK: Duration = Duration::from_millis(20);

#[derive(Debug, thiserror::Error)]
enum TurnError {
    #[error(transparent)]
    Central(#[from] CallError),
    #[error("the journal cannot be read: {0}")]
    Journal(#[from] StoreError),
    #[error(transparent)]
    NotStored(#[from] OutboxRefused),
    #[error("an event cannot be written: {0}")]
    Codec(#[from] CodecError),
    #[error("there is no configuration yet")]
    NoSnapshot,
}

impl TurnError {
    fn kind(&self) -> &'static str {
        match self {
            Self::Central(_) => "central",
            Self::Journal(_) => "journal",
            Self::NotStored(_) => "outbox",
            Self::Codec(_) => "codec",
            Self::NoSnapshot => "snapshot",
        }
    }
}

/// What `/readyz` tells of the worker. A clone is cheap.
#[derive(Clone, Default)]
pub struct PipelineStatus(Arc<Status>);

#[derive(Default)]
struct Status {
    /// UTC milliseconds; 0 while it works.
    failing_since_ms: AtomicI64,
    failures_total: AtomicU64,
    lookup_failing: AtomicBool,
    outbound_failing: AtomicBool,
}

#[derive(Debug, Serialize)]
pub struct PipelineReport {
    pub claims: &'static str,
    pub failing_for_ms: i64,
    pub failures_total: u64,
    pub lookups: &'static str,
    pub calls: &'static str,
}

impl PipelineStatus {
    pub fn report(&self, now_ms: i64) -> PipelineReport {
        let since = self.0.failing_since_ms.load(Relaxed);
        let state = |is_failing: bool| if is_failing { "failing" } else { "working" };
        PipelineReport {
            claims: state(since != 0),
            failing_for_ms: if since == 0 { 0 } else { (now_ms - since).max(0) },
            failures_total: self.0.failures_total.load(Relaxed),
            lookups: state(self.0.lookup_failing.load(Relaxed)),
            calls: state(self.0.outbound_failing.load(Relaxed)),
        }
    }

    fn failed(&self, now_ms: i64) {
        self.0.failures_total.fetch_add(1, Relaxed);
        let _ = self.0.failing_since_ms.compare_exchange(0, now_ms, Relaxed, Relaxed);
    }

    fn works(&self) {
        self.0.failing_since_ms.store(0, Relaxed);
    }
}

pub struct Pipeline {
    pub snapshot: SnapshotHandle,
    pub book: BookHandle,
    pub outbox: Outbox,
    pub journal: Journal,
    pub central: Central,
    pub outbound: Outbound,
    pub rules: LookupRules,
    pub status: PipelineStatus,
    pub lookup_again_at: Option<Instant>,
}

impl Pipeline {
    /// Runs until cancelled. A batch that is cut off is done again by the next run.
    pub async fn run(mut self, cancelled: CancellationToken) {
        let work = async {
            let mut backoff = Backoff::new(BACKOFF_FIRST, BACKOFF_MAX);
            loop {
                match self.turn().await {
                    Ok(wait) => {
                        self.status.works();
                        backoff.reset();
                        if let Some(wait) = wait {
                            self.journal.wait(wait).await;
                        }
                    }
                    Err(error) => {
                        let wait = self.failed(&error, &mut backoff);
                        tokio::time::sleep(wait).await;
                    }
                }
            }
        };
        cancelled.run_until_cancelled(work).await;
    }

    fn failed(&self, error: &TurnError, backoff: &mut Backoff) -> Duration {
        self.status.failed(now_ms());
        let kind = error.kind();
        metrics::counter!("traffoflex_postback_pipeline_failures_total", "kind" => kind).increment(1);
        let asked = match error {
            TurnError::Central(error) => error.retry_after(),
            _ => None,
        };
        let wait = asked.unwrap_or_else(|| backoff.next_wait());
        let retry_in_ms = wait.as_millis() as u64;
        tracing::warn!(%error, kind, retry_in_ms, "postbacks stay in the journal");
        wait
    }

    /// One batch. Returns how long there is nothing to do; none: there may be more at once.
    async fn turn(&mut self) -> Result<Option<Duration>, TurnError> {
        let due = self.journal.due().await?;
        if due.rows.is_empty() {
            let until_next = due.next_ms.map(|next_ms| (next_ms - now_ms()).max(1) as u64);
            return Ok(Some(until_next.map_or(IDLE, Duration::from_millis).min(IDLE)));
        }
        let (table, book) = self.configuration().await?;
        let (mut items, unreadable) = batch::decode(due.rows);
        let clicks = self.look_up(batch::wanted_clicks(&items, &table)).await?;
        batch::plan(&mut items, &table, clicks.as_ref(), self.rules, now_ms());

        let answers = self.central.claim(claims(&items)).await?;
        let missing = settle::missing_clicks(&items, &book, &answers, clicks.as_ref());
        let more = self.look_up(missing).await?;
        let are_clicks_known = clicks.is_some() && more.is_some();
        let mut clicks = clicks.unwrap_or_default();
        clicks.extend(more.unwrap_or_default());

        let found = Found {
            table: &table,
            book: &book,
            answers: &answers,
            clicks: &clicks,
            are_clicks_known,
            max_age_ms: self.rules.max_age_ms,
            now_ms: now_ms(),
        };
        let mut settlement = Settlement::default();
        unreadable.into_iter().for_each(|mark| settlement.mark(mark));
        for item in items {
            settle::settle(item, &found, &mut settlement)?;
        }
        self.write(settlement).await?;
        Ok(None)
    }

    /// Both of the same version: with an older book, calls that are due would not be made, for good.
    async fn configuration(&self) -> Result<(Arc<RoutingTable>, Arc<Book>), TurnError> {
        let until = Instant::now() + BOOK_WAIT;
        loop {
            let table = self.snapshot.load().clone().ok_or(TurnError::NoSnapshot)?;
            let book = self.book.load();
            if book.is_of(&table) {
                return Ok((table, book));
            }
            if Instant::now() >= until {
                return Err(TurnError::NoSnapshot);
            }
            tokio::time::sleep(BOOK_TICK).await;
        }
    }

    /// Calls first: the journal forgets a postback only when they are on disk.
    async fn write(&self, mut settlement: Settlement) -> Result<(), OutboxRefused> {
        let enqueued = self.outbound.enqueue(std::mem::take(&mut settlement.jobs)).await;
        let was_failing = self.status.0.outbound_failing.swap(enqueued.is_err(), Relaxed);
        if let (Err(error), false) = (&enqueued, was_failing) {
            tracing::error!(%error, "calls cannot be enqueued: their postbacks stay in the journal");
        }
        if settlement.is_empty() {
            return Ok(());
        }
        let events: EncodedEvents = settlement.into_events(enqueued.is_ok());
        self.outbox.append(events).await.map(drop)
    }

    /// None when clicks cannot be looked up now though central is there.
    async fn look_up(&mut self, click_ids: Vec<String>) -> Result<Option<Clicks>, CallError> {
        if click_ids.is_empty() {
            return Ok(Some(Clicks::new()));
        }
        if self.lookup_again_at.is_some_and(|at| Instant::now() < at) {
            return Ok(None);
        }
        let looked_up = self.central.look_up(click_ids).await;
        let was_failing = self.status.0.lookup_failing.swap(looked_up.is_err(), Relaxed);
        match looked_up {
            Ok(clicks) => {
                self.lookup_again_at = None;
                if was_failing {
                    tracing::info!("clicks can be looked up again");
                }
                Ok(Some(clicks))
            }
            Err(error) => {
                metrics::counter!("traffoflex_click_lookup_failures_total").increment(1);
                if error.remedy() == Remedy::Away {
                    return Err(error);
                }
                self.lookup_again_at = Some(Instant::now() + LOOKUP_PAUSE);
                if !was_failing {
                    tracing::warn!(%error, policy = ?self.rules.policy, "clicks cannot be looked up");
                }
                Ok(None)
            }
        }
    }
}

fn claims(items: &[Item]) -> Vec<traffoflex_model::Claim> {
    let claim = |item: &Item| match &item.next {
        Next::Claim { claim, .. } => Some((**claim).clone()),
        Next::Call | Next::Wait { .. } => None,
    };
    items.iter().filter_map(claim).collect()
}
