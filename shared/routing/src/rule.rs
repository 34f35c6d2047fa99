//! A stream's rules, compiled for matching: fields resolved, values folded, sorted and parsed.
//!
//! One file a family of operators. Text compares without regard to case unless asked. A value that
//! is not known is empty: it equals `""`, exists not, and is neither above nor below anything.

mod compare;
mod field;
mod network;
mod pattern;
mod substring;
mod value_set;

use compare::Comparison;
pub(crate) use field::with_text;
pub(crate) use network::Networks;
use pattern::Patterns;
use substring::Substrings;
use traffoflex_model::{Condition, NamedField, Operator, RuleField, RuleNode, ValueCount};
use value_set::ValueSet;

use crate::context::ClickContext;

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{path}: {message}")]
pub struct RuleError {
    /// From the tree's root, for example `all[1].condition.values`.
    pub path: String,
    pub message: String,
}

/// A rule tree that can no longer fail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CompiledRule(Node);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Node {
    All(Box<[Node]>),
    Any(Box<[Node]>),
    Not(Box<Node>),
    Test(Test),
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Test {
    field: RuleField,
    check: Check,
    /// For `neq`, `not_in`, `not_contains` and `not_exists`.
    negated: bool,
}

/// What is asked of a field's text.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Check {
    OneOf(ValueSet),
    Has(Substrings),
    Compares(Comparison),
    Exists,
    Matches(Patterns),
    Within(Networks),
}

impl CompiledRule {
    pub fn compile(tree: &RuleNode) -> Result<Self, RuleError> {
        compile(tree, &mut String::new(), 0).map(Self)
    }

    pub fn matches(&self, ctx: &ClickContext<'_>) -> bool {
        matches(&self.0, ctx)
    }

    /// Where the click fails, for people: the path of the first part that decides against it, such as
    /// `all[1].condition`. None when it matches.
    pub fn fails_at(&self, ctx: &ClickContext<'_>) -> Option<String> {
        let mut path = String::new();
        (!matches(&self.0, ctx)).then(|| {
            descend(&self.0, ctx, &mut path);
            path
        })
    }

    /// The fields that the part at [`Self::fails_at`] looks at, and what the click has there.
    pub fn fails_because(&self, ctx: &ClickContext<'_>) -> Vec<(RuleField, String)> {
        let mut found = Vec::new();
        if !matches(&self.0, ctx) {
            looked_at(decisive(&self.0, ctx), ctx, &mut found);
        }
        found
    }
}

/// Of a node that fails, the part that decides against the click.
fn decisive<'n>(node: &'n Node, ctx: &ClickContext<'_>) -> &'n Node {
    match node {
        Node::All(nodes) => {
            nodes.iter().find(|node| !matches(node, ctx)).map_or(node, |node| decisive(node, ctx))
        }
        _ => node,
    }
}

fn looked_at(node: &Node, ctx: &ClickContext<'_>, found: &mut Vec<(RuleField, String)>) {
    match node {
        Node::All(nodes) | Node::Any(nodes) => nodes.iter().for_each(|node| looked_at(node, ctx, found)),
        Node::Not(node) => looked_at(node, ctx, found),
        Node::Test(test) => {
            if found.iter().all(|(field, _)| *field != test.field) {
                found.push((test.field.clone(), with_text(&test.field, ctx, str::to_owned)));
            }
        }
    }
}

/// Extends the path to what makes `node` fail. An `any` or `not` fails as a whole.
fn descend(node: &Node, ctx: &ClickContext<'_>, path: &mut String) {
    let separator = if path.is_empty() { "" } else { "." };
    match node {
        Node::All(nodes) => {
            if let Some(at) = nodes.iter().position(|node| !matches(node, ctx)) {
                path.push_str(&format!("{separator}all[{at}]"));
                descend(&nodes[at], ctx, path);
            }
        }
        Node::Any(_) => path.push_str(&format!("{separator}any")),
        Node::Not(_) => path.push_str(&format!("{separator}not")),
        Node::Test(_) => path.push_str(&format!("{separator}condition")),
    }
}

fn compile(tree: &RuleNode, path: &mut String, depth: usize) -> Result<Node, RuleError> {
    if depth > RuleNode::MAX_DEPTH {
        return Err(error(path, "", format!("groups nest at most {} deep", RuleNode::MAX_DEPTH)));
    }
    match tree {
        RuleNode::All(nodes) => compile_group(nodes, "all", path, depth).map(Node::All),
        RuleNode::Any(nodes) => compile_group(nodes, "any", path, depth).map(Node::Any),
        RuleNode::Not(node) => {
            at(path, "not", |path| compile(node, path, depth + 1)).map(|node| Node::Not(Box::new(node)))
        }
        RuleNode::Condition(condition) => {
            at(path, "condition", |path| compile_condition(condition, path)).map(Node::Test)
        }
    }
}

