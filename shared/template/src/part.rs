//! A text cut into literals and macros.

use crate::{MacroName, MacroValues};

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SyntaxError {
    #[error("'{{' without '}}' at byte {0}")]
    Unclosed(usize),
    #[error("'}}' without '{{' at byte {0}")]
    Unopened(usize),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Part<N> {
    Literal(Box<str>),
    Macro { name: Option<N>, raw: bool, default: Box<str> },
}

/// Parts, and the names that stand for nothing.
pub(crate) type Parsed<N> = (Vec<Part<N>>, Vec<String>);

/// `literal` says how a literal stands in the result.
pub(crate) fn parse<N: MacroName>(text: &str, literal: fn(&str) -> String) -> Result<Parsed<N>, SyntaxError> {
    let (mut parts, mut unknown) = (Vec::new(), Vec::new());
    let push = |parts: &mut Vec<Part<N>>, text: &str| {
        if !text.is_empty() {
            parts.push(Part::Literal(literal(text).into()));
        }
    };
    let mut rest = text;
    while let Some(brace) = rest.find(['{', '}']) {
        let offset = text.len() - rest.len() + brace;
        if rest.as_bytes()[brace] == b'}' {
            return Err(SyntaxError::Unopened(offset));
        }
        let (before, after) = (&rest[..brace], &rest[brace + 1..]);
        let end = after.find(['{', '}']).filter(|end| after.as_bytes()[*end] == b'}');
        let inside = &after[..end.ok_or(SyntaxError::Unclosed(offset))?];
        push(&mut parts, before);
        parts.push(parse_macro(inside, &mut unknown));
        rest = &after[inside.len() + 1..];
    }
    push(&mut parts, rest);
    Ok((parts, unknown))
}

/// `name`, `raw:name`, `name|default`.
pub(crate) fn parse_macro<N: MacroName>(inside: &str, unknown: &mut Vec<String>) -> Part<N> {
    let (name, default) = inside.split_once('|').unwrap_or((inside, ""));
    let (raw, name) = match name.strip_prefix("raw:") {
        Some(name) => (true, name),
        None => (false, name),
    };
    let known = N::parse(name);
    if known.is_none() {
        unknown.push(name.to_owned());
    }
    Part::Macro { name: known, raw, default: default.into() }
}

/// Appends each part; a value that would make the result longer than `max_bytes` is left out.
/// `append` is given a value and whether it is to stand as it is.
pub(crate) fn render<N>(
    parts: &[Part<N>],
    values: &impl MacroValues<N>,
    max_bytes: usize,
    append: impl Fn(&mut String, &str, bool),
    out: &mut String,
) {
    for part in parts {
        let before = out.len();
        match part {
            Part::Literal(text) => out.push_str(text),
            Part::Macro { name, raw, default } => {
                if let Some(name) = name {
                    values.with_value(name, |value| append(out, value, *raw));
                }
                if out.len() == before {
                    append(out, default, *raw);
                }
                if out.len() > max_bytes {
                    out.truncate(before);
                }
            }
        }
    }
}
