//! A stream's rules: conditions on a click, nested in `all`, `any` and `not`.
//!
//! JSON: `{"all":[{"condition":{"field":"country","operator":"in","values":["US","CA"]}}]}`.
//! `{"all":[]}` matches every click, `{"any":[]}` none.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize, de};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(no_recursion))]
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
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Condition {
    pub field: RuleField,
    pub operator: Operator,
    /// As many as the operator wants: see [`Operator::values`].
    #[serde(default)]
    pub values: Vec<String>,
    /// String comparison ignores case unless this is set.
    #[serde(default)]
    pub case_sensitive: bool,
}

impl Condition {
    /// Values in one condition, at most.
    pub const MAX_VALUES: usize = 10_000;
}

/// What a condition looks at. As a string: `country`, `sub1`..`sub10`, `query.<param>` and so on.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum RuleField {
    Named(NamedField),
    /// 1 to 10.
    Sub(u8),
    /// A query parameter, by its name in lower case.
    Query(String),
}

/// What the text of a field stands for: decides how `gt`, `gte`, `lt` and `lte` compare.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum FieldKind {
    Text,
    Number,
    /// Numbers separated by points, compared part by part.
    Version,
    Address,
    /// `true` or `false`.
    Flag,
}

impl FieldKind {
    pub const ALL: [Self; 5] = [Self::Text, Self::Number, Self::Version, Self::Address, Self::Flag];
}

macro_rules! named_fields {
    ($($variant:ident $name:literal $kind:ident $doc:literal),* $(,)?) => {
        /// The fields that are always there. An unknown value is empty.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum NamedField {
            $(#[doc = $doc] $variant,)*
        }

        impl NamedField {
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)*
                }
            }

            pub fn kind(self) -> FieldKind {
                match self {
                    $(Self::$variant => FieldKind::$kind,)*
                }
            }

            /// For forms.
            pub fn description(self) -> &'static str {
                match self {
                    $(Self::$variant => $doc,)*
                }
            }
        }
    };
}

named_fields! {
    Source "source" Text "The traffic source: its id, its slug, or what the click carried when it is unknown.",
    Country "country" Text "ISO 3166-1 alpha-2.",
    Region "region" Text "Name of the region, as the GeoIP file has it.",
    City "city" Text "Name of the city, as the GeoIP file has it.",
    Asn "asn" Number "Number of the autonomous system, with or without AS in front.",
    Isp "isp" Text "Name of the network's operator.",
    DeviceType "device_type" Text "desktop, mobile, tablet, tv, console, bot or other.",
    Os "os" Text "Operating system.",
    OsVersion "os_version" Version "Version of the operating system.",
    Browser "browser" Text "Browser.",
    BrowserVersion "browser_version" Version "Version of the browser.",
    Language "language" Text "The first tag of Accept-Language, such as en-US.",
    UserAgent "user_agent" Text "The User-Agent header.",
    Ip "ip" Address "The client's address.",
    Referrer "referrer" Text "The Referer header.",
    Hour "hour" Number "Hour of the day in UTC, 0 to 23.",
    Weekday "weekday" Number "Day of the week in UTC, 1 (Monday) to 7 (Sunday).",
    IsBot "is_bot" Flag "Whether the click was taken for a bot's.",
    IsUnique "is_unique" Flag "Whether it is the visitor's first click on the campaign within its window.",
    IsProxy "is_proxy" Flag "Whether the click came through a proxy that says so.",
    UtmSource "utm_source" Text "Parameter utm_source.",
    UtmMedium "utm_medium" Text "Parameter utm_medium.",
    UtmCampaign "utm_campaign" Text "Parameter utm_campaign.",
    UtmContent "utm_content" Text "Parameter utm_content.",
    UtmTerm "utm_term" Text "Parameter utm_term.",
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Operator {
    Eq,
    Neq,
    In,
    NotIn,
    Contains,
    NotContains,
    StartsWith,
    EndsWith,
    Gt,
    Gte,
    Lt,
    Lte,
    Exists,
    NotExists,
    Regex,
    Cidr,
}

/// How many values an operator takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ValueCount {
    None,
    One,
    OneOrMore,
}

impl Operator {
    pub const ALL: [Self; 16] = [
        Self::Eq,
        Self::Neq,
        Self::In,
        Self::NotIn,
        Self::Contains,
        Self::NotContains,
        Self::StartsWith,
        Self::EndsWith,
        Self::Gt,
        Self::Gte,
        Self::Lt,
        Self::Lte,
        Self::Exists,
        Self::NotExists,
        Self::Regex,
        Self::Cidr,
    ];

    pub fn values(self) -> ValueCount {
        match self {
            Self::Exists | Self::NotExists => ValueCount::None,
            Self::Eq | Self::Neq | Self::Gt | Self::Gte | Self::Lt | Self::Lte => ValueCount::One,
            Self::In
            | Self::NotIn
            | Self::Contains
            | Self::NotContains
            | Self::StartsWith
            | Self::EndsWith
            | Self::Regex
            | Self::Cidr => ValueCount::OneOrMore,
        }
    }

    /// Whether it says something of fields of this kind.
    pub fn applies_to(self, kind: FieldKind) -> bool {
        match self {
            Self::Gt | Self::Gte | Self::Lt | Self::Lte => {
                matches!(kind, FieldKind::Text | FieldKind::Number | FieldKind::Version)
            }
            Self::Cidr => kind == FieldKind::Address,
            Self::Eq | Self::Neq => true,
            _ => kind != FieldKind::Flag,
        }
    }
}

#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("unknown rule field {0:?}: expected one of {names}, sub1..sub10 or query.<param>", names = names())]
pub struct RuleFieldError(String);

fn names() -> String {
    NamedField::ALL.iter().map(|field| field.as_str()).collect::<Vec<_>>().join(", ")
}

impl RuleField {
    /// Longest parameter name in `query.<param>`, in bytes.
    pub const MAX_PARAM_BYTES: usize = 64;

    pub fn kind(&self) -> FieldKind {
        match self {
            Self::Named(field) => field.kind(),
            Self::Sub(_) | Self::Query(_) => FieldKind::Text,
        }
    }
}

impl FromStr for RuleField {
    type Err = RuleFieldError;
    fn from_str(name: &str) -> Result<Self, RuleFieldError> {
        let unknown = || RuleFieldError(name.chars().take(80).collect());
        if let Some(field) = NamedField::ALL.iter().find(|field| field.as_str() == name) {
            return Ok(Self::Named(*field));
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
            Self::Named(field) => f.write_str(field.as_str()),
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
        let named = NamedField::ALL.iter().map(|field| field.as_str());
        for name in named.chain(["sub1", "sub10", "query.zone"]) {
            assert_eq!(name.parse::<RuleField>().unwrap().to_string(), name);
        }
        for bad in ["", "sub0", "sub11", "sub01", "sub+1", "query.", "Country", "ipx"] {
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
