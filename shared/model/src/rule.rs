//! A stream's rules: conditions on a click, nested in `all`, `any` and `not`.
//!
//! JSON: `{"all":[{"condition":{"field":"country","operator":"in","values":["US","CA"]}}]}`.
//! `{"all":[]}` matches every click, `{"any":[]}` none.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize, de};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RuleNode {
    All(Vec<RuleNode>),
    Any(Vec<RuleNode>),
    Not(Box<RuleNode>),
    Condition(Condition),
}

impl Default for RuleNode {
    fn default() -> Self {
        RuleNode::All(Vec::new())
    }
}

impl RuleNode {
    /// Groups may nest this deep; deeper trees are refused when saved and when compiled.
    pub const MAX_DEPTH: usize = 16;
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Condition {
    pub field: RuleField,
    pub operator: Operator,
    /// One value for `eq` and `neq`, one or more for `in` and `not_in`.
    pub values: Vec<String>,
    /// String comparison ignores case unless this is set.
    #[serde(default)]
    pub case_sensitive: bool,
}

impl Condition {
    /// Values in one condition, at most.
    pub const MAX_VALUES: usize = 10_000;
}

/// What a condition looks at. As a string: `country`, `device_type`, `source`, `sub1`..`sub10`,
/// `query.<param>`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum RuleField {
    Country,
    DeviceType,
    /// The traffic source: its id, its slug, or what the click carried when it is unknown.
    Source,
    /// 1 to 10.
    Sub(u8),
    /// A query parameter, by its name in lower case.
    Query(String),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Operator {
    Eq,
    Neq,
    In,
    NotIn,
}

#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("unknown rule field {0:?}: expected country, device_type, source, sub1..sub10 or query.<param>")]
pub struct RuleFieldError(String);

impl RuleField {
    /// Longest parameter name in `query.<param>`, in bytes.
    pub const MAX_PARAM_BYTES: usize = 64;
}

impl FromStr for RuleField {
    type Err = RuleFieldError;
    fn from_str(name: &str) -> Result<Self, RuleFieldError> {
        let unknown = || RuleFieldError(name.chars().take(80).collect());
        match name {
            "country" => return Ok(Self::Country),
            "device_type" => return Ok(Self::DeviceType),
            "source" => return Ok(Self::Source),
            _ => {}
        }
        if let Some(param) = name.strip_prefix("query.") {
            let fits = !param.is_empty() && param.len() <= Self::MAX_PARAM_BYTES;
            return if fits { Ok(Self::Query(param.to_lowercase())) } else { Err(unknown()) };
        }
        match name.strip_prefix("sub").map(str::parse::<u8>) {
            Some(Ok(n @ 1..=10)) if !name.contains(['+', ' ']) && !name.starts_with("sub0") => {
                Ok(Self::Sub(n))
            }
            _ => Err(unknown()),
        }
    }
}

impl fmt::Display for RuleField {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Country => f.write_str("country"),
            Self::DeviceType => f.write_str("device_type"),
            Self::Source => f.write_str("source"),
            Self::Sub(n) => write!(f, "sub{n}"),
            Self::Query(param) => write!(f, "query.{param}"),
        }
    }
}

impl Serialize for RuleField {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for RuleField {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        String::deserialize(d)?.parse().map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_round_trip_as_strings() {
        for name in ["country", "device_type", "source", "sub1", "sub10", "query.zone"] {
            assert_eq!(name.parse::<RuleField>().unwrap().to_string(), name);
        }
        for bad in ["", "sub0", "sub11", "sub01", "sub+1", "query.", "Country", "ip"] {
            assert!(bad.parse::<RuleField>().is_err(), "{bad:?}");
        }
    }

    #[test]
    fn json_shape() {
        let json = r#"{"all":[{"condition":{"field":"country","operator":"in","values":["US"],"case_sensitive":false}},{"not":{"any":[]}}]}"#;
        let node: RuleNode = serde_json::from_str(json).unwrap();
        assert_eq!(serde_json::to_string(&node).unwrap(), json);
    }
}
