//! `regex`: one of several patterns, in time linear in the text. Compiled when the snapshot is
//! loaded, with a limit on the size, so that no pattern can make a node slow or large.

use regex::{RegexSet, RegexSetBuilder};

/// Most bytes a condition's compiled patterns may take.
const SIZE_LIMIT_BYTES: usize = 256 << 10;
/// Longest pattern, in bytes.
const MAX_PATTERN_BYTES: usize = 1024;
/// Patterns in one condition.
const MAX_PATTERNS: usize = 100;
/// Deepest nesting of groups in a pattern.
const NEST_LIMIT: u32 = 32;

#[derive(Debug, Clone)]
pub struct Patterns {
    set: RegexSet,
    case_sensitive: bool,
}

impl PartialEq for Patterns {
    fn eq(&self, other: &Self) -> bool {
        self.case_sensitive == other.case_sensitive && self.set.patterns() == other.set.patterns()
    }
}

impl Eq for Patterns {}

impl Patterns {
    /// An error names the index of the value.
    pub fn new(values: &[String], case_sensitive: bool) -> Result<Self, (usize, String)> {
        if values.len() > MAX_PATTERNS {
            return Err((MAX_PATTERNS, format!("at most {MAX_PATTERNS} patterns")));
        }
        if let Some(index) = values.iter().position(|value| value.len() > MAX_PATTERN_BYTES) {
            return Err((index, format!("at most {MAX_PATTERN_BYTES} bytes")));
        }
        let build = |patterns: &[String]| {
            RegexSetBuilder::new(patterns)
                .case_insensitive(!case_sensitive)
                .size_limit(SIZE_LIMIT_BYTES)
                .nest_limit(NEST_LIMIT)
                .build()
        };
        // One by one first, to name the one that is wrong.
        for (index, value) in values.iter().enumerate() {
            build(std::slice::from_ref(value)).map_err(|error| (index, error.to_string()))?;
        }
        let set = build(values).map_err(|error| (values.len() - 1, error.to_string()))?;
        Ok(Self { set, case_sensitive })
    }

    pub fn match_in(&self, text: &str) -> bool {
        self.set.is_match(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn patterns(values: &[&str], case_sensitive: bool) -> Result<Patterns, (usize, String)> {
        Patterns::new(&values.iter().map(|v| (*v).to_owned()).collect::<Vec<_>>(), case_sensitive)
    }

    #[test]
    fn one_of_them_is_enough() {
        assert!(patterns(&["^zone-\\d+$", "x"], false).unwrap().match_in("ZONE-42"));
        assert!(!patterns(&["^zone-\\d+$"], true).unwrap().match_in("ZONE-42"));
    }

    #[test]
    fn wrong_and_huge_patterns_are_named() {
        assert_eq!(patterns(&["ok", "("], false).unwrap_err().0, 1);
        assert_eq!(patterns(&["(a{1000}){1000}"], false).unwrap_err().0, 0);
        assert_eq!(patterns(&["ok", &"a".repeat(1025)], false).unwrap_err().0, 1);
        assert!(patterns(&[&"(".repeat(40)], false).is_err());
    }
}