fn compile_group(
    nodes: &[RuleNode],
    name: &str,
    path: &mut String,
    depth: usize,
) -> Result<Box<[Node]>, RuleError> {
    let compiled = nodes
        .iter()
        .enumerate()
        .map(|(i, node)| at(path, &format!("{name}[{i}]"), |path| compile(node, path, depth + 1)));
    compiled.collect()
}

fn compile_condition(condition: &Condition, path: &str) -> Result<Test, RuleError> {
    let Condition { field, operator, values, case_sensitive } = condition;
    let kind = field.kind();
    if !operator.applies_to(kind) {
        return Err(error(path, "operator", format!("says nothing of {field}")));
    }
    match (operator.values(), values.len()) {
        (ValueCount::None, 1..) => return Err(error(path, "values", "none".into())),
        (ValueCount::One, 0 | 2..) => {
            return Err(error(path, "values", "exactly one value".into()));
        }
        (ValueCount::OneOrMore, 0) => return Err(error(path, "values", "at least one value".into())),
        (_, count) if count > Condition::MAX_VALUES => {
            return Err(error(path, "values", format!("at most {} values", Condition::MAX_VALUES)));
        }
        _ => {}
    }
    let at_value = |(index, message): (usize, String)| error(path, &format!("values[{index}]"), message);
    let normal = field::normal_values(field, values).map_err(at_value)?;
    let check = match operator {
        Operator::Eq | Operator::Neq | Operator::In | Operator::NotIn => {
            Check::OneOf(ValueSet::new(&normal, *case_sensitive))
        }
        Operator::Contains | Operator::NotContains | Operator::StartsWith | Operator::EndsWith => {
            Check::Has(Substrings::new(*operator, &normal, *case_sensitive).map_err(at_value)?)
        }
        Operator::Gt | Operator::Gte | Operator::Lt | Operator::Lte => {
            Check::Compares(Comparison::new(*operator, kind, &normal[0]).map_err(at_value)?)
        }
        Operator::Exists | Operator::NotExists => Check::Exists,
        Operator::Regex => Check::Matches(Patterns::new(values, *case_sensitive).map_err(at_value)?),
        Operator::Cidr => Check::Within(Networks::new(values).map_err(at_value)?),
    };
    let negated =
        matches!(operator, Operator::Neq | Operator::NotIn | Operator::NotContains | Operator::NotExists);
    Ok(Test { field: field.clone(), check, negated })
}

/// Runs `inner` with `segment` appended to the path.
fn at<T>(path: &mut String, segment: &str, inner: impl FnOnce(&mut String) -> T) -> T {
    let before = path.len();
    if before > 0 {
        path.push('.');
    }
    path.push_str(segment);
    let result = inner(path);
    path.truncate(before);
    result
}

fn error(path: &str, last: &str, message: String) -> RuleError {
    let separator = if path.is_empty() || last.is_empty() { "" } else { "." };
    RuleError { path: format!("{path}{separator}{last}"), message }
}

fn matches(node: &Node, ctx: &ClickContext<'_>) -> bool {
    match node {
        Node::All(nodes) => nodes.iter().all(|node| matches(node, ctx)),
        Node::Any(nodes) => nodes.iter().any(|node| matches(node, ctx)),
        Node::Not(node) => !matches(node, ctx),
        Node::Test(test) => test.holds(ctx) != test.negated,
    }
}

impl Test {
    fn holds(&self, ctx: &ClickContext<'_>) -> bool {
        let check = &self.check;
        if check.holds(&self.field, ctx) {
            return true;
        }
        // Users name a source by what they see (its slug) or by its id.
        matches!(self.field, RuleField::Named(NamedField::Source))
            && !ctx.source_slug.is_empty()
            && check.of_text(ctx.source_slug)
    }
}

impl Check {
    fn holds(&self, field: &RuleField, ctx: &ClickContext<'_>) -> bool {
        field::with_text(field, ctx, |text| self.of_text(text))
    }

