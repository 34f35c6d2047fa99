//! `GET /api/reports/health`: per destination, how often its health changed in the period, how often
//! it became unhealthy, and how it stood last, as the nodes' events tell. Filter: `destination`.

use serde_json::Value;
use traffoflex_model::Destination;

use super::{
    query::ReportQuery,
    run::{self, Row},
};
use crate::{access::WorkspaceApp, error::ApiError, rfc3339};

pub const COLUMNS: [&str; 9] = [
    "destination",
    "destination_name",
    "transitions",
    "outages",
    "nodes",
    "last_state",
    "last_node",
    "last_error",
    "last_at",
];

const SQL: &str = "SELECT destination_id AS destination, count() AS transitions, \
     countIf(current = 'unhealthy') AS outages, uniqExact(node_id) AS nodes, \
     argMax(current, (created_at, node_id, node_seq)) AS last_state, \
     argMax(node_id, (created_at, node_id, node_seq)) AS last_node, \
     argMax(error, (created_at, node_id, node_seq)) AS last_error, \
     toUnixTimestamp64Milli(max(created_at)) AS last_at \
     FROM destination_health_events FINAL WHERE workspace_id = {ws:String} \
     AND created_at >= fromUnixTimestamp64Milli({from:Int64}) AND created_at < fromUnixTimestamp64Milli({to:Int64}) \
     AND (empty({only:Array(String)}) OR has({only:Array(String)}, destination_id)) \
     GROUP BY destination_id ORDER BY transitions DESC, destination LIMIT {limit:UInt32} OFFSET {offset:UInt32}";

/// One page of destinations, and how many there are.
pub async fn rows(app: &WorkspaceApp, query: &ReportQuery) -> Result<(Vec<Row>, u64), ApiError> {
    let only = query.only(&["destination"])?.into_iter().flatten().collect::<Vec<String>>();
    let statement = app.warehouse.client().query_raw(SQL).param("ws", &*app.workspace_id);
    let statement = statement.param("from", query.from_ms).param("to", query.to_ms).param("only", &only);
    let (mut rows, total) = run::listed(app, query, statement).await?;
    let id = |row: &Row| row.get("destination").and_then(Value::as_str).unwrap_or_default().to_owned();
    let ids: Vec<String> = rows.iter().map(id).collect();
    let names = run::names_of::<Destination>(app, &ids).await?;
    for (row, id) in rows.iter_mut().zip(&ids) {
        row.insert("destination_name".into(), names.get(id).cloned().map_or(Value::Null, Value::String));
        let last_at = row.get("last_at").and_then(Value::as_i64).map(rfc3339::of_ms);
        row.insert("last_at".into(), last_at.map_or(Value::Null, Value::String));
    }
    Ok((rows, total))
}
