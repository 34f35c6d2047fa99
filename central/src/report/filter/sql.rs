//! A filter as SQL over the expressions of its dimensions, and the values that it binds.

use jiff::Timestamp;
use traffoflex_model::Operator;

use super::{super::dimension::Kind, Condition, Filter};

/// Parts of a version that are compared.
const VERSION_PARTS: usize = 4;

/// A value as ClickHouse gets it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Bound {
    None,
    Text(String),
    Texts(Vec<String>),
    Number(i64),
    Numbers(Vec<i64>),
}

impl Filter {
    /// All of them, each with ` AND ` in front. The parameters are `f0`, `f1` and so on, as
    /// [`Filter::conditions`] lists their conditions.
    pub fn sql(filters: &[Self], expression: &dyn Fn(&Condition) -> String) -> String {
        let mut number = 0;
        filters.iter().map(|filter| format!(" AND {}", filter.own_sql(&mut number, expression))).collect()
    }

    fn own_sql(&self, number: &mut usize, expression: &dyn Fn(&Condition) -> String) -> String {
        let mut joined = |nodes: &[Self], with: &str, none: &str| {
            let parts: Vec<String> = nodes.iter().map(|node| node.own_sql(number, expression)).collect();
            if parts.is_empty() { none.to_owned() } else { format!("({})", parts.join(with)) }
        };
        match self {
            Self::All(nodes) => joined(nodes, " AND ", "1"),
            Self::Any(nodes) => joined(nodes, " OR ", "0"),
            Self::Not(node) => format!("NOT ({})", node.own_sql(number, expression)),
            Self::Is(condition) => {
                let sql = condition.sql(&format!("f{number}"), &expression(condition));
                *number += 1;
                sql
            }
        }
    }
}

impl Condition {
    /// Never NULL: whatever is not known makes it false, and its opposite true.
    fn sql(&self, name: &str, x: &str) -> String {
        use Operator::*;
        let texts = format!("{{{name}:Array(String)}}");
        let any = |holds: &str| format!("arrayExists(w -> {holds}, {texts})");
        let text = format!("toString({x})");
        let (folded, value) = match self.case_sensitive {
            true => (text.clone(), "w".to_owned()),
            false => (format!("lowerUTF8({text})"), "lowerUTF8(w)".to_owned()),
        };
        match self.operator {
            Eq | In => format!("has({texts}, {x})"),
            Neq | NotIn => format!("NOT has({texts}, {x})"),
            Contains => any(&format!("position({folded}, {value}) > 0")),
            NotContains => format!("NOT {}", any(&format!("position({folded}, {value}) > 0"))),
            StartsWith => any(&format!("startsWith({folded}, {value})")),
            EndsWith => any(&format!("endsWith({folded}, {value})")),
            Gt => self.compared(">", name, x),
            Gte => self.compared(">=", name, x),
            Lt => self.compared("<", name, x),
            Lte => self.compared("<=", name, x),
            Exists => format!("{x} != ''"),
            NotExists => format!("{x} = ''"),
            Regex => format!("match({text}, {{{name}:String}})"),
            Cidr => {
                let address = format!("splitByChar('/', {text})[1]");
                let is_address = format!("(isIPv4String({address}) OR isIPv6String({address}))");
                let safe = format!("if({is_address}, {address}, '::')");
                format!("({is_address} AND {})", any(&format!("isIPAddressInRange({safe}, w)")))
            }
        }
    }

    fn compared(&self, sign: &str, name: &str, x: &str) -> String {
        match self.dimension.kind {
            Kind::Number => format!("ifNull(toInt64OrNull(toString({x})) {sign} {{{name}:Int64}}, 0)"),
            Kind::Moment => format!(
                "ifNull(toInt64(toUnixTimestamp(parseDateTimeBestEffortOrNull({x}, 'UTC'))) {sign} {{{name}:Int64}}, 0)"
            ),
            Kind::Version => format!(
                "({x} != '' AND arrayResize(arrayMap(w -> toInt64OrZero(w), splitByChar('.', toString({x}))), {VERSION_PARTS}) \
                 {sign} {{{name}:Array(Int64)}})"
            ),
            _ => format!("({x} != '' AND {x} {sign} {{{name}:String}})"),
        }
    }

    pub fn bound(&self) -> Bound {
        use Operator::*;
        let one = || self.values.first().cloned().unwrap_or_default();
        match (self.operator, self.dimension.kind) {
            (Exists | NotExists, _) => Bound::None,
            (Gt | Gte | Lt | Lte, Kind::Number) => Bound::Number(one().parse().unwrap_or_default()),
            (Gt | Gte | Lt | Lte, Kind::Moment) => {
                Bound::Number(one().parse::<Timestamp>().map(|time| time.as_second()).unwrap_or_default())
            }
            (Gt | Gte | Lt | Lte, Kind::Version) => {
                let value = one();
                let parts = value.split('.').map(|part| part.parse().unwrap_or_default());
                Bound::Numbers(parts.chain([0; VERSION_PARTS]).take(VERSION_PARTS).collect())
            }
            (Gt | Gte | Lt | Lte, _) => Bound::Text(one()),
            (Regex, _) => {
                let any: Vec<String> = self.values.iter().map(|value| format!("(?:{value})")).collect();
                let case = if self.case_sensitive { "" } else { "(?i)" };
                Bound::Text(format!("{case}(?:{})", any.join("|")))
            }
            _ => Bound::Texts(self.values.clone()),
        }
    }
}
