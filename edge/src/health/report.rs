//! What leaves the node: changes of state as events, through the outbox like every event, and the
//! state itself to central. A report holds what is so now and a newer one takes its place, so that
//! what waits is bounded by the number of destinations, and a loss is made good by the next probe.

use std::{
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicI64, Ordering::Relaxed},
    },
    time::Duration,
};

use hashbrown::{HashMap, hash_map::Entry};
use reqwest::{Client, Url};
use tokio::sync::{Notify, mpsc::UnboundedReceiver};
use tokio_util::sync::CancellationToken;
use traffoflex_model::{DestinationHealthEvent, DestinationId};
use traffoflex_wire::{
    health::{HealthBatch, HealthReport, MAX_REPORTS, PATH},
    topic::Topic,
};

use crate::{
    backoff::Backoff,
    clock::now_ms,
    config::NodeConfig,
    outbox::{Appended, EncodedEvents, Outbox},
};

/// States that have not changed wait so long for company.
const GATHER: Duration = Duration::from_secs(10);
/// A full batch of changes takes central a few seconds.
const TIMEOUT: Duration = Duration::from_secs(30);
const BACKOFF_FIRST: Duration = Duration::from_millis(500);
const BACKOFF_MAX: Duration = Duration::from_secs(30);
/// Events handed to the outbox as one unit.
const MAX_EVENTS: usize = 256;

/// What central does not know yet. A clone is cheap.
#[derive(Clone, Default)]
pub struct Reports(Arc<Book>);

#[derive(Default)]
struct Book {
    waiting: Mutex<HashMap<DestinationId, HealthReport>>,
    urgent: Notify,
    /// UTC milliseconds; 0 before the first.
    accepted_at_ms: AtomicI64,
}

impl Reports {
    /// Urgent ones, which say that something changed, go at once.
    pub fn put(&self, report: HealthReport, is_urgent: bool) {
        self.waiting().insert(report.destination_id.clone(), report);
        if is_urgent {
            self.0.urgent.notify_one();
        }
    }

    /// When central last took a report.
    pub fn accepted_at_ms(&self) -> Option<i64> {
        Some(self.0.accepted_at_ms.load(Relaxed)).filter(|at| *at != 0)
    }

    fn take(&self) -> Vec<HealthReport> {
        let mut waiting = self.waiting();
        let ids: Vec<DestinationId> = waiting.keys().take(MAX_REPORTS).cloned().collect();
        ids.iter().filter_map(|id| waiting.remove(id)).collect()
    }

    /// What came meanwhile is newer and stays.
    fn put_back(&self, reports: Vec<HealthReport>) {
        let mut waiting = self.waiting();
        for report in reports {
            if let Entry::Vacant(place) = waiting.entry(report.destination_id.clone()) {
                place.insert(report);
            }
        }
    }

    fn waiting(&self) -> MutexGuard<'_, HashMap<DestinationId, HealthReport>> {
        self.0.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[derive(Debug, thiserror::Error)]
enum ReportError {
    #[error("central cannot be reached: {0}")]
    Request(reqwest::Error),
    #[error("central answered {0}")]
    Status(reqwest::StatusCode),
}

pub struct Reporter {
    reports: Reports,
    client: Client,
    url: Url,
    node: NodeConfig,
    interval_ms: u64,
}

impl Reporter {
    pub fn new(reports: Reports, node: NodeConfig, interval_ms: u64) -> reqwest::Result<Self> {
        let client = Client::builder()
            .timeout(TIMEOUT)
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .build()?;
        let mut url = node.central_url.clone();
        url.set_path(&format!("{}{PATH}", url.path().trim_end_matches('/')));
        Ok(Self { reports, client, url, node, interval_ms })
    }

    /// Runs until cancelled.
    pub async fn run(self, cancelled: CancellationToken) {
        let mut backoff = Backoff::new(BACKOFF_FIRST, BACKOFF_MAX);
        loop {
            tokio::select! {
                () = cancelled.cancelled() => return,
                () = self.reports.0.urgent.notified() => {}
                () = tokio::time::sleep(GATHER) => {}
            }
            while let reports = self.reports.take()
                && !reports.is_empty()
            {
                let sent = tokio::select! {
                    () = cancelled.cancelled() => return,
                    sent = self.send(&reports) => sent,
                };
                match sent {
                    Ok(()) => {
                        backoff.reset();
                        self.reports.0.accepted_at_ms.store(now_ms(), Relaxed);
                    }
                    Err(error) => {
                        metrics::counter!("traffoflex_health_report_failures_total").increment(1);
                        self.reports.put_back(reports);
                        let wait = backoff.next_wait();
                        let retry_in_ms = wait.as_millis() as u64;
                        tracing::warn!(%error, retry_in_ms, "health report failed");
                        tokio::select! {
                            () = cancelled.cancelled() => return,
                            () = tokio::time::sleep(wait) => {}
                        }
                    }
                }
            }
        }
    }

    async fn send(&self, reports: &[HealthReport]) -> Result<(), ReportError> {
        let batch = HealthBatch {
            node_id: self.node.node_id.clone(),
            interval_ms: self.interval_ms,
            reports: reports.to_vec(),
        };
        let request = self.client.post(self.url.clone()).bearer_auth(&self.node.node_token).json(&batch);
        let answer = request.send().await.map_err(|error| ReportError::Request(error.without_url()))?;
        match answer.status() {
            status if status.is_success() => Ok(()),
            status => Err(ReportError::Status(status)),
        }
    }
}

/// Writes changes to the outbox until nobody sends any more.
pub async fn record(mut changes: UnboundedReceiver<DestinationHealthEvent<'static>>, outbox: Outbox) {
    let mut batch = Vec::with_capacity(MAX_EVENTS);
    while changes.recv_many(&mut batch, MAX_EVENTS).await > 0 {
        let mut events = EncodedEvents::new();
        let unwritten = batch
            .drain(..)
            .filter(|event| events.push(Topic::DestinationHealthEvents, event).is_err())
            .count();
        let lost = match outbox.append(events).await {
            Ok(Appended::Committed | Appended::Buffered) => unwritten > 0,
            Ok(Appended::Dropped(_)) | Err(_) => true,
        };
        if lost {
            metrics::counter!("traffoflex_health_events_lost_total").increment(1);
            tracing::error!("changes of health could not be recorded as events");
        }
    }
}

#[cfg(test)]
mod tests {
    use traffoflex_model::Health;

    use super::*;

    fn report(id: &str, checked_at_ms: i64) -> HealthReport {
        HealthReport {
            destination_id: id.into(),
            state: Health::Healthy,
            since_ms: 0,
            latency_ms: 1,
            error: String::new(),
            checked_at_ms,
        }
    }

    #[test]
    fn the_newest_report_of_each_destination_is_what_waits() {
        let reports = Reports::default();
        reports.put(report("a", 1), false);
        reports.put(report("a", 2), false);
        let taken = reports.take();
        assert_eq!(taken, [report("a", 2)]);
        reports.put(report("a", 3), false);
        reports.put_back(taken);
        assert_eq!(reports.take(), [report("a", 3)], "one that failed does not come before a newer one");
        for n in 0..MAX_REPORTS + 1 {
            reports.put(report(&n.to_string(), 1), false);
        }
        assert_eq!((reports.take().len(), reports.take().len()), (MAX_REPORTS, 1));
    }
}
