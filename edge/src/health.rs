//! Probes of destinations. One task decides what is probed and takes the results; the probes are
//! tasks of their own, so many at once. A result changes the destination's [`state`], which clicks
//! read through [`HealthStates`](crate::runtime::health::HealthStates); a change of state is an event, and the
//! state goes to central with every probe ([`report`]).
//!
//! What is known is not kept on disk: a node that starts knows nothing, and until its probes tell
//! it goes by what the nodes agree on.

mod outcome;
pub mod probe;
pub mod report;
pub mod schedule;
pub mod state;

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, AtomicUsize, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};

use hashbrown::HashMap;
use outcome::Outcome;
use probe::{Probe, Probed};
use report::Reports;
use schedule::{Due, Schedule, Taken};
use serde::Serialize;
use state::Thresholds;
use tokio::{
    sync::{mpsc, oneshot},
    task::{Id, JoinError, JoinSet},
};
use tokio_util::sync::CancellationToken;
use traffoflex_model::{DestinationHealthEvent, DestinationId, Health, NodeId};
use traffoflex_wire::health::{CheckAnswer, HealthReport};

use crate::{
    clock::now_ms,
    config::HealthConfig,
    runtime::{NodeRuntime, health::Own},
    snapshot::SnapshotHandle,
};

/// How soon a new snapshot is noticed.
const FOLLOW: Duration = Duration::from_millis(250);
/// Requests for a probe that wait to be taken; as many probes again as `parallelism` are made for them.
const MAX_REQUESTS: usize = 256;
/// Probes that a result counts for, before what the nodes agree on.
const FRESH_INTERVALS: u32 = 3;
/// However short the interval.
const FRESH_MIN: Duration = Duration::from_secs(15);

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CheckError {
    #[error("this node knows no such destination")]
    NotFound,
    #[error("too many probes are asked for")]
    Busy,
}

struct Request {
    destination: DestinationId,
    answer: oneshot::Sender<Result<CheckAnswer, CheckError>>,
}

/// Asks the prober. A clone is cheap.
#[derive(Clone)]
pub struct HealthChecks {
    requests: mpsc::Sender<Request>,
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    reports: Reports,
    destinations: AtomicUsize,
    /// How late the most overdue probe is, in milliseconds.
    late_ms: AtomicI64,
    runtime: NodeRuntime,
}

/// In `/readyz`.
#[derive(Debug, Serialize)]
pub struct HealthStatus {
    pub destinations: usize,
    pub unhealthy: usize,
    pub late_ms: i64,
    /// Since central last took a report; null before the first.
    pub reported_age_ms: Option<i64>,
}

impl HealthChecks {
    /// Probes at once, whether or not the destination has a health check.
    pub async fn check(&self, destination: DestinationId) -> Result<CheckAnswer, CheckError> {
        let (answer, answered) = oneshot::channel();
        self.requests.try_send(Request { destination, answer }).map_err(|_| CheckError::Busy)?;
        answered.await.unwrap_or(Err(CheckError::Busy))
    }

    pub fn status(&self, now_ms: i64) -> HealthStatus {
        let Shared { reports, destinations, late_ms, runtime } = &*self.shared;
        HealthStatus {
            destinations: destinations.load(Relaxed),
            unhealthy: runtime.health().unhealthy_count(),
            late_ms: late_ms.load(Relaxed),
            reported_age_ms: reports.accepted_at_ms().map(|at| (now_ms - at).max(0)),
        }
    }
}

pub struct Prober {
    node_id: NodeId,
    snapshot: SnapshotHandle,
    /// Generation and version of the snapshot that is followed.
    followed: Option<(String, u64)>,
    probe: Probe,
    interval: Duration,
    parallelism: usize,
    thresholds: Thresholds,
    schedule: Schedule,
    running: JoinSet<Probed>,
    jobs: HashMap<Id, Due>,
    requests: mpsc::Receiver<Request>,
    waiting: HashMap<DestinationId, Vec<oneshot::Sender<Result<CheckAnswer, CheckError>>>>,
    changes: mpsc::UnboundedSender<DestinationHealthEvent<'static>>,
    shared: Arc<Shared>,
}

