//! Which clicks and conversions a report counts: conditions on dimensions with the operators of stream rules,
//! nested in `all`, `any` and `not`. Pure.
//!
//! `eq`, `neq`, `in` and `not_in` compare exactly, so that a row of a report, taken as a filter, is that row
//! again. `contains`, `starts_with`, `ends_with`, `regex` and their opposites ignore case unless
//! `case_sensitive` is set. `gt` and its like compare as the dimension's kind does, and never hold for an empty
//! value. `regex` is RE2; `cidr` looks at the first address of a prefix. Whatever a client named ends as a bound
//! value.

mod check;
mod sql;

use serde::{Deserialize, Serialize};
use traffoflex_model::{Operator, RuleNode};
use utoipa::ToSchema;

pub use self::{check::Tally, sql::Bound};
use super::dimension::Dimension;

/// Conditions in one report.
pub const MAX_CONDITIONS: usize = 50;
/// Values in one condition.
pub const MAX_VALUES: usize = 200;
/// All values of a report together, in bytes: they travel to ClickHouse in a URL.
pub const MAX_BYTES: usize = 64 << 10;
/// Longest pattern, in bytes.
pub const MAX_PATTERN_BYTES: usize = 512;
/// Patterns in one condition.
pub const MAX_PATTERNS: usize = 20;
/// Groups may nest this deep.
const MAX_DEPTH: usize = RuleNode::MAX_DEPTH;

/// As a client sends it: `{"all":[{"condition":{"field":"country","operator":"in","values":["US"]}}]}`.
/// `{"all":[]}` keeps everything, `{"any":[]}` nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = ReportFilter)]
#[serde(rename_all = "snake_case")]
pub enum FilterNode {
    #[schema(no_recursion)]
    All(Vec<FilterNode>),
    #[schema(no_recursion)]
    Any(Vec<FilterNode>),
    #[schema(no_recursion)]
    Not(Box<FilterNode>),
    Condition(FilterCondition),
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = ReportFilterCondition)]
#[serde(deny_unknown_fields)]
pub struct FilterCondition {
    /// A dimension.
    pub field: String,
    pub operator: Operator,
    /// None for `exists` and `not_exists`; one for `eq`, `neq`, `gt` and its like; else one or more.
    #[serde(default)]
    pub values: Vec<String>,
    #[serde(default)]
    pub case_sensitive: bool,
}

/// The same, checked.
#[derive(Debug, Clone)]
pub enum Filter {
    All(Vec<Filter>),
    Any(Vec<Filter>),
    Not(Box<Filter>),
    Is(Condition),
}

#[derive(Debug, Clone)]
pub struct Condition {
    pub dimension: &'static Dimension,
    pub operator: Operator,
    pub values: Vec<String>,
    pub case_sensitive: bool,
}

impl Filter {
    /// In the order in which their parameters are numbered.
    pub fn conditions(filters: &[Self]) -> Vec<&Condition> {
        filters.iter().flat_map(Self::own_conditions).collect()
    }

    fn own_conditions(&self) -> Vec<&Condition> {
        match self {
            Self::All(nodes) | Self::Any(nodes) => Self::conditions(nodes),
            Self::Not(node) => node.own_conditions(),
            Self::Is(condition) => vec![condition],
        }
    }
}
