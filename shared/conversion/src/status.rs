//! What networks call the states of a conversion, and which of ours each one is. Case and white space
//! around do not matter. A template's words come before the default ones; a word that neither knows is
//! [`ConversionStatus::Unmapped`].

use std::collections::HashMap;

use traffoflex_model::{ConversionStatus, PostbackTemplate};

use crate::FieldError;

/// Of a postback that says no status, where its template has none for it.
pub const DEFAULT_WORD: &str = "approved";

/// Known without a template.
pub const DEFAULT_WORDS: &[(&str, ConversionStatus)] = &[
    ("approved", ConversionStatus::Sale),
    ("approve", ConversionStatus::Sale),
    ("confirmed", ConversionStatus::Sale),
    ("paid", ConversionStatus::Sale),
    ("1", ConversionStatus::Sale),
    ("sale", ConversionStatus::Sale),
    ("pending", ConversionStatus::Lead),
    ("lead", ConversionStatus::Lead),
    ("reg", ConversionStatus::Lead),
    ("new", ConversionStatus::Lead),
    ("2", ConversionStatus::Lead),
    ("hold", ConversionStatus::Hold),
    ("5", ConversionStatus::Hold),
    ("rejected", ConversionStatus::Rejected),
    ("declined", ConversionStatus::Rejected),
    ("trash", ConversionStatus::Rejected),
    ("cancel", ConversionStatus::Rejected),
    ("3", ConversionStatus::Rejected),
];

/// A template's words and the default ones.
#[derive(Debug, Clone, Default)]
pub struct StatusMap(HashMap<String, ConversionStatus>);

impl StatusMap {
    pub fn compile(template: Option<&PostbackTemplate>, errors: &mut Vec<FieldError>) -> Self {
        let mut own = HashMap::new();
        for (at, word) in template.iter().flat_map(|template| &template.statuses).enumerate() {
            let key = folded(&word.word);
            let mut refuse = |error: &str| {
                errors.push(FieldError::new(format!("statuses[{at}].word"), error));
            };
            if key.is_empty() {
                refuse("is empty");
            } else if word.word.len() > PostbackTemplate::MAX_WORD_BYTES {
                refuse("is too long");
            } else if own.insert(key, word.status).is_some_and(|before| before != word.status) {
                refuse("stands for another status above");
            }
        }
        let mut words: HashMap<_, _> =
            DEFAULT_WORDS.iter().map(|(word, status)| ((*word).to_owned(), *status)).collect();
        words.extend(own);
        Self(words)
    }

    pub fn status(&self, word: &str) -> ConversionStatus {
        self.0.get(&folded(word)).copied().unwrap_or_default()
    }
}

fn folded(word: &str) -> String {
    word.trim().to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn default_words_ignore_case() {
        let map = StatusMap::compile(None, &mut Vec::new());
        for (word, status) in DEFAULT_WORDS {
            assert_eq!(map.status(&format!(" {} ", word.to_uppercase())), *status);
        }
        for unknown in ["", "4", "approved!", "sal"] {
            assert_eq!(map.status(unknown), ConversionStatus::Unmapped, "{unknown:?}");
        }
    }
}
