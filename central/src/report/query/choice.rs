//! What a report is grouped by, sorted by and chosen by, found in our own lists.

use rust_decimal::Decimal;
use traffoflex_model::Operator;

use super::{Draft, Having, Order, Sort, SortBy, request};
use crate::report::{
    dimension::{self, Dimension},
    metric,
};

const MAX_GROUP_BY: usize = 5;
const MAX_SORTS: usize = 5;
const MAX_HAVING: usize = 10;
/// Of a number that a metric is compared with, in digits before the point and after it.
const MAX_HAVING_VALUE: i64 = 1_000_000_000_000_000;
const HAVING_PLACES: u32 = 6;
pub const DEFAULT_SORT: &str = "clicks";

pub fn grouped<'a>(
    names: impl Iterator<Item = &'a str>,
    wrong: &mut impl FnMut(&str, String),
) -> Vec<&'static Dimension> {
    let mut group_by: Vec<&'static Dimension> = Vec::new();
    for name in names {
        match dimension::find(name) {
            Some(dimension) if group_by.iter().any(|d| d.name == dimension.name) => {}
            Some(dimension) => group_by.push(dimension),
            None => wrong("group_by", format!("{name:.40} is none of {}", dimension::names().join(", "))),
        }
    }
    if group_by.len() > MAX_GROUP_BY {
        wrong("group_by", format!("at most {MAX_GROUP_BY} dimensions"));
    }
    group_by
}

pub fn sorted(
    draft: &Draft,
    group_by: &[&'static Dimension],
    wrong: &mut impl FnMut(&str, String),
) -> Vec<Sort> {
    if draft.sort.len() > MAX_SORTS {
        wrong("sort", format!("at most {MAX_SORTS}"));
    }
    let mut sorts = Vec::new();
    for key in &draft.sort {
        let dimension = dimension::find(&key.by).filter(|d| group_by.iter().any(|by| by.name == d.name));
        let by = dimension.map(SortBy::Dimension).or_else(|| metric::find(&key.by).map(SortBy::Metric));
        match by {
            Some(by) => sorts.push(Sort { by, order: key.order }),
            None => {
                wrong("sort", format!("{:.40} is neither a metric nor one of the grouped dimensions", key.by))
            }
        }
    }
    if sorts.is_empty() {
        let by = metric::find(DEFAULT_SORT).map(SortBy::Metric);
        sorts.extend(by.map(|by| Sort { by, order: Order::Desc }));
    }
    sorts
}

pub fn compared_metrics(
    all: Vec<(String, request::HavingCondition)>,
    wrong: &mut impl FnMut(&str, String),
) -> Vec<Having> {
    if all.len() > MAX_HAVING {
        wrong("having", format!("at most {MAX_HAVING}"));
    }
    let mut checked = Vec::new();
    for (path, request::HavingCondition { metric, operator, value }) in all {
        use Operator::*;
        let Some(metric) = metric::find(&metric) else {
            wrong(&path, format!("{metric:.40} is no metric"));
            continue;
        };
        if !matches!(operator, Eq | Neq | Gt | Gte | Lt | Lte) {
            wrong(&path, "a metric is compared by eq, neq, gt, gte, lt or lte".into());
            continue;
        }
        let limit = Decimal::from(MAX_HAVING_VALUE);
        match value.parse::<Decimal>() {
            Ok(value) if value.abs() <= limit && value.normalize().scale() <= HAVING_PLACES => {
                checked.push(Having { metric, operator, value: value.normalize() });
            }
            _ => wrong(&path, format!("a number up to {MAX_HAVING_VALUE} of at most {HAVING_PLACES} places")),
        }
    }
    checked
}
