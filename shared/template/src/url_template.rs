//! Destination URLs with macros: `https://offer.example/?c={click_id}&s={sub1|none}`.
//!
//! Scheme, user info, host and port are fixed when the template is parsed and hold no macro, so no
//! value of a click can change where it goes. A value is percent-encoded but for RFC 3986's
//! unreserved characters; `{raw:x}` keeps reserved ones and still encodes whatever could break out
//! of a header or of the URL. An unknown macro renders as its default, or as nothing.

use percent_encoding::{AsciiSet, CONTROLS, NON_ALPHANUMERIC, utf8_percent_encode};
use url::Url;

use crate::{
    MacroName, MacroValues,
    part::{self, Part, SyntaxError},
};

/// Longest template, in bytes.
pub const MAX_TEMPLATE_BYTES: usize = 4096;
/// Longest rendered URL, in bytes; values beyond it are left out one by one.
pub const MAX_RENDERED_BYTES: usize = 16 * 1024;

/// RFC 3986, section 2.3: letters, digits, `-`, `.`, `_`, `~` are unreserved.
const VALUE: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
const RAW: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'<')
    .add(b'>')
    .add(b'\\')
    .add(b'^')
    .add(b'`')
    .add(b'{')
    .add(b'|')
    .add(b'}');

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TemplateError {
    #[error("longer than {MAX_TEMPLATE_BYTES} bytes")]
    TooLong,
    #[error("must start with http:// or https://")]
    Scheme,
    #[error("scheme, host and port may hold no macro")]
    MacroInHost,
    #[error("there is no host")]
    NoHost,
    #[error("user name and password are not allowed")]
    UserInfo,
    #[error(transparent)]
    Syntax(#[from] SyntaxError),
    #[error("white space, control characters, quotes, '<', '>' and '\\' must be percent-encoded")]
    Illegal,
    #[error("the host must be ASCII; write an international name in its xn-- form")]
    HostNotAscii,
    #[error("not a URL: {0}")]
    Url(String),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UrlTemplate<N> {
    parts: Box<[Part<N>]>,
    /// In lower case, without the port.
    host: Box<str>,
    unknown: Box<[String]>,
}

impl<N: MacroName> UrlTemplate<N> {
    pub fn parse(text: &str) -> Result<Self, TemplateError> {
        check_fixed_part(text)?;
        // Non-ASCII is always encoded, ASCII stays as written.
        let (parts, unknown) =
            part::parse(text, |literal| utf8_percent_encode(literal, CONTROLS).to_string())?;
        let host = check_as_url(&parts)?;
        Ok(Self { parts: parts.into(), host: host.into(), unknown: unknown.into() })
    }

    /// In lower case, without the port; an IPv6 address in brackets.
    pub fn host(&self) -> &str {
        &self.host
    }

    pub fn has(&self, wanted: &N) -> bool
    where
        N: PartialEq,
    {
        self.parts.iter().any(|part| matches!(part, Part::Macro { name: Some(name), .. } if name == wanted))
    }

    /// Names that stand for nothing: central refuses to save them.
    pub fn unknown_macros(&self) -> &[String] {
        &self.unknown
    }

    /// Appends the URL to `out`. The result is visible ASCII.
    pub fn render(&self, values: &impl MacroValues<N>, out: &mut String) {
        part::render(&self.parts, values, MAX_RENDERED_BYTES, append, out);
    }

    /// The URL as it is when no macro has a value: defaults where there are any.
    pub fn without_values(&self) -> String {
        let mut out = String::new();
        for part in &self.parts {
            match part {
                Part::Literal(text) => out.push_str(text),
                Part::Macro { raw, default, .. } => append(&mut out, default, *raw),
            }
        }
        out
    }
}

fn append(out: &mut String, value: &str, raw: bool) {
    let set = if raw { RAW } else { VALUE };
    out.extend(utf8_percent_encode(value, set));
}

/// Looks at the text before macros are read: what comes before path and query must be plain.
fn check_fixed_part(text: &str) -> Result<(), TemplateError> {
    if text.len() > MAX_TEMPLATE_BYTES {
        return Err(TemplateError::TooLong);
    }
    let illegal = |c: char| c.is_whitespace() || c.is_control() || matches!(c, '"' | '<' | '>' | '\\' | '\'');
    if text.chars().any(illegal) {
        return Err(TemplateError::Illegal);
    }
    let after_scheme = ["http://", "https://"]
        .iter()
        .find_map(|scheme| {
            text.get(..scheme.len()).filter(|s| s.eq_ignore_ascii_case(scheme)).map(|s| &text[s.len()..])
        })
        .ok_or(TemplateError::Scheme)?;
    let authority = &after_scheme[..after_scheme.find(['/', '?', '#']).unwrap_or(after_scheme.len())];
    if authority.is_empty() {
        // Browsers skip extra slashes: what follows would become the host.
        return Err(TemplateError::NoHost);
    }
    if authority.contains(['{', '}']) {
        return Err(TemplateError::MacroInHost);
    }
    if authority.contains('@') {
        return Err(TemplateError::UserInfo);
    }
    if !authority.is_ascii() {
        return Err(TemplateError::HostNotAscii);
    }
    Ok(())
}

/// The literal parts, with something harmless in place of macros, must be a URL with a host; returns that.
fn check_as_url<N>(parts: &[Part<N>]) -> Result<String, TemplateError> {
    let sample: String = parts
        .iter()
        .map(|part| match part {
            Part::Literal(text) => text,
            Part::Macro { .. } => "x",
        })
        .collect();
    let url = Url::parse(&sample).map_err(|error| TemplateError::Url(error.to_string()))?;
    match url.host_str() {
        Some(host) if !host.is_empty() => Ok(host.to_owned()),
        _ => Err(TemplateError::NoHost),
    }
}
