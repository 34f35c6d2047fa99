//! Macros that whoever calls us (a traffic source, a network) should have filled in and did not.

/// Whether the value still holds `{x}`, `{{x}}`, `${X}` or `##X##` somewhere, or is as a whole
/// `[X]`, `%x%` or `__X__`, which occur inside honest values too.
pub fn holds_macro(value: &str) -> bool {
    if value.len() < 3 {
        return false;
    }
    let whole = [("[", "]"), ("%", "%"), ("__", "__")];
    whole.iter().any(|(open, close)| {
        value.strip_prefix(open).and_then(|rest| rest.strip_suffix(close)).is_some_and(is_name)
    }) || braces_name(value.as_bytes())
        || hashes_name(value.as_bytes())
}

/// `{x}` anywhere, in one pass: a long value of braces must not cost more than its length.
fn braces_name(value: &[u8]) -> bool {
    let mut start = None;
    for (at, byte) in value.iter().enumerate() {
        match byte {
            b'{' => start = Some(at + 1),
            b'}' if start.is_some_and(|start| at > start) => return true,
            byte if is_name_byte(*byte) => {}
            _ => start = None,
        }
    }
    false
}

/// `##x##` anywhere, in one pass.
fn hashes_name(value: &[u8]) -> bool {
    let (mut start, mut at) = (None, 0);
    while at < value.len() {
        match value[at] {
            b'#' if value.get(at + 1) == Some(&b'#') => {
                if start.is_some_and(|start| at > start) {
                    return true;
                }
                at += 1;
                start = Some(at + 1);
            }
            byte if is_name_byte(byte) => {}
            _ => start = None,
        }
        at += 1;
    }
    false
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(is_name_byte)
}

fn is_name_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-' | b':')
}
