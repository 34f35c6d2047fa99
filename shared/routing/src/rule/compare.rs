//! `gt`, `gte`, `lt`, `lte`: versions part by part, everything else as decimal numbers. A text that is
//! no such thing is neither above nor below.

use std::cmp::Ordering;

use rust_decimal::Decimal;
use traffoflex_model::{FieldKind, Operator};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comparison {
    bound: Bound,
    /// Which orderings of the text against the bound hold.
    less: bool,
    equal: bool,
    greater: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Bound {
    Number(Decimal),
    Version(Box<[u64]>),
}

impl Comparison {
    /// An error names the index of the value.
    pub fn new(operator: Operator, kind: FieldKind, value: &str) -> Result<Self, (usize, String)> {
        let bound = match kind {
            FieldKind::Version => {
                version(value).map(|parts| Bound::Version(parts.collect())).ok_or("a version such as 17.4")
            }
            _ => number(value).map(Bound::Number).ok_or("a number such as 10 or 0.5"),
        };
        Ok(Self {
            bound: bound.map_err(|message| (0, message.to_owned()))?,
            less: matches!(operator, Operator::Lt | Operator::Lte),
            equal: matches!(operator, Operator::Gte | Operator::Lte),
            greater: matches!(operator, Operator::Gt | Operator::Gte),
        })
    }

    pub fn holds(&self, text: &str) -> bool {
        let ordering = match &self.bound {
            Bound::Number(bound) => number(text).map(|text| text.cmp(bound)),
            Bound::Version(bound) => version(text).map(|text| compare_versions(text, bound)),
        };
        match ordering {
            Some(Ordering::Less) => self.less,
            Some(Ordering::Equal) => self.equal,
            Some(Ordering::Greater) => self.greater,
            None => false,
        }
    }
}

fn number(text: &str) -> Option<Decimal> {
    Decimal::from_str_exact(text.trim()).ok()
}

/// Parts of a version; none when one of them is no number.
fn version(text: &str) -> Option<impl Iterator<Item = u64> + '_> {
    let parts = || text.trim().split('.').map(str::parse::<u64>);
    parts().all(|part| part.is_ok()).then(|| parts().map_while(Result::ok))
}

/// Parts that are not there count as 0: 17 is 17.0.
fn compare_versions(mut text: impl Iterator<Item = u64>, bound: &[u64]) -> Ordering {
    for bound in bound {
        match text.next().unwrap_or(0).cmp(bound) {
            Ordering::Equal => {}
            unequal => return unequal,
        }
    }
    if text.any(|part| part > 0) { Ordering::Greater } else { Ordering::Equal }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holds(operator: Operator, kind: FieldKind, text: &str, bound: &str) -> bool {
        Comparison::new(operator, kind, bound).unwrap().holds(text)
    }

    #[test]
    fn versions_compare_part_by_part() {
        let version = |operator, text, bound| holds(operator, FieldKind::Version, text, bound);
        assert!(version(Operator::Gt, "10.2", "9.9") && version(Operator::Lt, "9.9", "10"));
        assert!(version(Operator::Gte, "17", "17.0") && version(Operator::Lte, "17.0.0", "17"));
        assert!(version(Operator::Gt, "17.0.1", "17") && !version(Operator::Gt, "17.0", "17"));
        for unknown in ["", "x", "10.x", "10..1"] {
            for operator in [Operator::Gt, Operator::Gte, Operator::Lt, Operator::Lte] {
                assert!(!version(operator, unknown, "1"), "{unknown}");
            }
        }
    }

    #[test]
    fn numbers_compare_as_decimals() {
        let number = |operator, text, bound| holds(operator, FieldKind::Text, text, bound);
        assert!(number(Operator::Gt, "10", "9.5") && number(Operator::Lte, "0.10", "0.1"));
        assert!(!number(Operator::Lt, "", "5") && !number(Operator::Gt, "ten", "5"));
        assert!(Comparison::new(Operator::Gt, FieldKind::Text, "ten").is_err());
        assert!(Comparison::new(Operator::Gt, FieldKind::Version, "v1").is_err());
    }
}
