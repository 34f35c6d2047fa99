//! Events of a node are late: those that reached ClickHouse within the last [`LOOK_MINUTES`] were so old when
//! they came. That is the age of what the node's outbox sends, whichever way it takes.
//!
//! A node that sends nothing at all is silent or has no traffic: that is for `node_silent`.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{LIMITS, MeasureError, Measured, Reading, Scene, Subject, SubjectKind};
use crate::{admin::validate::Errors, warehouse::WarehouseError};

const LOOK_MINUTES: i64 = 5;
const MAX_AGE_SECONDS: u32 = 30 * 24 * 3600;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OutboxGrowing {
    /// Age of the oldest event when it arrived, above which the outbox counts as growing.
    pub oldest_above_seconds: u32,
    /// Null: any node.
    #[serde(default)]
    pub node_id: Option<String>,
}

#[derive(Deserialize)]
struct Row {
    node: String,
    oldest_ms: i64,
    events: u64,
}

const SQL: &str = "SELECT node, max(age_ms) AS oldest_ms, sum(n) AS events FROM (\
    SELECT toString(node_id) AS node, max(toUnixTimestamp64Milli(ingested_at) - toUnixTimestamp64Milli(created_at)) AS age_ms, count() AS n \
    FROM click_events WHERE ingested_at >= fromUnixTimestamp64Milli({since:Int64}) AND cost_version = 0 GROUP BY node \
    UNION ALL SELECT toString(node_id) AS node, max(toUnixTimestamp64Milli(ingested_at) - toUnixTimestamp64Milli(created_at)) AS age_ms, count() AS n \
    FROM postback_log_events WHERE ingested_at >= fromUnixTimestamp64Milli({since:Int64}) GROUP BY node) GROUP BY node ORDER BY node";

impl OutboxGrowing {
    pub fn check(&self, errors: &mut Errors) {
        if !(1..=MAX_AGE_SECONDS).contains(&self.oldest_above_seconds) {
            errors.add("oldest_above_seconds", format!("1 to {MAX_AGE_SECONDS}"));
        }
        if self.node_id.as_ref().is_some_and(|id| traffoflex_model::NodeId::parse(id).is_err()) {
            errors.add("node_id", "a node's name");
        }
    }

    pub async fn measure(&self, scene: &Scene<'_>) -> Result<Vec<Reading>, MeasureError> {
        let since = scene.now_ms - LOOK_MINUTES * 60_000;
        let mut query = scene.app.warehouse.client().query_raw(SQL).param("since", since);
        for (name, value) in LIMITS {
            query = query.with_setting(name, value);
        }
        let mut readings = Vec::new();
        for row in scene.app.warehouse.rows(query).await? {
            let row: Row = serde_json::from_value(row).map_err(WarehouseError::from)?;
            if self.node_id.as_ref().is_some_and(|id| *id != row.node) {
                continue;
            }
            readings.push(Reading {
                subject: Subject::of(SubjectKind::Node, &row.node, &row.node),
                holds: row.oldest_ms > i64::from(self.oldest_above_seconds) * 1000,
                values: vec![
                    Measured::plain("oldest_seconds", row.oldest_ms.max(0) / 1000),
                    Measured::plain("events", row.events),
                ],
            });
        }
        Ok(readings)
    }
}
