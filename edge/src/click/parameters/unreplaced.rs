//! Macros that a traffic source should have filled in and did not.

/// Whether the value still holds `{x}`, `{{x}}`, `${X}` or `##X##` somewhere, or is as a whole
/// `[X]`, `%x%` or `__X__`, which occur inside honest values too.
pub fn holds_macro(value: &str) -> bool {
    if value.len() < 3 {
        return false;
    }
    let whole = [("[", "]"), ("%", "%"), ("__", "__")];
    whole.iter().any(|(open, close)| {
        value.strip_prefix(open).and_then(|rest| rest.strip_suffix(close)).is_some_and(is_name)
    }) || encloses_name(value, "{", "}")
        || encloses_name(value, "##", "##")
}

fn encloses_name(value: &str, open: &str, close: &str) -> bool {
    let mut rest = value;
    while let Some(at) = rest.find(open) {
        rest = &rest[at + open.len()..];
        if let Some(end) = rest.find(close)
            && is_name(&rest[..end])
        {
            return true;
        }
    }
    false
}

fn is_name(text: &str) -> bool {
    !text.is_empty()
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'-' | b':'))
}
