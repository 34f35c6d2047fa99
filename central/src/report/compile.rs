//! Report queries as SQL. Pure: identifiers come from our own lists, values are bound parameters,
//! so that no text of a client ever becomes part of a statement.

use super::{
    dimension::Dimension,
    metric::{RATIOS, SUMS},
    query::ReportQuery,
};

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
pub fn compile(query: &ReportQuery, grouped: bool) -> Compiled {
    let dimensions: &[&Dimension] = if grouped { &query.group_by } else { &[] };
    let mut parameters = vec![
        ("ws".to_owned(), Parameter::Text(query.workspace_id.clone())),
        ("from".to_owned(), Parameter::Number(query.from_ms)),
        ("to".to_owned(), Parameter::Number(query.to_ms)),
        ("tz".to_owned(), Parameter::Text(query.timezone_name().to_owned())),
    ];
    for (i, (_, values)) in query.filters.iter().enumerate() {
        parameters.push((format!("f{i}"), Parameter::Texts(values.clone())));
    }
    let names: Vec<&str> = dimensions.iter().map(|dimension| dimension.name).collect();
    let sums: Vec<String> = SUMS.iter().map(|(name, sql)| format!("{sql} AS m_{name}")).collect();
    let group = if names.is_empty() { String::new() } else { format!(" GROUP BY {}", names.join(", ")) };
    let aggregated = format!(
        "SELECT {}{} FROM ({} UNION ALL {}){group}",
        names.iter().map(|name| format!("{name}, ")).collect::<String>(),
        sums.join(", "),
        click_rows(query, dimensions),
        conversion_rows(query, dimensions),
    );
    let shown: Vec<String> = names
        .iter()
        .map(|name| (*name).to_owned())
        .chain(SUMS.iter().map(|(name, _)| format!("m_{name} AS {name}")))
        .chain(RATIOS.iter().map(|(name, sql)| format!("{sql} AS {name}")))
        .collect();
    let mut sql = format!("SELECT {}", shown.join(", "));
    if grouped {
        sql.push_str(", count() OVER () AS total_rows");
    }
    sql.push_str(&format!(" FROM ({aggregated})"));
    if grouped {
        let direction = if query.descending { "DESC" } else { "ASC" };
        // Ties in a fixed order, or pages would overlap.
        sql.push_str(&format!(" ORDER BY {} {direction} NULLS LAST, {}", query.sort, names.join(", ")));
        sql.push_str(&format!(" LIMIT {} OFFSET {}", query.limit, query.offset));
    }
    sql.push_str(&format!(" {SETTINGS}"));
    Compiled { sql, parameters }
}

fn period(row: &str) -> String {
    format!(
        "{row}.workspace_id = {{ws:String}} AND {row}.created_at >= fromUnixTimestamp64Milli({{from:Int64}}) \
         AND {row}.created_at < fromUnixTimestamp64Milli({{to:Int64}})"
    )
}

fn filters(query: &ReportQuery, expression: impl Fn(&Dimension) -> &'static str) -> String {
    let each = query.filters.iter().enumerate();
    each.map(|(i, (dimension, _))| format!(" AND has({{f{i}:Array(String)}}, {})", expression(dimension)))
        .collect()
}

fn click_rows(query: &ReportQuery, dimensions: &[&Dimension]) -> String {
    let columns: String =
        dimensions.iter().map(|d| format!("toString({}) AS {}, ", d.of_click, d.name)).collect();
    format!(
        "SELECT {columns}toUInt64(NOT c.is_bot AND NOT c.is_second_step) AS is_click, \
         toUInt64(c.is_bot AND NOT c.is_second_step) AS is_bot, \
         toUInt64(NOT c.is_bot AND c.landing_id != '' AND NOT c.is_second_step) AS is_lp_view, \
         toUInt64(NOT c.is_bot AND c.is_second_step AND NOT c.is_duplicate) AS is_lp_click, \
         toUInt64(NOT c.is_bot AND c.is_unique AND NOT c.is_second_step) AS is_unique_click, \
         toUInt64(NOT c.is_bot AND c.is_duplicate AND NOT c.is_second_step) AS is_duplicate_click, \
         '' AS status, c.cost AS cost, toDecimal64(0, 6) AS payout FROM click_events AS c FINAL WHERE {}{}",
        period("c"),
        filters(query, |d| d.of_click)
    )
}

/// Attributes that only the click has are joined by click id.
fn conversion_rows(query: &ReportQuery, dimensions: &[&Dimension]) -> String {
    let columns: String =
        dimensions.iter().map(|d| format!("toString({}) AS {}, ", d.of_conversion, d.name)).collect();
    let used = dimensions.iter().copied().chain(query.filters.iter().map(|(d, _)| *d));
    let mut from_click: Vec<&str> = used.filter_map(|d| d.of_conversion.strip_prefix("c.")).collect();
    from_click.sort_unstable();
    from_click.dedup();
    let join = if from_click.is_empty() {
        String::new()
    } else {
        format!(
            " LEFT ANY JOIN (SELECT click_id, {} FROM click_events FINAL WHERE workspace_id = {{ws:String}} AND click_id IN \
             (SELECT v.click_id FROM conversion_events AS v WHERE {})) AS c ON c.click_id = v.click_id",
            from_click.join(", "),
            period("v")
        )
    };
    format!(
        "SELECT {columns}toUInt64(0) AS is_click, toUInt64(0) AS is_bot, toUInt64(0) AS is_lp_view, \
         toUInt64(0) AS is_lp_click, toUInt64(0) AS is_unique_click, toUInt64(0) AS is_duplicate_click, \
         toString(v.status) AS status, toDecimal64(0, 6) AS cost, v.payout AS payout \
         FROM (SELECT * FROM conversion_events FINAL) AS v{join} WHERE {}{}",
        period("v"),
        filters(query, |d| d.of_conversion)
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{super::query::PAGING, *};

    fn query(raw: &str) -> ReportQuery {
        let raw = format!("from=2026-11-01T00:00:00Z&to=2026-11-02T00:00:00Z&{raw}");
        ReportQuery { workspace_id: "w".into(), ..ReportQuery::parse(&raw, &[], PAGING).unwrap() }
    }

    #[test]
    fn the_statement_of_a_grouped_report() {
        let compiled =
            compile(&query("group_by=campaign,country&sub1=a,b&sort=roi&order=asc&limit=10&offset=20"), true);
        insta::assert_snapshot!(compiled.sql);
    }

    #[test]
    fn the_statement_of_an_overview() {
        insta::assert_snapshot!(compile(&query(""), false).sql);
    }

    proptest! {
        #[test]
        fn no_text_of_a_client_becomes_sql(value in "[^&,]{1,40}") {
            let encoded: String = url::form_urlencoded::byte_serialize(value.as_bytes()).collect();
            let compiled = compile(&query(&format!("group_by=campaign&country={encoded}")), true);
            let plain = compile(&query("group_by=campaign&country=x"), true);
            prop_assert_eq!(compiled.sql, plain.sql, "the statement does not depend on the value");
            prop_assert!(compiled.parameters.contains(&("f0".into(), Parameter::Texts(vec![value]))));
        }
    }
}
