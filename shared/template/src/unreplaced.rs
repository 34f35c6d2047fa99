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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn macros_of_every_spelling_and_values_that_only_look_like_them() {
        for unreplaced in ["{x}", "{{x}}", "a-{x.y}-b", "${SUBID}", "##X##", "a##X##b", "[X]", "%x%", "__X__"]
        {
            assert!(holds_macro(unreplaced), "{unreplaced}");
        }
        for honest in
            ["", "x", "{}", "{ }", "{a b}", "####", "a[1]", "100%", "a__b__c", "50%50", "[]", "____"]
        {
            assert!(!holds_macro(honest), "{honest}");
        }
        // One pass, however many braces there are.
        assert!(!holds_macro(&"{".repeat(1 << 20)));
    }
}
