//! `cap.reached`: once a cap and window, however many processes and nodes see it.
//!
//! `cap_alerts` has a document for each cap that was reached: since when, and until when that is not told
//! again (the end of the calendar day, or the length of a rolling window from then). Whoever writes it first
//! names the event; a crash before its messages are kept leaves `told` false, and the next look goes on there.

use std::collections::HashMap;

use mongodb::{
    Collection,
    bson::{DateTime, doc},
    error::Result,
};
use serde::{Deserialize, Serialize};
use tokio_util::sync::CancellationToken;
use traffoflex_model::{CapMetric, Destination, WebhookEvent};
use traffoflex_routing::cap::{CapId, CapWindow};

use super::{Notice, Notifications};
use crate::catalog::{
    duplicate_field,
    entity::{Entity, Stored},
};

const ALERTS: &str = "cap_alerts";
const MS_PER_HOUR: i64 = 3_600_000;
/// How long a cap is left alone that nobody asks about, or that could not be told of, in milliseconds.
const RECHECK_MS: i64 = 10_000;
/// Caps that are known to need no look; beyond it those that do again are forgotten.
const MAX_QUIET: usize = 100_000;
/// Reached caps that wait to be told of.
pub(super) const MAX_DUE: usize = 10_000;
const DELAYED: &str = "traffoflex_cap_notifications_delayed_total";

/// A cap that takes nothing more. Units are [`traffoflex_model::Cap::SCALE`]ths.
#[derive(Debug, Clone, Copy)]
pub struct ReachedCap<'a> {
    pub id: CapId,
    pub destination_id: &'a str,
    pub metric: CapMetric,
    pub limit_units: i64,
    pub used_units: i64,
    pub window: &'a CapWindow,
}

/// A reached cap on its way to the background.
pub(super) struct DueCap {
    id: CapId,
    destination_id: String,
    metric: CapMetric,
    limit_units: i64,
    used_units: i64,
    window: CapWindow,
    now_ms: i64,
}

impl DueCap {
    fn new(cap: &ReachedCap<'_>, now_ms: i64) -> Self {
        let ReachedCap { id, metric, limit_units, used_units, .. } = *cap;
        let (destination_id, window) = (cap.destination_id.to_owned(), cap.window.clone());
        Self { id, destination_id, metric, limit_units, used_units, window, now_ms }
    }

    fn as_reached(&self) -> ReachedCap<'_> {
        let Self { id, metric, limit_units, used_units, .. } = *self;
        let (destination_id, window) = (&*self.destination_id, &self.window);
        ReachedCap { id, destination_id, metric, limit_units, used_units, window }
    }
}

/// A cap that needs no look until then, unless its limit is raised.
#[derive(Debug, Clone, Copy)]
pub struct Quiet {
    until_ms: i64,
    limit_units: i64,
}

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Alert {
    _id: String,
    workspace_id: String,
    destination_id: String,
    since: DateTime,
    until: DateTime,
    limit_units: i64,
    told: bool,
}

impl Notifications {
    /// Has it told in the background unless that was done. Whoever asks waits for nothing; what finds no room
    /// is noticed when the cap is seen again.
    pub fn cap_reached(&self, cap: &ReachedCap<'_>, now_ms: i64) {
        // A limit of nothing is a choice, and is never reached.
        if cap.limit_units <= 0 || self.is_quiet(cap, now_ms) {
            return;
        }
        match self.0.reached.try_send(DueCap::new(cap, now_ms)) {
            Ok(()) => self.keep_quiet(cap, now_ms + RECHECK_MS, now_ms),
            Err(_) => metrics::counter!(DELAYED).increment(1),
        }
    }

    /// Tells of reached caps until `stop`.
    pub async fn tell_of_caps(self, stop: CancellationToken) {
        let mut due = self.0.due.lock().await;
        while let Some(Some(cap)) = stop.run_until_cancelled(due.recv()).await {
            self.tell_and_keep(&cap.as_reached(), cap.now_ms).await;
        }
    }

