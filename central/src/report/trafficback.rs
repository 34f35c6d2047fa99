//! `GET /api/reports/trafficback`: clicks that no stream could serve, by reason: how many, how many of them were
//! sent somewhere all the same, and how far round they had come. Filters: `campaign`, `stream`, `destination`
//! (where they went instead).

use super::{
    query::ReportQuery,
    run::{self, Row},
};
use crate::{access::WorkspaceApp, error::ApiError};

const FILTERS: [&str; 3] = ["campaign", "stream", "destination"];
pub const COLUMNS: [&str; 5] = ["reason", "clicks", "redirected", "campaigns", "max_depth"];

const SQL: &str = "SELECT reason, count() AS clicks, countIf(destination_id != '') AS redirected, \
     uniqExact(campaign_id) AS campaigns, max(depth) AS max_depth \
     FROM trafficback_events FINAL WHERE workspace_id = {ws:String} \
     AND created_at >= fromUnixTimestamp64Milli({from:Int64}) AND created_at < fromUnixTimestamp64Milli({to:Int64}) \
     AND (empty({campaign:Array(String)}) OR has({campaign:Array(String)}, campaign_id)) \
     AND (empty({stream:Array(String)}) OR has({stream:Array(String)}, stream_id)) \
     AND (empty({destination:Array(String)}) OR has({destination:Array(String)}, destination_id)) \
     GROUP BY reason ORDER BY clicks DESC, reason LIMIT {limit:UInt32} OFFSET {offset:UInt32}";

/// One page of reasons, and how many there are.
pub async fn rows(app: &WorkspaceApp, query: &ReportQuery) -> Result<(Vec<Row>, u64), ApiError> {
    let only = query.only(&FILTERS)?;
    let mut statement = app.warehouse.client().query_raw(SQL).param("ws", &*app.workspace_id);
    statement = statement.param("from", query.from_ms).param("to", query.to_ms);
    for (name, values) in FILTERS.into_iter().zip(&only) {
        statement = statement.param(name, values);
    }
    run::listed(app, query, statement).await
}