/// The prober, what asks it, the reports it makes and the changes it sees.
pub struct Parts {
    pub prober: Prober,
    pub checks: HealthChecks,
    pub reports: Reports,
    pub changes: mpsc::UnboundedReceiver<DestinationHealthEvent<'static>>,
}

impl Prober {
    pub fn build(
        config: &HealthConfig,
        node_id: NodeId,
        probe: Probe,
        snapshot: SnapshotHandle,
        runtime: NodeRuntime,
    ) -> Parts {
        let (requests, received) = mpsc::channel(MAX_REQUESTS);
        let (changes, changed) = mpsc::unbounded_channel();
        let shared = Arc::new(Shared { runtime, ..Shared::default() });
        let prober = Self {
            node_id,
            snapshot,
            followed: None,
            probe,
            interval: config.interval(),
            parallelism: config.parallelism.into(),
            thresholds: config.thresholds(),
            schedule: Schedule::new(config.interval()),
            running: JoinSet::new(),
            jobs: HashMap::new(),
            requests: received,
            waiting: HashMap::new(),
            changes,
            shared: shared.clone(),
        };
        let reports = shared.reports.clone();
        Parts { prober, checks: HealthChecks { requests, shared }, reports, changes: changed }
    }

    /// Runs until cancelled. Needs a runtime with several threads.
    pub async fn run(mut self, cancelled: CancellationToken) {
        loop {
            self.follow_snapshot();
            let now = Instant::now();
            while self.running.len() < self.parallelism
                && let Some(due) = self.schedule.take_due(now)
            {
                self.start(due);
            }
            let late =
                self.schedule.next_due().map_or(0, |due| now.saturating_duration_since(due).as_millis());
            self.shared.late_ms.store(late as i64, Relaxed);
            metrics::gauge!("traffoflex_health_late_seconds").set(late as f64 / 1000.0);
            // With all slots taken it is the next result that makes room.
            let due = self.schedule.next_due().filter(|_| self.running.len() < self.parallelism);
            let wake = due.map_or(now + FOLLOW, |due| due.min(now + FOLLOW));
            tokio::select! {
                () = cancelled.cancelled() => return,
                Some(ended) = self.running.join_next_with_id() => self.ended(ended),
                Some(request) = self.requests.recv() => self.requested(request),
                () = tokio::time::sleep_until(wake.into()) => {}
            }
        }
    }

    /// Looks through the destinations once a snapshot.
    fn follow_snapshot(&mut self) {
        let table = self.snapshot.load();
        let Some(table) = table.as_deref() else { return };
        if self.followed.as_ref().is_some_and(|(g, v)| g == table.generation() && *v == table.version()) {
            return;
        }
        self.followed = Some((table.generation().to_owned(), table.version()));
        let (schedule, now) = (&mut self.schedule, now_ms());
        // Many destinations take a while: other tasks of this thread move on meanwhile.
        let ended = tokio::task::block_in_place(|| {
            let before = schedule.len();
            let ended = schedule.follow(schedule::wanted(table), Instant::now(), now);
            let fresh = schedule.len() + ended.len() - before;
            gauge(Health::Unknown).increment(fresh as f64);
            ended
        });
        self.shared.destinations.store(self.schedule.len(), Relaxed);
        for (id, target) in ended {
            gauge(target.state.current()).decrement(1.0);
            self.shared.runtime.health().set_own(&id, None);
            if target.state.current() == Health::Unknown {
                continue;
            }
            let outcome = Outcome::none(now);
            self.announce(outcome.event(&id, &target.workspace_id, target.state.current(), Health::Unknown));
            let report = HealthReport {
                destination_id: id,
                state: Health::Unknown,
                since_ms: now,
                latency_ms: 0,
                error: String::new(),
                checked_at_ms: now,
            };
            self.shared.reports.put(report, true);
        }
    }

    fn start(&mut self, due: Due) {
        let (probe, url) = (self.probe.clone(), due.url.clone());
        let task = self.running.spawn(async move { probe.run(&url).await });
        self.jobs.insert(task.id(), due);
    }

