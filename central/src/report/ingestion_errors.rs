//! `GET /api/reports/ingestion-errors`: events that could not be taken in, by topic and kind of error.
//!
//! A message belongs to the workspace that it names; one that names none, or cannot be read at all, is shown to
//! administrators of the installation alone. Numbers and quoted data are taken out of an error's text, so that
//! the same failure of two messages is one kind.

use serde_json::Value;

use super::{
    query::ReportQuery,
    run::{self, Row},
};
use crate::{access::WorkspaceApp, error::ApiError, rfc3339};

pub const COLUMNS: [&str; 5] = ["topic", "error", "count", "first_at", "last_at"];

const SQL: &str = "SELECT topic, \
     replaceRegexpAll(replaceRegexpAll(substringUTF8(error, 1, 300), '[`\\'\"][^`\\'\"]*[`\\'\"]', '…'), '[0-9]+', '#') AS kind, \
     count() AS count, toUnixTimestamp64Milli(min(observed_at)) AS first_at, \
     toUnixTimestamp64Milli(max(observed_at)) AS last_at \
     FROM kafka_ingestion_errors \
     WHERE observed_at >= fromUnixTimestamp64Milli({from:Int64}) AND observed_at < fromUnixTimestamp64Milli({to:Int64}) \
     AND has({workspaces:Array(String)}, JSONExtractString(raw_message, 'workspace_id')) \
     GROUP BY topic, kind ORDER BY count DESC, topic, kind LIMIT {limit:UInt32} OFFSET {offset:UInt32}";

/// One page of kinds, and how many there are.
pub async fn rows(app: &WorkspaceApp, query: &ReportQuery) -> Result<(Vec<Row>, u64), ApiError> {
    query.only(&[])?;
    let mut workspaces = vec![app.workspace_id.to_string()];
    if app.caller.is_installation_admin {
        workspaces.push(String::new());
    }
    let statement = app.warehouse.client().query_raw(SQL).param("workspaces", &workspaces);
    let statement = statement.param("from", query.from_ms).param("to", query.to_ms);
    let (mut rows, total) = run::listed(app, query, statement).await?;
    for row in &mut rows {
        if let Some(kind) = row.remove("kind") {
            row.insert("error".into(), kind);
        }
        for name in ["first_at", "last_at"] {
            let at = row.get(name).and_then(Value::as_i64).map(rfc3339::of_ms);
            row.insert(name.into(), at.map_or(Value::Null, Value::String));
        }
    }
    Ok((rows, total))
}
