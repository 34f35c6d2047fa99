//! Texts that came from outside, as cells of a CSV that somebody opens in a spreadsheet.

use std::borrow::Cow;

/// What begins with `=`, `+`, `-`, `@`, a tab or a carriage return gets a `'` in front, or it would be run as a
/// formula.
pub fn guarded(text: &str) -> Cow<'_, str> {
    match text.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        true => format!("'{text}").into(),
        false => text.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_begins_a_formula() {
        for formula in ["=1+1", "+1", "-1", "@x", "\tx", "\r=x"] {
            assert_eq!(guarded(formula), format!("'{formula}"));
        }
        assert_eq!(guarded("x=1"), "x=1");
    }
}