    fn requested(&mut self, request: Request) {
        let Request { destination, answer } = request;
        let started = if self.waiting.contains_key(&destination) {
            Ok(())
        } else if self.running.len() >= self.parallelism * 2 {
            Err(CheckError::Busy)
        } else {
            self.start_now(&destination)
        };
        match started {
            Ok(()) => self.waiting.entry(destination).or_default().push(answer),
            // Who asked may be gone.
            Err(error) => _ = answer.send(Err(error)),
        }
    }

    /// Beside the ones that are due: somebody waits for it.
    fn start_now(&mut self, destination: &DestinationId) -> Result<(), CheckError> {
        let due = match self.schedule.take(destination) {
            Taken::Due(due) => due,
            Taken::UnderWay => return Ok(()),
            // Probed all the same, and forgotten.
            Taken::NoTarget => {
                let table = self.snapshot.load();
                let found = table.as_deref().and_then(|table| table.destination(destination));
                let url = found.map(schedule::probed_url).ok_or(CheckError::NotFound)?;
                Due { id: destination.clone(), url, version: 0 }
            }
        };
        self.start(due);
        Ok(())
    }

    fn ended(&mut self, ended: Result<(Id, Probed), JoinError>) {
        let (task, probed) = match ended {
            Ok((task, probed)) => (task, Some(probed)),
            Err(error) => {
                tracing::error!(%error, "a probe panicked");
                (error.id(), None)
            }
        };
        let Some(Due { id, version, .. }) = self.jobs.remove(&task) else { return };
        let outcome = probed.map(|probed| Outcome::of(&probed));
        let is_target = self.schedule.target(&id).is_some_and(|target| target.version == version);
        if is_target {
            if let Some(outcome) = &outcome {
                self.observe(&id, outcome);
            }
            self.schedule.probed(&id, Instant::now());
        }
        let Some(waiting) = self.waiting.remove(&id) else { return };
        let state = self.schedule.target(&id).map(|target| (target.state.current(), target.state.since_ms()));
        for answer in waiting {
            let said = match &outcome {
                Some(outcome) => Ok(outcome.answer(&self.node_id, &id, state)),
                None => Err(CheckError::Busy),
            };
            let _ = answer.send(said);
        }
    }

    /// A result changes the state, what clicks see, and what central is told.
    fn observe(&mut self, id: &DestinationId, outcome: &Outcome) {
        let is_asked_for = self.waiting.contains_key(id);
        let Some(target) = self.schedule.target(id) else { return };
        let previous = target.state.observe(outcome.succeeded, outcome.at_ms, self.thresholds);
        let (current, since_ms) = (target.state.current(), target.state.since_ms());
        let workspace_id = target.workspace_id.clone();
        let fresh_for_ms = (self.interval * FRESH_INTERVALS).max(FRESH_MIN).as_millis() as i64;
        let own = target.state.opinion();
        let own = own.map(|is_healthy| Own { is_healthy, fresh_until_ms: outcome.at_ms + fresh_for_ms });
        self.shared.runtime.health().set_own(id, own);
        let report = HealthReport {
            destination_id: id.clone(),
            state: current,
            since_ms,
            latency_ms: outcome.latency_ms,
            error: outcome.error.clone(),
            checked_at_ms: outcome.at_ms,
        };
        self.shared.reports.put(report, previous.is_some() || is_asked_for);
        let result = if outcome.succeeded { "success" } else { outcome.kind };
        metrics::counter!("traffoflex_health_probes_total", "result" => result).increment(1);
        if let Some(previous) = previous {
            gauge(previous).decrement(1.0);
            gauge(current).increment(1.0);
            let event = outcome.event(id, &workspace_id, previous, current);
            self.announce(event);
        }
    }

    fn announce(&self, event: DestinationHealthEvent<'static>) {
        let (previous, current) = (event.previous.as_str(), event.current.as_str());
        metrics::counter!("traffoflex_health_transitions_total", "to" => current).increment(1);
        tracing::info!(destination_id = %event.destination_id, previous, current, error = %event.error, "destination health changed");
        // The recorder ends after the prober.
        let _ = self.changes.send(event);
    }
}

fn gauge(state: Health) -> metrics::Gauge {
    metrics::gauge!("traffoflex_health_destinations", "state" => state.as_str())
}
