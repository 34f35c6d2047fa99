//! What tells one user from another.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize, de};

use crate::{NamedField, RuleField};

/// As a string: `visitor`, `source_click_id`, `ip`, `user_agent`, `sub1`..`sub10`, `utm_source` and the
/// other four, `query.<param>`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum UserKey {
    /// Address and agent together.
    Visitor,
    SourceClickId,
    /// One of the fields that rules know.
    Field(RuleField),
}

const FIELDS: [NamedField; 7] = [
    NamedField::Ip,
    NamedField::UserAgent,
    NamedField::UtmSource,
    NamedField::UtmMedium,
    NamedField::UtmCampaign,
    NamedField::UtmContent,
    NamedField::UtmTerm,
];

#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error(
    "unknown user key {0:?}: expected one of visitor, source_click_id, ip, user_agent, utm_source, utm_medium, utm_campaign, utm_content, utm_term, sub1..sub10 or query.<param>"
)]
pub struct UserKeyError(String);

impl UserKey {
    /// The names that stand for themselves; beside them `sub1`..`sub10` and `query.<param>`.
    pub fn names() -> Vec<&'static str> {
        ["visitor", "source_click_id"].into_iter().chain(FIELDS.iter().map(|field| field.as_str())).collect()
    }
}

impl FromStr for UserKey {
    type Err = UserKeyError;
    fn from_str(name: &str) -> Result<Self, UserKeyError> {
        let unknown = || UserKeyError(name.chars().take(80).collect());
        match name {
            "visitor" => Ok(Self::Visitor),
            "source_click_id" => Ok(Self::SourceClickId),
            _ => match name.parse::<RuleField>().map_err(|_| unknown())? {
                RuleField::Named(field) if !FIELDS.contains(&field) => Err(unknown()),
                field => Ok(Self::Field(field)),
            },
        }
    }
}

impl fmt::Display for UserKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Visitor => f.write_str("visitor"),
            Self::SourceClickId => f.write_str("source_click_id"),
            Self::Field(field) => field.fmt(f),
        }
    }
}

impl Serialize for UserKey {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for UserKey {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        String::deserialize(d)?.parse().map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_round_trip_as_strings() {
        for name in UserKey::names().into_iter().chain(["sub1", "sub10", "query.uid"]) {
            assert_eq!(name.parse::<UserKey>().unwrap().to_string(), name);
        }
        for bad in ["", "country", "sub11", "query."] {
            assert!(bad.parse::<UserKey>().is_err(), "{bad:?}");
        }
    }
}
