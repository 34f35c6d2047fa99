//! People's clicks of streams over any time, for those who want no whole report: as bounded as one, and read from
//! what was added up where that is whole.

use std::collections::HashMap;

use traffoflex_model::Operator;

use super::{
    compile::{self, Compiled},
    dimension::stream,
    filter::{Condition, Filter},
    query::ReportQuery,
    rows, run,
};
use crate::{access::WorkspaceApp, error::ApiError};

/// By stream; of one alone where it is named. UTC milliseconds, the last excluded.
pub async fn stream_clicks(
    app: &WorkspaceApp,
    only: Option<&str>,
    (from_ms, to_ms): (i64, i64),
) -> Result<HashMap<String, u64>, ApiError> {
    let named = |id: &str| {
        let dimension = &stream::DIMENSION;
        Filter::Is(Condition {
            dimension,
            operator: Operator::Eq,
            values: vec![id.to_owned()],
            case_sensitive: true,
        })
    };
    let query = ReportQuery::parse("", &[stream::DIMENSION.name], &[])?;
    let filters = only.map(named).into_iter().collect();
    let query = ReportQuery { from_ms, to_ms, filters, ..query }.of_caller(app).await?;
    let (query, _turn) = query.begin(app).await?;
    let found = run::ask(app, compiled(&query)).await?;
    let clicks = found
        .iter()
        .filter_map(|row| Some((row.get("stream")?.as_str()?.to_owned(), row.get("clicks")?.as_u64()?)));
    Ok(clicks.collect())
}

fn compiled(query: &ReportQuery) -> Compiled {
    let rows = rows::clicks(query, &query.group_by);
    let sql = format!(
        "SELECT stream, sum(is_click) AS clicks FROM ({rows}) WHERE stream != '' GROUP BY stream \
         SETTINGS do_not_merge_across_partitions_select_final = 1"
    );
    Compiled { sql, parameters: compile::parameters(query) }
}
