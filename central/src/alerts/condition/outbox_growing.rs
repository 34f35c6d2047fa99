//! A node does not get rid of its events: too many of them wait, they wait for too long, or they become more and
//! more. What is not asked for is not looked at; of what is, one is enough.
//!
//! How many wait, and for how long, is what the node last said of itself (no longer than [`FRESH_MS`] ago). For one
//! that says nothing the age is that of what arrived in ClickHouse within the last [`LOOK_MINUTES`]: what its outbox
//! sends, whichever way it takes, and also what somebody put in again or a broker is read for again. A node that says
//! and sends nothing is for `node_silent`.

use std::collections::BTreeMap;

use mongodb::bson::DateTime;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{LIMITS, MeasureError, Measured, Reading, Scene, Subject, SubjectKind};
use crate::{admin::validate::Errors, alerts::MAX_SUBJECTS, warehouse::WarehouseError};

const LOOK_MINUTES: i64 = 5;
const FRESH_MS: i64 = 180_000;
const MAX_AGE_SECONDS: u32 = 30 * 24 * 3600;
/// Nodes keep a moment a minute of the last day.
const MAX_GROWING_MINUTES: u32 = 12 * 60;
const MS_PER_MINUTE: i64 = 60_000;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OutboxGrowing {
    /// More events than this wait.
    #[serde(default)]
    pub events_above: Option<u64>,
    /// The oldest waits for longer.
    #[serde(default)]
    pub oldest_above_seconds: Option<u32>,
    /// It never had fewer than the minute before for so long, and has more than at the beginning of that time.
    #[serde(default)]
    pub growing_minutes: Option<u32>,
    /// Null: any node.
    #[serde(default)]
    pub node_id: Option<String>,
}

#[derive(Deserialize)]
struct Row {
    node: String,
    oldest_ms: i64,
}

/// Of one node.
#[derive(Default)]
struct Outbox {
    events: Option<u64>,
    oldest_ms: Option<i64>,
    grown_by: Option<u64>,
}

const SQL: &str = "SELECT node, max(age_ms) AS oldest_ms FROM (\
    SELECT toString(node_id) AS node, max(toUnixTimestamp64Milli(ingested_at) - toUnixTimestamp64Milli(created_at)) AS age_ms \
    FROM click_events WHERE ingested_at >= fromUnixTimestamp64Milli({since:Int64}) AND cost_version = 0 GROUP BY node \
    UNION ALL SELECT toString(node_id) AS node, max(toUnixTimestamp64Milli(ingested_at) - toUnixTimestamp64Milli(created_at)) AS age_ms \
    FROM postback_log_events WHERE ingested_at >= fromUnixTimestamp64Milli({since:Int64}) GROUP BY node) GROUP BY node ORDER BY node";

impl OutboxGrowing {
    pub fn check(&self, errors: &mut Errors) {
        let Self { events_above, oldest_above_seconds, growing_minutes, node_id } = self;
        if events_above.is_none() && oldest_above_seconds.is_none() && growing_minutes.is_none() {
            errors.add("events_above", "this, oldest_above_seconds or growing_minutes");
        }
        if oldest_above_seconds.is_some_and(|seconds| !(1..=MAX_AGE_SECONDS).contains(&seconds)) {
            errors.add("oldest_above_seconds", format!("1 to {MAX_AGE_SECONDS}"));
        }
        if growing_minutes.is_some_and(|minutes| !(2..=MAX_GROWING_MINUTES).contains(&minutes)) {
            errors.add("growing_minutes", format!("2 to {MAX_GROWING_MINUTES}"));
        }
        if events_above.is_some_and(|events| i64::try_from(events).is_err()) {
            errors.add("events_above", format!("0 to {}", i64::MAX));
        }
        if node_id.as_ref().is_some_and(|id| traffoflex_model::NodeId::parse(id).is_err()) {
            errors.add("node_id", "a node's name");
        }
    }

    pub async fn measure(&self, scene: &Scene<'_>) -> Result<Vec<Reading>, MeasureError> {
        let mut outboxes: BTreeMap<String, Outbox> = BTreeMap::new();
        self.reported(scene, &mut outboxes).await?;
        if self.oldest_above_seconds.is_some() {
            arrived(scene, &mut outboxes).await?;
        }
        let is_watched = |node: &String| self.node_id.as_ref().is_none_or(|id| id == node);
        let watched = outboxes.iter().filter(|(node, _)| is_watched(node));
        Ok(watched.map(|(node, outbox)| self.reading(node, outbox)).collect())
    }

