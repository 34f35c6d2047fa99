//! Bodies with macros: form fields, or JSON whose values stand within quotes.
//!
//! In a form a value is percent-encoded, in JSON it is escaped as the inside of a string, so that no value
//! can end its field and begin another. `{raw:x}` is no different here. In JSON only a brace with a name
//! right behind it is a macro: `{"id":"{click_id}"}` holds one.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::{
    MAX_RENDERED_BYTES, MacroName, MacroValues, SyntaxError,
    part::{self, Part},
};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BodyFormat {
    Form,
    Json,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BodyTemplate<N> {
    parts: Box<[Part<N>]>,
    format: BodyFormat,
    unknown: Box<[String]>,
}

/// RFC 3986's unreserved characters stand as they are.
const VALUE: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

impl<N: MacroName> BodyTemplate<N> {
    pub fn parse(text: &str, format: BodyFormat) -> Result<Self, SyntaxError> {
        let (parts, unknown) = match format {
            BodyFormat::Form => part::parse(text, str::to_owned)?,
            BodyFormat::Json => parse_json(text),
        };
        Ok(Self { parts: parts.into(), format, unknown: unknown.into() })
    }

    /// Names that stand for nothing.
    pub fn unknown_macros(&self) -> &[String] {
        &self.unknown
    }

    /// Appends the body to `out`, at most [`MAX_RENDERED_BYTES`] of it from values.
    pub fn render(&self, values: &impl MacroValues<N>, out: &mut String) {
        let append = match self.format {
            BodyFormat::Form => {
                |out: &mut String, value: &str, _| out.extend(utf8_percent_encode(value, VALUE))
            }
            BodyFormat::Json => |out: &mut String, value: &str, _| append_json(out, value),
        };
        part::render(&self.parts, values, MAX_RENDERED_BYTES, append, out);
    }
}

/// Braces of JSON itself are followed by white space, a quote or a brace, never by a name.
fn parse_json<N: MacroName>(text: &str) -> part::Parsed<N> {
    let (mut parts, mut unknown) = (Vec::new(), Vec::new());
    let (mut literal_from, mut at) = (0, 0);
    while let Some(open) = text[at..].find('{').map(|found| at + found) {
        let inside = text[open + 1..].split(['{', '}', '"', '\n']).next().unwrap_or_default();
        let end = open + 1 + inside.len();
        let is_macro = text[end..].starts_with('}') && inside.starts_with(|c: char| c.is_ascii_alphabetic());
        if is_macro {
            if literal_from < open {
                parts.push(Part::Literal(text[literal_from..open].into()));
            }
            parts.push(part::parse_macro(inside, &mut unknown));
            literal_from = end + 1;
        }
        at = if is_macro { end + 1 } else { open + 1 };
    }
    if literal_from < text.len() {
        parts.push(Part::Literal(text[literal_from..].into()));
    }
    (parts, unknown)
}

/// RFC 8259, section 7.
fn append_json(out: &mut String, value: &str) {
    for c in value.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if (c as u32) < 0x20 => out.push_str(&format!("\\u{:04x}", c as u32)),
            c => out.push(c),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    struct Named(String);
    impl MacroName for Named {
        fn parse(name: &str) -> Option<Self> {
            (name.starts_with('k')).then(|| Self(name.into()))
        }
    }
    struct Value<'a>(&'a str);
    impl MacroValues<Named> for Value<'_> {
        fn with_value(&self, name: &Named, take: impl FnOnce(&str)) {
            take(if name.0 == "known" { self.0 } else { "" });
        }
    }

    fn rendered(text: &str, format: BodyFormat, value: &str) -> String {
        let mut out = String::new();
        BodyTemplate::<Named>::parse(text, format).unwrap().render(&Value(value), &mut out);
        out
    }

    #[test]
    fn braces_of_json_are_no_macros() {
        let json = r#"{"a":{"b":"{known}","c":"{kept|d"ault}"},"e":{}}"#;
        assert_eq!(
            rendered(json, BodyFormat::Json, "x\"y"),
            r#"{"a":{"b":"x\"y","c":"{kept|d"ault}"},"e":{}}"#
        );
        assert_eq!(rendered("a={known}&b={kept|none}", BodyFormat::Form, "1&2"), "a=1%262&b=none");
        let unknown = BodyTemplate::<Named>::parse(r#"{"a":"{nope}"}"#, BodyFormat::Json).unwrap();
        assert_eq!(unknown.unknown_macros(), ["nope"]);
        assert!(BodyTemplate::<Named>::parse("a={known", BodyFormat::Form).is_err());
    }

    proptest! {
        #[test]
        fn a_value_stays_in_its_field(value in "\\PC{0,40}|[\\x00-\\x7f]{0,40}") {
            let form = rendered("a={known}&b=1", BodyFormat::Form, &value);
            let pairs: Vec<_> = url::form_urlencoded::parse(form.as_bytes()).into_owned().collect();
            prop_assert_eq!(pairs, [("a".to_owned(), value.clone()), ("b".to_owned(), "1".to_owned())]);
            let json = rendered(r#"{"a":"{known}","b":1}"#, BodyFormat::Json, &value);
            let back: serde_json::Value = serde_json::from_str(&json).unwrap();
            prop_assert_eq!(back["a"].as_str(), Some(value.as_str()));
            prop_assert_eq!(back.as_object().unwrap().len(), 2);
        }

        #[test]
        fn no_text_makes_it_panic(text in "\\PC{0,60}") {
            let _ = BodyTemplate::<Named>::parse(&text, BodyFormat::Json);
            let _ = BodyTemplate::<Named>::parse(&text, BodyFormat::Form);
        }
    }
}
