//! `contains`, `not_contains`, `starts_with`, `ends_with`: one of several texts, with or without
//! regard to case, without allocation for ASCII.

use traffoflex_model::Operator;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Substrings {
    place: Place,
    /// Lower case unless case counts; none is empty.
    needles: Box<[Box<str>]>,
    case_sensitive: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Anywhere,
    Start,
    End,
}

impl Substrings {
    /// An error names the index of the value.
    pub fn new(operator: Operator, values: &[String], case_sensitive: bool) -> Result<Self, (usize, String)> {
        if let Some(index) = values.iter().position(String::is_empty) {
            return Err((index, "not empty: every text contains that".into()));
        }
        let place = match operator {
            Operator::StartsWith => Place::Start,
            Operator::EndsWith => Place::End,
            _ => Place::Anywhere,
        };
        let fold = |v: &String| if case_sensitive { v.as_str().into() } else { v.to_lowercase().into() };
        Ok(Self { place, needles: values.iter().map(fold).collect(), case_sensitive })
    }

    /// Whether one of them is there.
    pub fn are_in(&self, text: &str) -> bool {
        if self.case_sensitive {
            return self.needles.iter().any(|needle| match self.place {
                Place::Anywhere => text.contains(&**needle),
                Place::Start => text.starts_with(&**needle),
                Place::End => text.ends_with(&**needle),
            });
        }
        if text.is_ascii() {
            return self.find(text.as_bytes());
        }
        self.find(text.to_lowercase().as_bytes())
    }

    fn find(&self, text: &[u8]) -> bool {
        let same = |part: &[u8], needle: &[u8]| part.eq_ignore_ascii_case(needle);
        self.needles.iter().map(|needle| needle.as_bytes()).any(|needle| match self.place {
            Place::Anywhere => text.windows(needle.len()).any(|part| same(part, needle)),
            Place::Start => text.get(..needle.len()).is_some_and(|part| same(part, needle)),
            Place::End => {
                text.len().checked_sub(needle.len()).is_some_and(|start| same(&text[start..], needle))
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn agrees_with_the_standard_library(
            needles in proptest::collection::vec("[a-zA-ZäÄß]{1,3}", 1..4),
            text in "[a-zA-ZäÄß]{0,6}",
        ) {
            let (lower, cased) = (text.to_lowercase(), text.as_str());
            for case_sensitive in [false, true] {
                let text = if case_sensitive { cased } else { &lower };
                let folded: Vec<String> = needles
                    .iter()
                    .map(|n| if case_sensitive { n.clone() } else { n.to_lowercase() })
                    .collect();
                let holds = |operator| Substrings::new(operator, &needles, case_sensitive).unwrap().are_in(cased);
                prop_assert_eq!(holds(Operator::Contains), folded.iter().any(|n| text.contains(n.as_str())));
                prop_assert_eq!(holds(Operator::StartsWith), folded.iter().any(|n| text.starts_with(n.as_str())));
                prop_assert_eq!(holds(Operator::EndsWith), folded.iter().any(|n| text.ends_with(n.as_str())));
            }
        }
    }
}