    /// Failing is logged, and tried again when the cap is seen again.
    async fn tell_and_keep(&self, cap: &ReachedCap<'_>, now_ms: i64) {
        let until_ms = match self.tell_of_cap(cap, now_ms).await {
            Ok(until_ms) => until_ms,
            Err(error) => {
                tracing::warn!(destination = cap.destination_id, %error, "a reached cap could not be told of");
                now_ms + RECHECK_MS
            }
        };
        self.keep_quiet(cap, until_ms, now_ms);
    }

    /// Returns until when it needs no look.
    async fn tell_of_cap(&self, cap: &ReachedCap<'_>, now_ms: i64) -> Result<i64> {
        let destinations = self.0.catalog.collection::<Destination>();
        let Some(stored) = destinations.find_one(doc! { "_id": cap.destination_id }).await? else {
            return Ok(now_ms + RECHECK_MS);
        };
        let Stored { entity: destination, .. } = stored;
        if self.asking(WebhookEvent::CapReached, Some(destination.workspace_id())).await?.is_empty() {
            return Ok(now_ms + RECHECK_MS);
        }
        let Some(alert) = self.claim_alert(cap, &destination, now_ms).await? else {
            return Ok(now_ms + RECHECK_MS);
        };
        if !alert.told {
            let notice = Notice::cap_reached(cap, &destination, alert.since.timestamp_millis());
            self.tell(&notice).await?;
            let this = doc! { "_id": &alert._id, "since": alert.since };
            self.cap_alerts().update_one(this, doc! { "$set": { "told": true } }).await?;
        }
        Ok(alert.until.timestamp_millis())
    }

    /// The alert of this window, made when there is none.
    async fn claim_alert(
        &self,
        cap: &ReachedCap<'_>,
        destination: &Destination,
        now_ms: i64,
    ) -> Result<Option<Alert>> {
        let alerts = self.cap_alerts();
        let id = format!("{:016x}", cap.id.0);
        let over = doc! { "until": { "$lte": DateTime::from_millis(now_ms) } };
        let raised = doc! { "limit_units": { "$lt": cap.limit_units } };
        let until_ms = match cap.window {
            CapWindow::Rolling { hours } => now_ms + i64::from(*hours) * MS_PER_HOUR,
            day @ CapWindow::Day(_) => day.until_ms(now_ms).unwrap_or(now_ms),
        };
        let fresh = doc! { "$set": {
            "workspace_id": destination.workspace_id(),
            "destination_id": cap.destination_id,
            "since": DateTime::from_millis(now_ms),
            "until": DateTime::from_millis(until_ms),
            "limit_units": cap.limit_units,
            "told": false,
        } };
        let due = doc! { "_id": &id, "$or": [over, raised] };
        match alerts.update_one(due, fresh).upsert(true).await {
            Ok(_) => {}
            // There is one, and its window is not over.
            Err(error) if duplicate_field(&error).is_some() => {}
            Err(error) => return Err(error),
        }
        alerts.find_one(doc! { "_id": &id }).await
    }

    pub(super) fn cap_alerts(&self) -> Collection<Alert> {
        self.0.catalog.database().collection(ALERTS)
    }

    fn is_quiet(&self, cap: &ReachedCap<'_>, now_ms: i64) -> bool {
        let quiet = self.lock_quiet();
        quiet
            .get(&cap.id)
            .is_some_and(|quiet| now_ms < quiet.until_ms && cap.limit_units <= quiet.limit_units)
    }

    fn keep_quiet(&self, cap: &ReachedCap<'_>, until_ms: i64, now_ms: i64) {
        let mut quiet = self.lock_quiet();
        if quiet.len() >= MAX_QUIET {
            quiet.retain(|_, quiet| quiet.until_ms > now_ms);
        }
        if quiet.len() < MAX_QUIET {
            quiet.insert(cap.id, Quiet { until_ms, limit_units: cap.limit_units });
        }
    }

    fn lock_quiet(&self) -> std::sync::MutexGuard<'_, HashMap<CapId, Quiet>> {
        self.0.quiet.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}
