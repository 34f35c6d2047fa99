//! The parameters of a postback as they arrived: decoded names and values in order of arrival.
//!
//! Bounded, so that no caller makes a log row or a journal entry large: what is too much is cut or left
//! out, and [`RawFields::is_cut`] says so. Nothing here refuses or panics.

use serde::de::{Deserializer as _, IgnoredAny, MapAccess, Visitor};
use serde_json::{Map, Value, value::RawValue};

/// Parameters looked at; those after them are left out.
pub const MAX_FIELDS: usize = 128;
/// Of a name, in bytes.
pub const MAX_NAME_BYTES: usize = 128;
/// Of a value, in bytes after decoding.
pub const MAX_VALUE_BYTES: usize = 2048;
/// Of all names and values, in bytes. A whole parameter that would exceed it is left out.
pub const MAX_TOTAL_BYTES: usize = 16 * 1024;
/// Stands in the payload for the value of a secret.
pub const REMOVED: &str = "[removed]";

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RawFields {
    pairs: Vec<(String, String)>,
    bytes: usize,
    cut: bool,
}

#[derive(Debug, thiserror::Error)]
pub enum BodyError {
    #[error("the body must be a JSON object: {0}")]
    Json(#[from] serde_json::Error),
}

impl RawFields {
    pub fn new() -> Self {
        Self::default()
    }

    /// Of a query or a form's body, percent-encoded.
    pub fn from_query(query: &str) -> Self {
        url::form_urlencoded::parse(query.as_bytes()).collect()
    }

    /// Of a JSON object. Numbers stay as they are written; `null` is nothing; what is nested is its JSON text.
    pub fn from_json(body: &[u8]) -> Result<Self, BodyError> {
        let mut fields = Self::new();
        fields.push_json(body)?;
        Ok(fields)
    }

    /// Adds the members of a JSON object.
    pub fn push_json(&mut self, body: &[u8]) -> Result<(), BodyError> {
        let mut json = serde_json::Deserializer::from_slice(body);
        json.deserialize_map(Members(self))?;
        Ok(json.end()?)
    }

    pub fn push(&mut self, name: &str, value: &str) {
        if self.pairs.len() == MAX_FIELDS {
            self.cut = true;
            return;
        }
        let name_end = name.floor_char_boundary(MAX_NAME_BYTES);
        let value_end = value.floor_char_boundary(MAX_VALUE_BYTES);
        self.cut |= name_end < name.len() || value_end < value.len();
        if self.bytes + name_end + value_end > MAX_TOTAL_BYTES {
            self.cut = true;
            return;
        }
        self.bytes += name_end + value_end;
        self.pairs.push((name[..name_end].to_owned(), value[..value_end].to_owned()));
    }

    /// Whether something was too long or too much.
    pub fn is_cut(&self) -> bool {
        self.cut
    }

    pub fn is_empty(&self) -> bool {
        self.pairs.is_empty()
    }

    pub fn pairs(&self) -> &[(String, String)] {
        &self.pairs
    }

    /// The first value of the name that is not blank, trimmed. Names ignore case.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.values(name).next()
    }

    /// Values of the name that are not blank, trimmed, in order of arrival.
    pub fn values<'a, 'n>(&'a self, name: &'n str) -> impl Iterator<Item = &'a str> + use<'a, 'n> {
        self.pairs
            .iter()
            .filter(move |(known, _)| known.trim().eq_ignore_ascii_case(name))
            .map(|(_, value)| value.trim())
            .filter(|value| !value.is_empty())
    }

    /// A JSON object of all of them; a name that came several times has an array. The values of names for
    /// which `is_secret` holds are [`REMOVED`].
    pub fn payload(&self, is_secret: impl Fn(&str) -> bool) -> String {
        let mut object = Map::new();
        for (name, value) in &self.pairs {
            let value = if is_secret(name) { REMOVED } else { value };
            match object.get_mut(name) {
                None => drop(object.insert(name.clone(), value.into())),
                Some(Value::Array(values)) => values.push(value.into()),
                Some(first) => *first = Value::Array(vec![first.take(), value.into()]),
            }
        }
        Value::Object(object).to_string()
    }
}

impl<N: AsRef<str>, V: AsRef<str>> FromIterator<(N, V)> for RawFields {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(pairs: I) -> Self {
        let mut fields = Self::new();
        for (name, value) in pairs {
            fields.push(name.as_ref(), value.as_ref());
        }
        fields
    }
}

struct Members<'a>(&'a mut RawFields);

impl<'de> Visitor<'de> for Members<'_> {
    type Value = ();

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("an object of parameters")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        while let Some(name) = members.next_key::<std::borrow::Cow<'de, str>>()? {
            if self.0.pairs.len() == MAX_FIELDS {
                self.0.cut = true;
                members.next_value::<IgnoredAny>()?;
                continue;
            }
            let value = members.next_value::<&RawValue>()?.get();
            match serde_json::from_str::<Option<String>>(value) {
                Ok(Some(text)) => self.0.push(&name, &text),
                Ok(None) => {}
                Err(_) => self.0.push(&name, value),
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_ignore_case_and_the_first_value_that_is_not_blank_wins() {
        let fields = RawFields::from_query("a=&A=%20x%20&a=y&b=1+2");
        assert_eq!(fields.get("a"), Some("x"));
        assert_eq!(fields.values("a").collect::<Vec<_>>(), ["x", "y"]);
        assert_eq!((fields.get("B"), fields.get("c")), (Some("1 2"), None));
    }

    #[test]
    fn json_keeps_numbers_as_they_are_written() {
        let body =
            br#"{"payout":10.10,"big":123456789012.123456,"id":"x\u00e9","no":null,"o":{"a":[1]},"t":true}"#;
        let fields = RawFields::from_json(body).unwrap();
        let pairs: Vec<_> = fields.pairs().iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        let expected = [
            ("payout", "10.10"),
            ("big", "123456789012.123456"),
            ("id", "x\u{e9}"),
            ("o", r#"{"a":[1]}"#),
            ("t", "true"),
        ];
        assert_eq!(pairs, expected);
        for bad in [&b"[1]"[..], b"1", b"{\"a\":1} x", b"{", b""] {
            assert!(RawFields::from_json(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn what_is_too_much_is_cut_and_flagged() {
        let long = "é".repeat(MAX_VALUE_BYTES);
        let fields: RawFields = [("a", long.as_str())].into_iter().collect();
        assert!(fields.is_cut());
        assert_eq!(fields.get("a").map(str::len), Some(MAX_VALUE_BYTES));

        let many: RawFields = (0..MAX_FIELDS + 1).map(|n| (n.to_string(), "v")).collect();
        assert!(many.is_cut());
        assert_eq!(many.pairs().len(), MAX_FIELDS);

        let value = "v".repeat(MAX_VALUE_BYTES);
        let large: RawFields = (0..20).map(|n| (n.to_string(), &value)).collect();
        assert!(large.is_cut());
        assert!(large.payload(|_| false).len() < MAX_TOTAL_BYTES + 20 * 8);
        assert!(!RawFields::from_query("a=1").is_cut());
    }

    #[test]
    fn the_payload_holds_every_value_but_secrets() {
        let fields = RawFields::from_query("a=1&key=s3cret&a=2&b=%22");
        let payload: Value = serde_json::from_str(&fields.payload(|name| name == "key")).unwrap();
        assert_eq!(payload, serde_json::json!({"a": ["1", "2"], "key": REMOVED, "b": "\""}));
    }
}
