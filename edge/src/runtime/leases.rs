//! Keeps the node's leases of caps: reports what was spent, asks for more, returns what is not needed.
//!
//! One task, one request at a time. It asks every interval for the caps that had traffic, at once when
//! one runs dry or is new in the snapshot, and now and then for all others. Before it says or spends
//! anything it writes that to [`file`]; what clicks took is in the outbox, with the clicks. See
//! [`traffoflex_routing::lease`] for why nothing is ever overshot.
//!
//! A click that was taken from a cap in memory and then never kept (the disk refused it, or the
//! process was killed before the commit) stays spent once central was told so; otherwise a restart gives
//! it back. In `OUTBOX_ACK=buffered` mode and with `EVENT_WRITE_FAILURE_POLICY=open` such a click may have been
//! redirected: a kill within an interval of it can exceed the cap by as many.

mod exchange;
pub mod file;
mod lease;

use std::{sync::Arc, time::Duration};

use exchange::{Exchange, ExchangeError};
use file::{LeaseFile, LeaseFileError};
use hashbrown::HashMap;
use lease::Lease;
use tokio_util::sync::CancellationToken;
use traffoflex_model::CapAsk;
use traffoflex_routing::{cap::CapId, lease::holder::Kept};
use traffoflex_wire::lease::MAX_ASKS;

use super::{NodeRuntime, caps::Moment};
use crate::{
    backoff::Backoff,
    clock::now_ms,
    config::EdgeConfig,
    outbox::{Outbox, store::StoreError},
    snapshot::SnapshotHandle,
};

const BACKOFF_FIRST: Duration = Duration::from_millis(200);
const BACKOFF_MAX: Duration = Duration::from_secs(5);
/// A cap without traffic is asked about after so many intervals.
const IDLE_INTERVALS: i64 = 10;
/// And no later than after this part of a lease's time to live.
const IDLE_PART_OF_TTL: i64 = 4;
/// How long a stopping node tries to return what it holds.
const RETURN_LIMIT: Duration = Duration::from_secs(3);
const RETURN_ROUNDS: usize = 3;

const SYNCS: &str = "traffoflex_cap_lease_syncs_total";
const FAILURES: &str = "traffoflex_cap_lease_sync_failures_total";
const WRITTEN_OFF: &str = "traffoflex_cap_lease_written_off_total";
const GRANTS: &str = "traffoflex_cap_lease_grants_total";
const RETURNS: &str = "traffoflex_cap_lease_returns_total";
const REFUSED: &str = "traffoflex_cap_lease_refused_total";

