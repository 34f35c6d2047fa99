//! Words of closed sets in what a client sends, so that each wrong one is an error with its own path.

use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;
use traffoflex_model::ConversionStatus;

use super::validate::Errors;

/// What a network's status may mean, and what a source's call may be due on.
pub const STATUSES: [ConversionStatus; 4] =
    [ConversionStatus::Lead, ConversionStatus::Sale, ConversionStatus::Rejected, ConversionStatus::Hold];

pub fn name_of<T: Serialize>(value: T) -> String {
    match serde_json::to_value(value) {
        Ok(Value::String(name)) => name,
        _ => String::new(),
    }
}

/// The word's variant, when it is one of `all`; else an error that lists them.
pub fn one_of<T>(errors: &mut Errors, field: &str, word: &str, all: &[T]) -> Option<T>
where
    T: Serialize + DeserializeOwned + PartialEq + Copy,
{
    let read = serde_json::from_value::<T>(Value::from(word)).ok().filter(|value| all.contains(value));
    if read.is_none() {
        let names: Vec<String> = all.iter().map(|value| name_of(*value)).collect();
        errors.add(field, format!("one of {}", names.join(", ")));
    }
    read
}

/// Several words, each of them once; the field of an error names the place.
pub fn each_of<T>(errors: &mut Errors, field: &str, words: &[String], all: &[T]) -> Vec<T>
where
    T: Serialize + DeserializeOwned + PartialEq + Copy,
{
    let mut read = Vec::with_capacity(words.len().min(all.len()));
    for (i, word) in words.iter().enumerate() {
        let at = format!("{field}[{i}]");
        match one_of(errors, &at, word, all) {
            Some(value) if read.contains(&value) => errors.add(&at, "named twice"),
            Some(value) => read.push(value),
            None => {}
        }
    }
    read
}

/// Within limits, without control characters and without blanks around it.
pub fn is_plain(text: &str, max_bytes: usize) -> bool {
    !text.is_empty() && text.len() <= max_bytes && text.trim() == text && !text.chars().any(char::is_control)
}