    fn reading(&self, node: &str, outbox: &Outbox) -> Reading {
        let too_many = self.events_above.zip(outbox.events).is_some_and(|(limit, events)| events > limit);
        let too_old = self.oldest_above_seconds.zip(outbox.oldest_ms);
        let too_old = too_old.is_some_and(|(limit, oldest_ms)| oldest_ms > i64::from(limit) * 1000);
        let grows = self.growing_minutes.is_some() && outbox.grown_by.is_some();
        let mut values = Vec::new();
        values.extend(outbox.events.map(|events| Measured::plain("events", events)));
        values.extend(outbox.oldest_ms.map(|ms| Measured::plain("oldest_seconds", ms.max(0) / 1000)));
        values.extend(outbox.grown_by.map(|events| Measured::plain("grown_by", events)));
        Reading {
            subject: Subject::of(SubjectKind::Node, node, node),
            holds: too_many || too_old || grows,
            values,
        }
    }

    /// What nodes say of themselves.
    async fn reported(
        &self,
        scene: &Scene<'_>,
        outboxes: &mut BTreeMap<String, Outbox>,
    ) -> Result<(), MeasureError> {
        for silence in scene.app.presence.silences(MAX_SUBJECTS as i64).await? {
            let Some(said) = silence.node.reported else { continue };
            if scene.now_ms - said.at.timestamp_millis() > FRESH_MS {
                continue;
            }
            let grown_by = match self.growing_minutes {
                Some(minutes) => {
                    let moments = scene.app.presence.history(&silence.node._id).await?;
                    let moments: Vec<(DateTime, u64)> =
                        moments.iter().map(|moment| (moment.at, moment.report.outbox_events)).collect();
                    grown(&moments, i64::from(minutes) * MS_PER_MINUTE, scene.now_ms)
                }
                None => None,
            };
            let (events, oldest_ms) = (said.report.outbox_events, said.report.outbox_oldest_age_ms);
            let outbox = Outbox { events: Some(events), oldest_ms: Some(oldest_ms), grown_by };
            outboxes.insert(silence.node._id, outbox);
        }
        Ok(())
    }
}

async fn arrived(scene: &Scene<'_>, outboxes: &mut BTreeMap<String, Outbox>) -> Result<(), MeasureError> {
    let since = scene.now_ms - LOOK_MINUTES * MS_PER_MINUTE;
    let mut query = scene.app.warehouse.client().query_raw(SQL).param("since", since);
    for (name, value) in LIMITS {
        query = query.with_setting(name, value);
    }
    for row in scene.app.warehouse.rows(query).await? {
        let Row { node, oldest_ms } = serde_json::from_value(row).map_err(WarehouseError::from)?;
        let outbox = outboxes.entry(node).or_default();
        outbox.oldest_ms.get_or_insert(oldest_ms);
    }
    Ok(())
}

/// By how many events it grew, of moments with the latest first; None when it did not, or nobody knows for so long.
fn grown(moments: &[(DateTime, u64)], for_ms: i64, now_ms: i64) -> Option<u64> {
    // The first moment that is as old, and all after it.
    let oldest = moments.iter().position(|(at, _)| now_ms - at.timestamp_millis() >= for_ms)?;
    let within = &moments[..=oldest];
    let never_fewer = within.windows(2).all(|pair| pair[0].1 >= pair[1].1);
    let (first, last) = (within.last()?.1, within.first()?.1);
    (never_fewer && last > first && within.len() > 2).then(|| last - first)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_grows_when_it_never_shrank_for_as_long() {
        let moments = |events: &[u64]| -> Vec<(DateTime, u64)> {
            let at = |i: usize| DateTime::from_millis(-(i as i64) * MS_PER_MINUTE);
            events.iter().enumerate().map(|(i, events)| (at(i), *events)).collect()
        };
        let of = |events: &[u64]| grown(&moments(events), 3 * MS_PER_MINUTE, 0);
        assert_eq!(of(&[9, 7, 7, 4, 100]), Some(5), "what was before does not count");
        assert_eq!(of(&[9, 7, 8, 4]), None);
        assert_eq!(of(&[5, 5, 5, 5]), None);
        assert_eq!(of(&[9, 8]), None, "nobody knows for so long");
    }
}
