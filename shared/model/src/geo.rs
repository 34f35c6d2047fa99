//! Countries that are let in or kept out, on a workspace, a campaign or a destination.

use serde::{Deserialize, Serialize};

/// ISO 3166-1 alpha-2 codes in upper case. An opinion on a country, or none: see [`GeoRule::opinion`].
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(default, deny_unknown_fields)]
pub struct GeoRule {
    /// Not empty: only these, and a country that is unknown is not one of them.
    pub allow: Vec<String>,
    pub block: Vec<String>,
}

impl GeoRule {
    /// In each of the two lists; there are 249 countries.
    pub const MAX_COUNTRIES: usize = 300;

    /// Whether the rule lets the country in; none when it has nothing to say of it, so that a more
    /// general rule decides.
    pub fn opinion(&self, country: &str) -> Option<bool> {
        let named = |list: &[String]| list.iter().any(|code| code == country);
        if named(&self.block) {
            Some(false)
        } else if named(&self.allow) {
            Some(true)
        } else {
            (!self.allow.is_empty()).then_some(false)
        }
    }

    pub fn is_empty(&self) -> bool {
        self.allow.is_empty() && self.block.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_speaks_of_what_it_names_or_excludes() {
        let rule = |allow: &[&str], block: &[&str]| GeoRule {
            allow: allow.iter().map(|c| (*c).into()).collect(),
            block: block.iter().map(|c| (*c).into()).collect(),
        };
        assert_eq!(rule(&[], &[]).opinion("US"), None);
        assert_eq!(rule(&[], &["RU"]).opinion("RU"), Some(false));
        assert_eq!(rule(&[], &["RU"]).opinion("US"), None);
        assert_eq!(rule(&["US"], &[]).opinion("US"), Some(true));
        assert_eq!(rule(&["US"], &[]).opinion("CA"), Some(false));
        assert_eq!(rule(&["US"], &[]).opinion(""), Some(false), "unknown");
        assert_eq!(rule(&["US"], &["US"]).opinion("US"), Some(false));
    }
}
