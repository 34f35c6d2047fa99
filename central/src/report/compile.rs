//! Report queries as SQL. Pure: identifiers come from our own lists, values are bound parameters,
//! so that no text of a client ever becomes part of a statement.
//!
//! Rows are added up by dimensions, currency and day, these sums are converted and added up by dimensions,
//! and the ratios are made of the result. What is compared with is the same statement over the other period,
//! set beside the first by the dimensions; a group that is in one of them alone has zeros in the other.

mod layers;

use super::{
    dimension::{Dimension, Kind},
    filter::Bound,
    metric,
    query::{Order, ReportQuery, SortBy},
};
use crate::money::MISSING;

/// A statement and its parameters.
#[derive(Debug, PartialEq, Eq)]
pub struct Compiled {
    pub sql: String,
    pub parameters: Vec<(String, Bound)>,
}

/// Events are read deduplicated: `FINAL`, partition by partition, since a repeat has its original's partition.
const SETTINGS: &str = "SETTINGS do_not_merge_across_partitions_select_final = 1";
/// In front of a metric's name: what it was in the other period, and by how many percent it changed since.
pub const PREVIOUS: &str = "previous_";
pub const CHANGE: &str = "change_";

/// Rows grouped by the query's dimensions, one page of them. Ratios are made of that page alone, but for those that it
/// is sorted by: ClickHouse reckons what does not sort after it has sorted.
pub fn grouped(query: &ReportQuery) -> Compiled {
    let dimensions: &[&Dimension] = &query.group_by;
    let metrics = layers::metrics(query, dimensions, &layers::sums(query, dimensions));
    let metrics = layers::having(query, &metrics);
    let sql = format!(
        "SELECT {} FROM ({metrics}) ORDER BY {} LIMIT {} OFFSET {} {SETTINGS}",
        shown(query, dimensions),
        order(query),
        query.limit,
        query.offset
    );
    Compiled { sql, parameters: parameters(query) }
}

/// One row: the metrics of all groups that are shown.
pub fn totals(query: &ReportQuery) -> Compiled {
    let sums = match query.having.is_empty() {
        true => layers::sums(query, &[]),
        false => {
            let dimensions: &[&Dimension] = &query.group_by;
            let groups = layers::metrics(query, dimensions, &layers::sums(query, dimensions));
            layers::sums_of_groups(query, &layers::having(query, &groups))
        }
    };
    let sql =
        format!("SELECT {} FROM ({}) {SETTINGS}", shown(query, &[]), layers::metrics(query, &[], &sums));
    Compiled { sql, parameters: parameters(query) }
}

/// What of the metrics the caller sees: amounts that are not for them never leave the database.
fn shown(query: &ReportQuery, dimensions: &[&Dimension]) -> String {
    let mut columns: Vec<String> = dimensions.iter().map(|dimension| dimension.name.to_owned()).collect();
    for metric in metric::all() {
        let name = metric.name;
        let is_masked = query.masks_money && metric.is_money;
        let column = |sql: String, name: String| if is_masked { format!("NULL AS {name}") } else { sql };
        columns.push(column(name.to_owned(), name.to_owned()));
        if query.compared.is_some() {
            let (previous, change) = (format!("{PREVIOUS}{name}"), format!("{CHANGE}{name}"));
            columns.push(column(previous.clone(), previous.clone()));
            let percent = format!(
                "if({previous} = 0, NULL, round(toFloat64({name} - {previous}) / abs(toFloat64({previous})) * 100, 4)) AS {change}"
            );
            columns.push(column(percent, change));
        }
    }
    columns.push(MISSING.to_owned());
    columns.join(", ")
}

fn order(query: &ReportQuery) -> String {
    let by = |dimension: &Dimension| match dimension.kind {
        Kind::Number => format!("toInt64OrNull({})", dimension.name),
        Kind::Moment => format!("parseDateTimeBestEffortOrNull({}, 'UTC')", dimension.name),
        _ => dimension.name.to_owned(),
    };
    let sorts = query.sort.iter().map(|sort| {
        let column = match sort.by {
            SortBy::Metric(metric) => metric.name.to_owned(),
            SortBy::Dimension(dimension) => by(dimension),
        };
        let direction = if sort.order == Order::Desc { "DESC" } else { "ASC" };
        format!("{column} {direction} NULLS LAST")
    });
    // Ties in a fixed order, or pages would overlap.
    let ties = query.group_by.iter().map(|dimension| dimension.name.to_owned());
    sorts.chain(ties).collect::<Vec<String>>().join(", ")
}

/// What statements over these rows bind.
pub fn parameters(query: &ReportQuery) -> Vec<(String, Bound)> {
    let mut parameters = vec![
        ("ws".to_owned(), Bound::Text(query.workspace_id.clone())),
        ("base".to_owned(), Bound::Text(query.currency.to_string())),
        ("from".to_owned(), Bound::Number(query.from_ms)),
        ("to".to_owned(), Bound::Number(query.to_ms)),
        ("tz".to_owned(), Bound::Text(query.timezone_name().to_owned())),
    ];
    if let Some(compared) = query.compared {
        parameters.push(("previous_from".to_owned(), Bound::Number(compared.bounds.0)));
        parameters.push(("previous_to".to_owned(), Bound::Number(compared.bounds.1)));
    }
    for (i, condition) in query.conditions().into_iter().enumerate() {
        parameters.push((format!("f{i}"), condition.bound()));
    }
    for (i, having) in query.having.iter().enumerate() {
        parameters.push((format!("h{i}"), Bound::Text(having.value.to_string())));
    }
    parameters
}

#[cfg(test)]
mod tests;