    fn of_text(&self, text: &str) -> bool {
        match self {
            Self::OneOf(values) => values.contains(text),
            Self::Has(substrings) => substrings.are_in(text),
            Self::Compares(comparison) => comparison.holds(text),
            Self::Exists => !text.is_empty(),
            Self::Matches(patterns) => patterns.match_in(text),
            Self::Within(networks) => networks.contain(text),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use super::*;

    fn condition(field: &str, operator: Operator, values: &[&str]) -> RuleNode {
        RuleNode::Condition(Condition {
            field: field.parse().unwrap(),
            operator,
            values: values.iter().map(|v| (*v).to_owned()).collect(),
            case_sensitive: false,
        })
    }

    fn holds(tree: &RuleNode, ctx: &ClickContext<'_>) -> bool {
        CompiledRule::compile(tree).unwrap().matches(ctx)
    }

    #[test]
    fn every_field_and_operator() {
        let query = [(Cow::Borrowed("zone"), Cow::Borrowed("7"))];
        let mut ctx =
            ClickContext { country: "DE", device_type: "mobile", query: &query, ..Default::default() };
        ctx.source = "01SRC";
        ctx.source_slug = "facebook";
        ctx.subs[9] = "Creative";
        for (field, value) in [
            ("country", "de"),
            ("device_type", "Mobile"),
            ("source", "01src"),
            ("source", "facebook"),
            ("sub10", "creative"),
            ("query.zone", "7"),
            ("query.missing", ""),
        ] {
            assert!(holds(&condition(field, Operator::Eq, &[value]), &ctx), "{field} eq {value}");
            assert!(!holds(&condition(field, Operator::Neq, &[value]), &ctx), "{field} neq {value}");
            assert!(holds(&condition(field, Operator::In, &["other", value]), &ctx), "{field} in");
            assert!(!holds(&condition(field, Operator::NotIn, &["other", value]), &ctx), "{field} not_in");
            assert!(holds(&condition(field, Operator::NotIn, &["other"]), &ctx), "{field} not_in other");
        }
    }

    #[test]
    fn groups_nest_and_empty_groups_have_their_meaning() {
        let ctx = ClickContext { country: "DE", ..Default::default() };
        let de = || condition("country", Operator::Eq, &["DE"]);
        let us = || condition("country", Operator::Eq, &["US"]);
        assert!(holds(&RuleNode::All(vec![]), &ctx));
        assert!(!holds(&RuleNode::Any(vec![]), &ctx));
        assert!(holds(&RuleNode::Any(vec![us(), de()]), &ctx));
        assert!(!holds(&RuleNode::All(vec![us(), de()]), &ctx));
        assert!(holds(&RuleNode::Not(Box::new(RuleNode::All(vec![us(), de()]))), &ctx));
    }

    #[test]
    fn a_failure_names_what_decided() {
        let ctx = ClickContext { country: "DE", device_type: "mobile", ..Default::default() };
        let (de, us) =
            (condition("country", Operator::Eq, &["DE"]), condition("country", Operator::Eq, &["US"]));
        let at = |tree: &RuleNode| CompiledRule::compile(tree).unwrap().fails_at(&ctx);
        assert_eq!(at(&de), None);
        assert_eq!(at(&us).as_deref(), Some("condition"));
        let nested = RuleNode::All(vec![de.clone(), RuleNode::All(vec![us.clone(), de.clone()])]);
        assert_eq!(at(&nested).as_deref(), Some("all[1].all[0].condition"));
        let any = RuleNode::All(vec![RuleNode::Any(vec![us.clone()])]);
        assert_eq!(at(&any).as_deref(), Some("all[0].any"));
        let why = CompiledRule::compile(&any).unwrap().fails_because(&ctx);
        assert_eq!(why, [("country".parse().unwrap(), "DE".to_owned())]);
        assert_eq!(at(&RuleNode::Not(Box::new(de))).as_deref(), Some("not"));
    }

    #[test]
    fn errors_name_the_path() {
        let tree = RuleNode::All(vec![
            condition("country", Operator::Eq, &["DE"]),
            RuleNode::Not(Box::new(condition("sub1", Operator::Eq, &["a", "b"]))),
        ]);
        assert_eq!(CompiledRule::compile(&tree).unwrap_err().path, "all[1].not.condition.values");
        let empty = condition("sub1", Operator::In, &[]);
        assert_eq!(CompiledRule::compile(&empty).unwrap_err().path, "condition.values");
        let deep =
            (0..RuleNode::MAX_DEPTH + 1).fold(RuleNode::default(), |node, _| RuleNode::Not(Box::new(node)));
        assert!(CompiledRule::compile(&deep).is_err());
    }

    #[test]
    fn case_counts_only_when_asked() {
        let ctx = ClickContext { subs: ["Straße"; 10], ..Default::default() };
        let sensitive = |value: &str| {
            RuleNode::Condition(Condition {
                field: RuleField::Sub(1),
                operator: Operator::Eq,
                values: vec![value.into()],
                case_sensitive: true,
            })
        };
        assert!(holds(&sensitive("Straße"), &ctx) && !holds(&sensitive("straße"), &ctx));
        assert!(holds(&condition("sub1", Operator::Eq, &["STRAßE"]), &ctx));
    }
}
