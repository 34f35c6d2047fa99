//! From what a client sent to a [`Filter`], naming the path of all that is wrong.

use ipnet::IpNet;
use jiff::Timestamp;
use regex::RegexBuilder;
use traffoflex_model::{Operator, ValueCount};
use traffoflex_wire::error_body::FieldError;

use super::{
    super::dimension::{self, Kind},
    Condition, Filter, FilterCondition, FilterNode, MAX_BYTES, MAX_CONDITIONS, MAX_DEPTH, MAX_PATTERN_BYTES,
    MAX_PATTERNS, MAX_VALUES,
};

/// Most bytes a compiled pattern may take.
const PATTERN_SIZE_LIMIT_BYTES: usize = 256 << 10;

/// What was counted so far.
#[derive(Default)]
pub struct Tally {
    conditions: usize,
    bytes: usize,
}

impl Filter {
    /// None when something is wrong, which `errors` then names.
    pub fn check(
        path: &str,
        node: FilterNode,
        tally: &mut Tally,
        errors: &mut Vec<FieldError>,
    ) -> Option<Self> {
        Self::check_at(path, node, 1, tally, errors)
    }

    fn check_at(
        path: &str,
        node: FilterNode,
        depth: usize,
        tally: &mut Tally,
        errors: &mut Vec<FieldError>,
    ) -> Option<Self> {
        if depth > MAX_DEPTH {
            errors.push(wrong(path, format!("groups nest at most {MAX_DEPTH} deep")));
            return None;
        }
        let mut all = |nodes: Vec<FilterNode>, name: &str, errors: &mut Vec<FieldError>| {
            let nodes = nodes.into_iter().enumerate();
            let checked: Vec<Option<Self>> = nodes
                .map(|(i, node)| {
                    Self::check_at(&format!("{path}.{name}[{i}]"), node, depth + 1, tally, errors)
                })
                .collect();
            checked.into_iter().collect::<Option<Vec<Self>>>()
        };
        match node {
            FilterNode::All(nodes) => all(nodes, "all", errors).map(Self::All),
            FilterNode::Any(nodes) => all(nodes, "any", errors).map(Self::Any),
            FilterNode::Not(node) => {
                let inner = Self::check_at(&format!("{path}.not"), *node, depth + 1, tally, errors)?;
                Some(Self::Not(Box::new(inner)))
            }
            FilterNode::Condition(condition) => {
                let checked = condition_at(condition, tally);
                checked
                    .map_err(|(part, error)| errors.push(wrong(&place(path, part), error)))
                    .ok()
                    .map(Self::Is)
            }
        }
    }
}

/// A parameter of a URL is its own place; in a body the path goes on.
fn place(path: &str, part: &str) -> String {
    match path.starts_with("filters") {
        true => format!("{path}.condition.{part}"),
        false => path.to_owned(),
    }
}

fn wrong(field: &str, error: String) -> FieldError {
    FieldError { field: field.to_owned(), error }
}

/// An error comes with the part of the condition that it is about.
fn condition_at(condition: FilterCondition, tally: &mut Tally) -> Result<Condition, (&'static str, String)> {
    let FilterCondition { field, operator, values, case_sensitive } = condition;
    tally.conditions += 1;
    if tally.conditions > MAX_CONDITIONS {
        return Err(("field", format!("at most {MAX_CONDITIONS} conditions")));
    }
    let dimension = dimension::find(&field)
        .ok_or_else(|| ("field", format!("{field:.40} is none of {}", dimension::names().join(", "))))?;
    if !dimension.kind.has(operator) {
        let operators = serde_json::to_string(&dimension.kind.operators()).unwrap_or_default();
        return Err(("operator", format!("{} has {operators}", dimension.name)));
    }
    tally.bytes += values.iter().map(String::len).sum::<usize>();
    if tally.bytes > MAX_BYTES {
        return Err(("values", format!("all values together have at most {MAX_BYTES} bytes")));
    }
    let fits = match operator.values() {
        ValueCount::None => values.is_empty(),
        ValueCount::One => values.len() == 1,
        ValueCount::OneOrMore => (1..=MAX_VALUES).contains(&values.len()),
    };
    if !fits {
        let expected = match operator.values() {
            ValueCount::None => "no value".to_owned(),
            ValueCount::One => "one value".to_owned(),
            ValueCount::OneOrMore => format!("1 to {MAX_VALUES} values"),
        };
        return Err(("values", expected));
    }
    let values = checked_values(dimension.kind, operator, values, case_sensitive)
        .map_err(|error| ("values", error))?;
    Ok(Condition { dimension, operator, values, case_sensitive })
}

fn checked_values(
    kind: Kind,
    operator: Operator,
    values: Vec<String>,
    case_sensitive: bool,
) -> Result<Vec<String>, String> {
    use Operator::*;
    match (kind, operator) {
        (_, Regex) => {
            if values.len() > MAX_PATTERNS {
                return Err(format!("at most {MAX_PATTERNS} patterns"));
            }
            for value in &values {
                pattern(value, case_sensitive)?;
            }
        }
        (_, Cidr) => {
            for value in &values {
                value
                    .parse::<IpNet>()
                    .map_err(|_| format!("{value:.64} is no range such as 203.0.113.0/24"))?;
            }
        }
        (Kind::Number, Gt | Gte | Lt | Lte) => return numbers(values, false),
        // Written as the dimension writes them; empty is what is not known.
        (Kind::Number, Eq | Neq | In | NotIn) => return numbers(values, true),
        (Kind::Moment, Gt | Gte | Lt | Lte) => {
            if let Some(value) = values.iter().find(|value| value.parse::<Timestamp>().is_err()) {
                return Err(format!("{value:.40} is no time such as 2026-10-25T02:00:00+02:00"));
            }
        }
        (Kind::Version, Gt | Gte | Lt | Lte) => {
            for value in &values {
                if value.split('.').any(|part| part.parse::<u32>().is_err()) {
                    return Err(format!("{value:.40} is no version such as 17.2"));
                }
            }
        }
        (Kind::Flag, Eq | Neq | In | NotIn) => {
            if let Some(value) = values.iter().find(|value| !matches!(&***value, "true" | "false" | "")) {
                return Err(format!("{value:.40} is neither true nor false"));
            }
        }
        _ => {}
    }
    Ok(values)
}

fn numbers(values: Vec<String>, or_empty: bool) -> Result<Vec<String>, String> {
    let number = |value: String| match value.trim().parse::<i64>() {
        Ok(number) => Ok(number.to_string()),
        Err(_) if or_empty && value.is_empty() => Ok(value),
        Err(_) => Err(format!("{value:.40} is no whole number")),
    };
    values.into_iter().map(number).collect()
}

fn pattern(value: &str, case_sensitive: bool) -> Result<(), String> {
    if value.len() > MAX_PATTERN_BYTES {
        return Err(format!("a pattern has at most {MAX_PATTERN_BYTES} bytes"));
    }
    let mut builder = RegexBuilder::new(value);
    let built = builder.case_insensitive(!case_sensitive).size_limit(PATTERN_SIZE_LIMIT_BYTES).build();
    built.map(drop).map_err(|error| format!("no pattern: {error}"))
}