#[derive(Debug, thiserror::Error)]
pub enum LeasesError {
    #[error(transparent)]
    File(#[from] LeaseFileError),
    #[error("what was spent cannot be read: {0}")]
    Outbox(#[from] StoreError),
    #[error("the client for central: {0}")]
    Client(#[from] reqwest::Error),
    #[error(transparent)]
    Exchange(#[from] ExchangeError),
}

pub struct Leases {
    runtime: NodeRuntime,
    snapshot: SnapshotHandle,
    outbox: Outbox,
    file: LeaseFile,
    exchange: Exchange,
    interval_ms: i64,
    ttl_ms: i64,
    leases: HashMap<CapId, Lease>,
    /// Of caps that are not, or not yet, in the snapshot.
    kept: HashMap<CapId, Kept>,
    spent: HashMap<CapId, Vec<(i64, i64)>>,
    /// The table that the leases were made for.
    table: Option<(String, u64)>,
}

impl Leases {
    /// Reads what an earlier run held, so that the first click finds it. Blocks.
    pub fn open(
        config: &EdgeConfig,
        runtime: NodeRuntime,
        snapshot: SnapshotHandle,
        outbox: Outbox,
    ) -> Result<Self, LeasesError> {
        let opened = LeaseFile::open(&config.node.data_dir, outbox.epoch(), now_ms())?;
        if let Some(aside) = &opened.set_aside {
            metrics::counter!("traffoflex_store_set_aside_total", "store" => "leases").increment(1);
            tracing::error!(kept_as = %aside.path.display(), reason = aside.reason, "lease file was damaged: set aside, leasing anew");
        }
        let charges = outbox.spent()?;
        let mut spent: HashMap<CapId, Vec<(i64, i64)>> = HashMap::new();
        if opened.is_new {
            // Spent of other leases, which central writes off.
            outbox.forget_spent(charges.iter().map(|charge| (charge.cap, charge.bucket_ms)));
        } else {
            for charge in charges {
                spent.entry(charge.cap).or_default().push((charge.bucket_ms, charge.units));
            }
        }
        let ttl_ms = config.caps.cap_lease_ttl_ms;
        let mut leases = Self {
            runtime,
            snapshot,
            outbox,
            file: opened.file,
            exchange: Exchange::new(&config.node, opened.epoch, ttl_ms)?,
            interval_ms: config.caps.cap_lease_interval_ms.into(),
            ttl_ms,
            leases: HashMap::new(),
            kept: opened.leases,
            spent,
            table: None,
        };
        leases.follow_snapshot();
        Ok(leases)
    }

    /// Runs until `stop`, then returns what is held. To be stopped after the last click.
    pub async fn run(mut self, stop: CancellationToken) {
        let runtime = self.runtime.clone();
        let mut swapped = self.snapshot.swapped();
        let mut ticks = tokio::time::interval(Duration::from_millis(self.interval_ms as u64));
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut backoff = Backoff::new(BACKOFF_FIRST, BACKOFF_MAX);
        loop {
            tokio::select! {
                () = stop.cancelled() => break,
                _ = ticks.tick() => {}
                () = runtime.caps().ran_dry() => {}
                _ = swapped.changed() => {}
            }
            let failed = tokio::select! {
                () = stop.cancelled() => break,
                failed = self.round() => failed,
            };
            let Some(error) = failed else {
                backoff.reset();
                continue;
            };
            let wait = backoff.next_wait();
            let kind = if let LeasesError::Exchange(error) = &error { error.kind() } else { "store" };
            metrics::counter!(FAILURES, "kind" => kind).increment(1);
            tracing::warn!(%error, kind, retry_in_ms = wait.as_millis() as u64, "leases of caps could not be renewed");
            tokio::select! {
                () = stop.cancelled() => break,
                () = tokio::time::sleep(wait) => {}
            }
        }
        match tokio::time::timeout(RETURN_LIMIT, self.return_all()).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::warn!(%error, "leases of caps are kept for the next start"),
            Err(_) => tracing::warn!("central does not answer: leases of caps are kept for the next start"),
        }
    }

    /// Asks for all caps that are due.
    async fn round(&mut self) -> Option<LeasesError> {
        self.follow_snapshot();
        // Of paused destinations: nobody spends from them any more.
        let left = |lease: &Lease| !lease.is_configured && !lease.is_denied && lease.has_something_to_tell();
        let left = self.leases.iter().filter(|(_, lease)| left(lease));
        let left: Vec<CapId> = left.map(|(cap, _)| *cap).take(MAX_ASKS).collect();
        if !left.is_empty()
            && let Err(error) = self.sync(&left, true).await
        {
            return Some(error);
        }
        loop {
            let due = self.due();
            if due.is_empty() {
                return None;
            }
            if let Err(error) = self.sync(&due, false).await {
                return Some(error);
            }
        }
    }

    /// As many as a request carries: those that ran dry first.
    fn due(&self) -> Vec<CapId> {
        let now = self.runtime.caps().now();
        let idle_ms = (IDLE_INTERVALS * self.interval_ms).min(self.ttl_ms / IDLE_PART_OF_TTL);
        let (mut due, mut idle) = (Vec::new(), Vec::new());
        for (cap, lease) in &self.leases {
            if !lease.is_configured || !lease.is_due(now, self.interval_ms, idle_ms) {
                continue;
            }
            if lease.cell.refused().is_some() { due.push(*cap) } else { idle.push(*cap) }
        }
        due.extend(idle);
        due.truncate(MAX_ASKS);
        due
    }

    /// In rounds: an answer may bring what was granted in an earlier one that never arrived.
    async fn return_all(&mut self) -> Result<(), LeasesError> {
        for _ in 0..RETURN_ROUNDS {
            let leases = self.leases.iter();
            let held: Vec<CapId> =
                leases.filter(|(_, lease)| lease.has_something_to_tell()).map(|(cap, _)| *cap).collect();
            for caps in held.chunks(MAX_ASKS) {
                self.sync(caps, true).await?;
            }
        }
        Ok(())
    }

    /// `all`: everything goes back.
    async fn sync(&mut self, caps: &[CapId], all: bool) -> Result<(), LeasesError> {
        let now = self.runtime.caps().now();
        self.runtime.caps().asking();
        let asks = self.prepare(caps, all, now)?;
        metrics::counter!(SYNCS).increment(1);
        let answer = self.exchange.ask(asks.clone()).await?;
        self.runtime.caps().answered();

        let mut changed = Vec::new();
        for grant in &answer.grants {
            let Some(lease) = self.leases.get(&CapId(grant.cap)) else { continue };
            let kept = lease.holder.kept().after(grant, now.wall_ms, self.ttl_ms);
            if lease.is_worth_writing(&kept, self.ttl_ms) {
                changed.push((CapId(grant.cap), kept));
            }
        }
        tokio::task::block_in_place(|| self.file.write(&changed))?;
        for grant in &answer.grants {
            let asked = asks.iter().find(|ask| ask.cap == grant.cap);
            let Some((lease, ask)) = self.leases.get_mut(&CapId(grant.cap)).zip(asked) else { continue };
            let kept = lease.holder.kept().after(grant, now.wall_ms, self.ttl_ms);
            if kept.written_off > lease.holder.kept().written_off {
                metrics::counter!(WRITTEN_OFF).increment(1);
            }
            let more = lease.adopt(kept, ask, grant, now, self.ttl_ms);
            metrics::counter!(GRANTS).increment(u64::from(more > 0));
        }
        for cap in &answer.unknown {
            if let Some(lease) = self.leases.get_mut(&CapId(*cap)) {
                lease.is_denied = true;
            }
        }
        self.forget(caps, now)
    }

    /// What is to be asked: written down before it is said.
    fn prepare(&mut self, caps: &[CapId], all: bool, now: Moment) -> Result<Vec<CapAsk>, LeasesError> {
        let mut prepared = Vec::with_capacity(caps.len());
        for cap in caps {
            let Some(lease) = self.leases.get_mut(cap) else { continue };
            let ask = lease.prepare(all, self.interval_ms, now);
            metrics::counter!(REFUSED).increment(u64::from(lease.cell.refused().is_some()));
            prepared.push(ask);
        }
        let changed: Vec<(CapId, Kept)> = (prepared.iter())
            .filter(|ask| self.leases.get(&ask.cap).is_some_and(|lease| ask.kept != *lease.holder.kept()))
            .map(|ask| (ask.cap, ask.kept))
            .collect();
        let written = tokio::task::block_in_place(|| self.file.write(&changed));
        let mut asks = Vec::with_capacity(prepared.len());
        for ask in prepared {
            let Some(lease) = self.leases.get_mut(&ask.cap) else { continue };
            match &written {
                Ok(()) => {
                    metrics::counter!(RETURNS).increment(u64::from(ask.plan.give_back > 0));
                    asks.push(lease.say(&ask));
                }
                // Nothing is said of it. Should it be on disk all the same, that is to our loss only.
                Err(_) => lease.cell.add(ask.plan.give_back),
            }
        }
        written?;
        Ok(asks)
    }

    /// Buckets that no window counts any more go.
    fn forget(&mut self, caps: &[CapId], now: Moment) -> Result<(), LeasesError> {
        let (mut changed, mut gone) = (Vec::new(), Vec::new());
        for cap in caps {
            let Some(lease) = self.leases.get_mut(cap) else { continue };
            if let Some((kept, buckets)) = lease.forget(now.wall_ms) {
                changed.push((*cap, kept));
                gone.extend(buckets.into_iter().map(|(start_ms, _)| (*cap, start_ms)));
            }
        }
        tokio::task::block_in_place(|| self.file.write(&changed))?;
        self.outbox.forget_spent(gone);
        Ok(())
    }

    /// Makes a cell of every leased cap in the snapshot, and takes over new limits.
    fn follow_snapshot(&mut self) {
        let table = self.snapshot.load();
        let Some(table) = table.as_deref() else { return };
        let version = (table.generation().to_owned(), table.version());
        if self.table.as_ref() == Some(&version) {
            return;
        }
        let now = self.runtime.caps().now();
        for lease in self.leases.values_mut() {
            lease.is_configured = false;
        }
        // A large configuration takes a while to walk through.
        tokio::task::block_in_place(|| {
            for destination in table.destinations() {
                for cap in destination.caps().iter().filter(|cap| cap.metric().is_leased()) {
                    if let Some(lease) = self.leases.get_mut(&cap.id()) {
                        lease.reconfigure(cap, destination.is_active());
                        continue;
                    }
                    let kept = self.kept.remove(&cap.id()).unwrap_or_default();
                    let spent = self.spent.remove(&cap.id()).unwrap_or_default();
                    let mut lease = Lease::new(destination.id(), cap, kept, spent, now, self.ttl_ms);
                    lease.is_configured = destination.is_active();
                    self.leases.insert(cap.id(), lease);
                }
            }
        });
        let in_use = self.leases.iter().filter(|(_, lease)| lease.is_configured);
        let cells: HashMap<CapId, _> = in_use.map(|(cap, lease)| (*cap, Arc::clone(&lease.cell))).collect();
        metrics::gauge!("traffoflex_cap_lease_caps").set(cells.len() as f64);
        self.runtime.caps().set_cells(cells);
        self.table = Some(version);
    }
}
