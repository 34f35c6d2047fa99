//! A sorted set of strings, looked up with or without regard to case and without allocation for ASCII.

use std::cmp::Ordering;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ValueSet {
    /// Sorted by bytes; lower case unless case counts.
    values: Box<[Box<str>]>,
    case_sensitive: bool,
}

/// Up to this many values a scan beats a binary search.
const SCAN_LIMIT: usize = 8;

impl ValueSet {
    pub fn new(values: &[String], case_sensitive: bool) -> Self {
        let fold = |v: &String| if case_sensitive { v.as_str().into() } else { v.to_lowercase().into() };
        let mut values: Vec<Box<str>> = values.iter().map(fold).collect();
        values.sort_unstable();
        values.dedup();
        Self { values: values.into(), case_sensitive }
    }

    pub fn contains(&self, text: &str) -> bool {
        if self.case_sensitive {
            return self.find(|value| value.as_bytes().cmp(text.as_bytes()));
        }
        if text.is_ascii() {
            return self.find(|value| cmp_folding_ascii(value.as_bytes(), text.as_bytes()));
        }
        let text = text.to_lowercase();
        self.find(|value| value.as_bytes().cmp(text.as_bytes()))
    }

    fn find(&self, compare: impl Fn(&str) -> Ordering) -> bool {
        if self.values.len() <= SCAN_LIMIT {
            return self.values.iter().any(|value| compare(value) == Ordering::Equal);
        }
        self.values.binary_search_by(|value| compare(value)).is_ok()
    }
}

/// Compares lower-case bytes with bytes of any case, without building the lower-case text.
fn cmp_folding_ascii(lower: &[u8], any: &[u8]) -> Ordering {
    lower.iter().copied().cmp(any.iter().map(u8::to_ascii_lowercase))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::ValueSet;

    proptest! {
        #[test]
        fn agrees_with_a_plain_search(
            values in proptest::collection::vec("[a-zA-Zäß]{0,3}", 0..20),
            text in "[a-zA-Zäß]{0,3}",
        ) {
            let folded = values.iter().any(|v| v.to_lowercase() == text.to_lowercase());
            prop_assert_eq!(ValueSet::new(&values, false).contains(&text), folded);
            prop_assert_eq!(ValueSet::new(&values, true).contains(&text), values.contains(&text));
        }
    }
}
