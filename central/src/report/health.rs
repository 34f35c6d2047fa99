//! `GET /api/reports/health`: per destination, how often its health changed in the period, how often
//! it became unhealthy, and how it stood last, as the nodes' events tell. Filter: `destination`.

use serde_json::Value;
use traffoflex_model::Destination;

use super::{query::ReportQuery, run};
use crate::{access::WorkspaceApp, error::ApiError};

/// Parameters beside the period.
pub const PARAMETERS: &[&str] = &["limit", "offset"];

const SQL: &str = "SELECT destination_id AS destination, count() AS transitions, \
     countIf(current = 'unhealthy') AS outages, uniqExact(node_id) AS nodes, \
     argMax(current, (created_at, node_id, node_seq)) AS last_state, \
     argMax(node_id, (created_at, node_id, node_seq)) AS last_node, \
     argMax(error, (created_at, node_id, node_seq)) AS last_error, \
     toUnixTimestamp64Milli(max(created_at)) AS last_at, count() OVER () AS total_rows \
     FROM destination_health_events FINAL WHERE workspace_id = {ws:String} \
     AND created_at >= fromUnixTimestamp64Milli({from:Int64}) AND created_at < fromUnixTimestamp64Milli({to:Int64}) \
     AND (empty({only:Array(String)}) OR has({only:Array(String)}, destination_id)) \
     GROUP BY destination_id ORDER BY transitions DESC, destination LIMIT {limit:UInt32} OFFSET {offset:UInt32}";

/// One page of destinations, and how many there are.
pub async fn rows(app: &WorkspaceApp, query: &ReportQuery) -> Result<(Vec<Value>, u64), ApiError> {
    if let Some((dimension, _)) = query.filters.iter().find(|(dimension, _)| dimension.name != "destination")
    {
        return Err(ApiError::field(dimension.name, "this report is filtered by destination alone"));
    }
    let only: Vec<String> = query.filters.iter().flat_map(|(_, values)| values.clone()).collect();
    let (mut rows, total) = run::page(query, |limit, offset| {
        let statement = app.warehouse.client().query_raw(SQL);
        let statement = statement
            .param("ws", &*app.workspace_id)
            .param("from", query.from_ms)
            .param("to", query.to_ms)
            .param("only", &only)
            .param("limit", limit)
            .param("offset", offset);
        async move { Ok(app.warehouse.rows(run::limited(statement)).await?) }
    })
    .await?;
    let ids: Vec<String> =
        rows.iter().filter_map(|row| row["destination"].as_str().map(str::to_owned)).collect();
    let names = run::names_of::<Destination>(app, &ids).await?;
    for (row, id) in rows.iter_mut().zip(&ids) {
        row["destination_name"] = names.get(id).cloned().map_or(Value::Null, Value::String);
        let last_at = row["last_at"].as_i64().and_then(|ms| jiff::Timestamp::from_millisecond(ms).ok());
        row["last_at"] = last_at.map_or(Value::Null, |at| at.to_string().into());
    }
    Ok((rows, total))
}
