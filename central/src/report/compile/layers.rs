//! The layers of a report's statement, from the inside out: sums, metrics, those that are asked for.

use traffoflex_model::Operator;

use super::PREVIOUS;
use crate::{
    money::{MISSING, conversion, period_rates},
    report::{
        dimension::Dimension,
        metric::{Of, RATIOS, SUMS, Sum, Unit},
        query::{Having, ReportQuery},
        rows,
    },
};

/// By dimensions: `m_<sum>`, and `p_<sum>` of the period that it is compared with.
pub fn sums(query: &ReportQuery, dimensions: &[&Dimension]) -> String {
    let names: Vec<&str> = dimensions.iter().map(|dimension| dimension.name).collect();
    let now = converted(query, &names, &added_up(query, dimensions));
    let Some(previous) = query.previous() else { return now };
    let previous = converted(query, &names, &added_up(&previous, dimensions));
    // Their text holds nothing of a client, and only the bounds of the period have these names.
    let previous = previous
        .replace("{from:Int64}", "{previous_from:Int64}")
        .replace("{to:Int64}", "{previous_to:Int64}");
    let mut selected: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    for Sum { name, .. } in &SUMS {
        selected.push(format!("sumIf(n_{name}, NOT is_previous) AS m_{name}"));
        selected.push(format!("sumIf(n_{name}, is_previous) AS p_{name}"));
    }
    selected.push(format!("arraySort(groupUniqArrayArray({MISSING})) AS {MISSING}"));
    let both = [(now, 0), (previous, 1)].map(|(sums, is_previous)| {
        let renamed: Vec<String> =
            SUMS.iter().map(|Sum { name, .. }| format!("m_{name} AS n_{name}")).collect();
        let columns: Vec<String> = names.iter().map(|name| (*name).to_owned()).chain(renamed).collect();
        format!("SELECT {}, {MISSING}, {is_previous} AS is_previous FROM ({sums})", columns.join(", "))
    });
    format!("SELECT {} FROM ({}){}", selected.join(", "), both.join(" UNION ALL "), group_by(&names))
}

/// Sums of the groups that a statement of metrics has left.
pub fn sums_of_groups(query: &ReportQuery, groups: &str) -> String {
    let prefixes: &[(&str, &str)] = match query.compared {
        None => &[("", "m_")],
        Some(_) => &[("", "m_"), (PREVIOUS, "p_")],
    };
    let of = |(from, to): &(&str, &str)| -> Vec<String> {
        SUMS.iter().map(|Sum { name, .. }| format!("sum({from}{name}) AS {to}{name}")).collect()
    };
    let sums: Vec<String> = prefixes.iter().flat_map(of).collect();
    format!(
        "SELECT {}, arraySort(groupUniqArrayArray({MISSING})) AS {MISSING} FROM ({groups})",
        sums.join(", ")
    )
}

/// All metrics by their names, and those of the other period with [`PREVIOUS`] in front.
pub fn metrics(query: &ReportQuery, dimensions: &[&Dimension], sums: &str) -> String {
    let mut columns: Vec<String> = dimensions.iter().map(|dimension| dimension.name.to_owned()).collect();
    let mut add = |prefix: &str, letter: &str| {
        columns.extend(SUMS.iter().map(|sum| format!("{letter}_{0} AS {prefix}{0}", sum.name)));
        columns.extend(RATIOS.iter().map(|ratio| format!("{} AS {prefix}{}", ratio.sql(prefix), ratio.name)));
    };
    add("", "m");
    if query.compared.is_some() {
        add(PREVIOUS, "p");
    }
    format!("SELECT {}, {MISSING} FROM ({sums})", columns.join(", "))
}

/// Those groups that are asked for. A ratio that a group does not have compares as false.
pub fn having(query: &ReportQuery, metrics: &str) -> String {
    if query.having.is_empty() {
        return metrics.to_owned();
    }
    let conditions: Vec<String> = query.having.iter().enumerate().map(condition).collect();
    format!("SELECT * FROM ({metrics}) WHERE {}", conditions.join(" AND "))
}

fn condition((i, having): (usize, &Having)) -> String {
    let sign = match having.operator {
        Operator::Neq => "!=",
        Operator::Gt => ">",
        Operator::Gte => ">=",
        Operator::Lt => "<",
        Operator::Lte => "<=",
        _ => "=",
    };
    let (name, value) = (having.metric.name, format!("{{h{i}:Decimal(38, 6)}}"));
    match having.metric.unit {
        Unit::Percent => format!("ifNull({name} {sign} toFloat64({value}), 0)"),
        Unit::Count | Unit::Money => format!("ifNull({name} {sign} {value}, 0)"),
    }
}

/// By dimensions, currency and day; clicks and conversions each for themselves.
fn added_up(query: &ReportQuery, dimensions: &[&Dimension]) -> String {
    let names = dimensions.iter().map(|dimension| dimension.name);
    let keys = names.chain([conversion::CURRENCY_KEYS]).collect::<Vec<&str>>().join(", ");
    let none = |sum: &Sum| if sum.is_money { "toDecimal128(0, 6)" } else { "toUInt64(0)" };
    let sums = |sql: &dyn Fn(&Sum) -> &'static str| -> String {
        SUMS.iter().map(|sum| format!(", {} AS s_{}", sql(sum), sum.name)).collect()
    };
    let clicks = sums(&|sum| if let Of::Clicks(column) = sum.of { column } else { none(sum) });
    let conversions = sums(&|sum| if let Of::Conversions(sql) = sum.of { sql } else { none(sum) });
    format!(
        "SELECT {keys}{clicks} FROM ({}) UNION ALL SELECT {keys}{conversions} FROM ({}) GROUP BY {keys}",
        rows::clicks(query, dimensions),
        rows::conversions(query, dimensions),
    )
}

/// By dimensions, in one currency.
fn converted(query: &ReportQuery, names: &[&str], added_up: &str) -> String {
    let (from, worth) = period_rates::joined(query.rates.as_deref(), added_up);
    let columns: Vec<String> = SUMS.iter().map(|sum| format!("s_{}", sum.name)).collect();
    let sums = SUMS.iter().zip(&columns).map(|(sum, column)| match sum.is_money {
        true => format!("{} AS m_{}", worth.sum(column), sum.name),
        false => format!("sum(l.{column}) AS m_{}", sum.name),
    });
    let money = SUMS.iter().zip(&columns).filter(|(sum, _)| sum.is_money);
    let money: Vec<&str> = money.map(|(_, column)| column.as_str()).collect();
    let selected: Vec<String> = names
        .iter()
        .map(|name| format!("l.{name} AS {name}"))
        .chain(sums)
        .chain([format!("{} AS {MISSING}", worth.missing(&money))])
        .collect();
    format!("SELECT {} {from}{}", selected.join(", "), group_by(names))
}

fn group_by(names: &[&str]) -> String {
    if names.is_empty() { String::new() } else { format!(" GROUP BY {}", names.join(", ")) }
}
