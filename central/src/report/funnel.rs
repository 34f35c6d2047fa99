//! `GET /api/reports/funnel`: how far clicks came: click, view of a landing page, click there, lead, sale.
//!
//! Counted are people's clicks of the period and what came of them since, whenever that was. A click counts once
//! as a lead and once as a sale, however many conversions it has: as a lead when one of them is a lead, a hold or
//! a sale now. Conversions that are tied to no click are not in it. The step before is the nearest one that
//! anybody reached, so that a campaign without landing pages leads from the click to the lead.

use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::{
    answer::Keys,
    compile::{self, Compiled},
    csv::{self, Streamed},
    dimension::{Dimension, is_bot},
    query::{ConversionTime, ReportQuery},
    rows,
    run::{self, NameBook, Row},
};
use crate::{access::WorkspaceApp, error::ApiError};

/// Parameters beside the period and filters.
pub const PARAMETERS: &[&str] = &["group_by", "limit", "offset"];
const SETTINGS: &str = "SETTINGS do_not_merge_across_partitions_select_final = 1";
const STEPS: [(&str, &str); 5] = [
    ("clicks", "sum(is_click)"),
    ("lp_views", "sum(is_lp_view)"),
    ("lp_clicks", "sum(is_lp_click)"),
    (
        "leads",
        "uniqExactIf(joined_click_id, joined_click_id != '' AND of_bot != 'true' AND status IN ('lead', 'hold', 'sale'))",
    ),
    ("sales", "uniqExactIf(joined_click_id, joined_click_id != '' AND of_bot != 'true' AND status = 'sale')"),
];

#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct FunnelStep {
    /// `clicks`, `lp_views`, `lp_clicks`, `leads` or `sales`.
    pub step: &'static str,
    pub count: u64,
    /// Percent of the step before; null for the first, and where nobody came that far.
    pub step_rate: Option<f64>,
    /// Percent of the clicks.
    pub total_rate: Option<f64>,
}

#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct FunnelRow {
    #[serde(flatten)]
    pub keys: Keys,
    pub steps: Vec<FunnelStep>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct FunnelReport {
    /// By the grouped dimensions, most clicks first; none without `group_by`.
    pub items: Vec<FunnelRow>,
    pub limit: u32,
    pub offset: u32,
    pub total: u64,
    /// Of everything.
    pub totals: Vec<FunnelStep>,
}

/// With `of_bot`: whether the click of a conversion is one of a machine.
fn rows(query: &ReportQuery, dimensions: &[&Dimension]) -> String {
    let is_grouped = dimensions.iter().any(|dimension| dimension.name == is_bot::DIMENSION.name);
    let (mut of_conversion, mut name) = (dimensions.to_vec(), "*, is_bot");
    if !is_grouped {
        of_conversion.push(&is_bot::DIMENSION);
        name = "* EXCEPT is_bot, is_bot";
    }
    format!(
        "SELECT *, '' AS of_bot FROM ({}) UNION ALL SELECT {name} AS of_bot FROM ({})",
        rows::clicks(query, dimensions),
        rows::conversions(query, &of_conversion)
    )
}

fn compiled(query: &ReportQuery, dimensions: &[&Dimension]) -> Compiled {
    let names: Vec<&str> = dimensions.iter().map(|dimension| dimension.name).collect();
    let steps = STEPS.map(|(name, sql)| format!("{sql} AS {name}"));
    let rows = rows(query, dimensions);
    let sql = match names.is_empty() {
        true => format!("SELECT {} FROM ({rows}) {SETTINGS}", steps.join(", ")),
        false => {
            let names = names.join(", ");
            format!(
                "SELECT {names}, {} FROM ({rows}) GROUP BY {names} \
                 ORDER BY clicks DESC, {names} LIMIT {} OFFSET {} {SETTINGS}",
                steps.join(", "),
                query.limit,
                query.offset
            )
        }
    };
    Compiled { sql, parameters: compile::parameters(query) }
}

pub async fn report(app: &WorkspaceApp, query: ReportQuery) -> Result<FunnelReport, ApiError> {
    let query = ReportQuery { conversion_time: ConversionTime::Click, ..query };
    let whole = run::ask(app, compiled(&query, &[]));
    let groups = async {
        if query.group_by.is_empty() {
            return Ok((Vec::new(), 0));
        }
        run::ask_page(app, compiled(&query, &query.group_by)).await
    };
    let (whole, (mut groups, total)) = tokio::try_join!(whole, groups)?;
    run::put_names(app, &query, &mut NameBook::default(), &mut groups).await?;
    let items = groups.into_iter().map(|row| {
        let steps = steps(&row);
        let keys = row.into_iter().filter(|(name, _)| STEPS.iter().all(|(step, _)| step != name));
        let keys = keys.map(|(name, value)| (name, value.as_str().map(str::to_owned))).collect();
        FunnelRow { keys: Keys(keys), steps }
    });
    Ok(FunnelReport {
        items: items.collect(),
        limit: query.limit,
        offset: query.offset,
        total,
        totals: steps(&whole.into_iter().next().unwrap_or_default()),
    })
}

fn steps(row: &Row) -> Vec<FunnelStep> {
    let counts = STEPS.map(|(name, _)| row.get(name).and_then(Value::as_u64).unwrap_or_default());
    let rate =
        |count: u64, of: u64| (of > 0).then(|| (count as f64 / of as f64 * 1_000_000.0).round() / 10_000.0);
    let each = STEPS.iter().zip(counts).enumerate().map(|(i, ((step, _), count))| {
        let before = counts[..i].iter().rev().find(|count| **count > 0).copied().unwrap_or_default();
        let step_rate = if i == 0 { None } else { rate(count, before) };
        FunnelStep { step, count, step_rate, total_rate: rate(count, counts[0]) }
    });
    each.collect()
}

/// As CSV: the dimensions, then for each step its count and both rates. Without `group_by` one row.
pub fn streamed(query: ReportQuery) -> Streamed {
    let query = ReportQuery { conversion_time: ConversionTime::Click, ..query };
    let mut columns = csv::keys(&query);
    for (step, _) in STEPS {
        columns.extend([step.to_owned(), format!("{step}_step_rate"), format!("{step}_total_rate")]);
    }
    Streamed { compiled: compiled(&query, &query.group_by), columns, row: flat, query }
}

fn flat(mut row: Row) -> Row {
    for FunnelStep { step, step_rate, total_rate, .. } in steps(&row) {
        row.insert(format!("{step}_step_rate"), step_rate.into());
        row.insert(format!("{step}_total_rate"), total_rate.into());
    }
    row
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_step_is_compared_with_the_nearest_that_was_reached() {
        let of = |value: Value| {
            let Value::Object(row) = value else { panic!("no row") };
            steps(&row).into_iter().map(|step| (step.step_rate, step.total_rate)).collect::<Vec<_>>()
        };
        let direct = of(json!({ "clicks": 200, "lp_views": 0, "lp_clicks": 0, "leads": 50, "sales": 10 }));
        assert_eq!(direct[3], (Some(25.0), Some(25.0)));
        assert_eq!(direct[4], (Some(20.0), Some(5.0)));
        assert_eq!(direct[0], (None, Some(100.0)));
        assert_eq!(of(json!({}))[4], (None, None));
    }
}
