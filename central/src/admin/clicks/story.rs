//! All that is known of one click.
//!
//! A click's id says when it was taken, which narrows the reading; an id that says no time is looked for
//! everywhere.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    columns,
    item::{self, ClickItem},
};
use crate::{
    access::WorkspaceApp,
    admin::{
        conversions::{history, item::ConversionHistory},
        postback_logs::{self, PostbackLogItem},
    },
    error::ApiError,
    rfc3339,
    warehouse::clicks::time_of,
};

/// Rows of one click: its first step and the second ones.
const MAX_STEPS: usize = 100;
const MAX_TRAFFICBACKS: u64 = 100;
const MAX_CONVERSIONS: i64 = 100;
const MAX_ID_BYTES: usize = 256;
/// A row's time is that of its id; so much before it is allowed for.
const SLACK_MS: i64 = 1000;
/// A landing page's link works for 7 days.
const LAST_STEP_MS: i64 = 8 * 24 * 3_600_000;

/// A click, and what came of it.
#[derive(Debug, Serialize, ToSchema)]
pub struct ClickStory {
    pub click: ClickItem,
    /// From its landing page on to offers, oldest first.
    pub second_steps: Vec<ClickItem>,
    /// Why it was not routed, oldest first.
    pub trafficbacks: Vec<TrafficbackItem>,
    /// Oldest first, each with its versions.
    pub conversions: Vec<ConversionHistory>,
    /// What came in and went out about it, oldest first.
    pub postbacks: Vec<PostbackLogItem>,
}

/// Why a click was not routed.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct TrafficbackItem {
    pub event_id: String,
    #[serde(deserialize_with = "rfc3339::read_ms")]
    #[schema(format = DateTime)]
    pub created_at: String,
    pub campaign_id: String,
    pub stream_id: String,
    /// Where it went instead; empty when nowhere.
    pub destination_id: String,
    pub reason: String,
    pub depth: u8,
    /// Campaign slugs already passed, separated by commas.
    pub visited_destinations: String,
    pub node_id: String,
}

pub async fn read(app: &WorkspaceApp, click_id: &str) -> Result<ClickStory, ApiError> {
    if click_id.is_empty() || click_id.len() > MAX_ID_BYTES {
        return Err(ApiError::NotFound);
    }
    let from_ms = time_of(click_id).map(|at_ms| at_ms - SLACK_MS);
    let period = from_ms.map(|from_ms| (from_ms, from_ms + LAST_STEP_MS));
    let mut steps = steps(app, click_id, period).await?;
    item::dress(app, &mut steps).await?;
    steps.sort_by(|a, b| (a.is_second_step, &a.created_at).cmp(&(b.is_second_step, &b.created_at)));
    let mut steps = steps.into_iter();
    let click = steps.next().ok_or(ApiError::NotFound)?;
    let (trafficbacks, conversions, postbacks) = tokio::try_join!(
        trafficbacks(app, click_id, period),
        conversions(app, click_id),
        postback_logs::of_click(app, click_id, from_ms.unwrap_or_default()),
    )?;
    Ok(ClickStory { click, second_steps: steps.collect(), trafficbacks, conversions, postbacks })
}

async fn steps(
    app: &WorkspaceApp,
    click_id: &str,
    period: Option<(i64, i64)>,
) -> Result<Vec<ClickItem>, ApiError> {
    let condition = of_click(period);
    let sql = format!("{} LIMIT {MAX_STEPS}", columns::select(&condition));
    Ok(app.warehouse.rows_of(app.reports.limited(bound(app, &sql, click_id))).await?)
}

async fn trafficbacks(
    app: &WorkspaceApp,
    click_id: &str,
    period: Option<(i64, i64)>,
) -> Result<Vec<TrafficbackItem>, ApiError> {
    let sql = format!(
        "SELECT * REPLACE (toUnixTimestamp64Milli(created_at) AS created_at) FROM (SELECT event_id, created_at, \
         node_id, node_epoch, node_seq, campaign_id, stream_id, destination_id, reason, depth, visited_destinations \
         FROM trafficback_events WHERE {} LIMIT 1 BY node_id, node_epoch, node_seq LIMIT {MAX_TRAFFICBACKS}) \
         ORDER BY created_at, node_id, node_epoch, node_seq",
        of_click(period)
    );
    Ok(app.warehouse.rows_of(app.reports.limited(bound(app, &sql, click_id))).await?)
}

async fn conversions(app: &WorkspaceApp, click_id: &str) -> Result<Vec<ConversionHistory>, ApiError> {
    let stored = app.catalog.conversions_of_click(&app.workspace_id, click_id, MAX_CONVERSIONS).await?;
    let mut all = Vec::with_capacity(stored.len());
    for stored in stored {
        let id = stored._id.clone();
        all.extend(history::of(app, &id, Some(stored)).await?);
    }
    Ok(all)
}

fn of_click(period: Option<(i64, i64)>) -> String {
    let mut sql = "workspace_id = {ws:String} AND click_id = {click:String}".to_owned();
    if let Some((from_ms, to_ms)) = period {
        sql.push_str(&format!(
            " AND created_at BETWEEN fromUnixTimestamp64Milli({}, 'UTC') AND fromUnixTimestamp64Milli({}, 'UTC')",
            from_ms.max(0),
            to_ms.max(0)
        ));
    }
    sql
}

fn bound(app: &WorkspaceApp, sql: &str, click_id: &str) -> clickhouse::query::Query {
    app.warehouse.client().query_raw(sql).param("ws", &*app.workspace_id).param("click", click_id)
}
