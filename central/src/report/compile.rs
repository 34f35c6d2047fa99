//! Report queries as SQL. Pure: identifiers come from our own lists, values are bound parameters,
//! so that no text of a client ever becomes part of a statement.
//!
//! Rows are added up by dimensions, currency and day, these sums are converted and added up by dimensions,
//! and the ratios are made of the result.

use super::{
    dimension::Dimension,
    metric::{RATIOS, SUMS},
    query::ReportQuery,
    rows,
    source::Source,
};
use crate::money::{MISSING, conversion};

/// A statement and its parameters.
#[derive(Debug, PartialEq, Eq)]
pub struct Compiled {
    pub sql: String,
    pub parameters: Vec<(String, Parameter)>,
}

#[derive(Debug, PartialEq, Eq)]
pub enum Parameter {
    Text(String),
    Texts(Vec<String>),
    Number(i64),
}

/// Events are read deduplicated: `FINAL`, partition by partition, since a repeat has its original's partition.
const SETTINGS: &str = "SETTINGS do_not_merge_across_partitions_select_final = 1";

/// Rows grouped by the query's dimensions, one page of them, with the number of all as `total_rows`.
/// Without dimensions, one row of totals.
pub fn compile(query: &ReportQuery, grouped: bool, source: &Source) -> Compiled {
    let dimensions = query.dimensions(grouped);
    let names: Vec<&str> = dimensions.iter().map(|dimension| dimension.name).collect();
    let shown: Vec<String> = names
        .iter()
        .map(|name| (*name).to_owned())
        .chain(SUMS.iter().map(|sum| format!("m_{0} AS {0}", sum.name)))
        .chain(RATIOS.iter().map(|(name, sql)| format!("{sql} AS {name}")))
        .chain([MISSING.to_owned()])
        .collect();
    let mut sql = format!("SELECT {}", shown.join(", "));
    if grouped {
        sql.push_str(", count() OVER () AS total_rows");
    }
    sql.push_str(&format!(" FROM ({})", converted(&names, &added_up(query, dimensions, &names, source))));
    if grouped {
        let direction = if query.descending { "DESC" } else { "ASC" };
        // Ties in a fixed order, or pages would overlap.
        sql.push_str(&format!(" ORDER BY {} {direction} NULLS LAST, {}", query.sort, names.join(", ")));
        sql.push_str(&format!(" LIMIT {} OFFSET {}", query.limit, query.offset));
    }
    sql.push_str(&format!(" {SETTINGS}"));
    Compiled { sql, parameters: parameters(query) }
}

fn parameters(query: &ReportQuery) -> Vec<(String, Parameter)> {
    let mut parameters = vec![
        ("ws".to_owned(), Parameter::Text(query.workspace_id.clone())),
        ("base".to_owned(), Parameter::Text(query.currency.to_string())),
        ("from".to_owned(), Parameter::Number(query.from_ms)),
        ("to".to_owned(), Parameter::Number(query.to_ms)),
        ("tz".to_owned(), Parameter::Text(query.timezone_name().to_owned())),
    ];
    for (i, (_, values)) in query.filters.iter().enumerate() {
        parameters.push((format!("f{i}"), Parameter::Texts(values.clone())));
    }
    parameters
}

/// By dimensions, currency and day.
fn added_up(query: &ReportQuery, dimensions: &[&Dimension], names: &[&str], source: &Source) -> String {
    let keys: Vec<&str> = names.iter().copied().chain([conversion::KEYS]).collect();
    let keys = keys.join(", ");
    let sums: Vec<String> = SUMS.iter().map(|sum| format!("{} AS s_{}", sum.sql, sum.name)).collect();
    let mut parts = rows::clicks(query, dimensions, source);
    parts.extend(rows::conversions(query, dimensions, source));
    if parts.is_empty() {
        // Nothing is known of the period: the events say the same in the same columns.
        parts = rows::clicks(query, dimensions, &Source::raw(query));
    }
    format!("SELECT {keys}, {} FROM ({}) GROUP BY {keys}", sums.join(", "), parts.join(" UNION ALL "))
}

/// By dimensions, in one currency.
fn converted(names: &[&str], added_up: &str) -> String {
    let columns: Vec<String> = SUMS.iter().map(|sum| format!("s_{}", sum.name)).collect();
    let sums = SUMS.iter().zip(&columns).map(|(sum, column)| match sum.is_money {
        true => format!("{} AS m_{}", conversion::sum(column), sum.name),
        false => format!("sum(l.{column}) AS m_{}", sum.name),
    });
    let money = SUMS.iter().zip(&columns).filter(|(sum, _)| sum.is_money);
    let money: Vec<&str> = money.map(|(_, column)| column.as_str()).collect();
    let selected: Vec<String> = names
        .iter()
        .map(|name| format!("l.{name} AS {name}"))
        .chain(sums)
        .chain([format!("{} AS {MISSING}", conversion::missing(&money))])
        .collect();
    let group = if names.is_empty() { String::new() } else { format!(" GROUP BY {}", names.join(", ")) };
    format!("SELECT {} {}{group}", selected.join(", "), conversion::joined(added_up))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{super::query::GROUPED, *};

    fn query(raw: &str) -> ReportQuery {
        let raw = format!("from=2026-11-01T00:00:00Z&to=2026-11-02T00:00:00Z&{raw}");
        ReportQuery { workspace_id: "w".into(), ..ReportQuery::parse(&raw, &[], GROUPED).unwrap() }
    }

    fn raw(query: &ReportQuery, grouped: bool) -> Compiled {
        compile(query, grouped, &Source::raw(query))
    }

    #[test]
    fn the_statement_of_a_grouped_report() {
        let compiled =
            raw(&query("group_by=campaign,country&sub1=a,b&sort=roi&order=asc&limit=10&offset=20"), true);
        insta::assert_snapshot!(compiled.sql);
    }

    #[test]
    fn the_statement_of_an_overview() {
        insta::assert_snapshot!(raw(&query(""), false).sql);
    }

    #[test]
    fn the_statement_of_conversions_by_the_time_of_their_click() {
        let compiled = raw(&query("group_by=network,country,day&conversion_time=click&os=iOS"), true);
        insta::assert_snapshot!(compiled.sql);
    }

    proptest! {
        #[test]
        fn no_text_of_a_client_becomes_sql(value in "[^&,]{1,40}") {
            let encoded: String = url::form_urlencoded::byte_serialize(value.as_bytes()).collect();
            let compiled = raw(&query(&format!("group_by=campaign&country={encoded}")), true);
            let plain = raw(&query("group_by=campaign&country=x"), true);
            prop_assert_eq!(compiled.sql, plain.sql, "the statement does not depend on the value");
            prop_assert!(compiled.parameters.contains(&("f0".into(), Parameter::Texts(vec![value]))));
        }
    }
}
