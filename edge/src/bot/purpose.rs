//! Requests by which a browser prepares for a click that nobody has made: loading ahead and previews.
//!
//! `Sec-Purpose: prefetch` with or without `;prerender` (Chrome, Fetch standard), `Purpose: prefetch`
//! (older Chrome, Safari), `X-Moz: prefetch` (older Firefox), `X-Purpose: preview` (Safari's top sites
//! and link previews).

use http::{HeaderMap, HeaderName};
use traffoflex_model::BotReason;

static SEC_PURPOSE: HeaderName = HeaderName::from_static("sec-purpose");
static PURPOSE: HeaderName = HeaderName::from_static("purpose");
static X_PURPOSE: HeaderName = HeaderName::from_static("x-purpose");
static X_MOZ: HeaderName = HeaderName::from_static("x-moz");

/// The sign that these headers are.
pub fn sign(headers: &HeaderMap) -> Option<BotReason> {
    let names = [&SEC_PURPOSE, &PURPOSE, &X_PURPOSE, &X_MOZ];
    names.into_iter().find_map(|name| headers.get(name).and_then(|value| meaning(value.as_bytes())))
}

/// The words are tokens with parameters: `prefetch;prerender`, `prefetch;anonymous-client-ip`.
fn meaning(value: &[u8]) -> Option<BotReason> {
    value.split(|byte| matches!(byte, b';' | b',')).map(<[u8]>::trim_ascii).find_map(|word| {
        let is = |name: &str| word.eq_ignore_ascii_case(name.as_bytes());
        match () {
            () if is("prefetch") || is("prerender") => Some(BotReason::Prefetch),
            () if is("preview") => Some(BotReason::Preview),
            () => None,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_browsers_send_them() {
        let cases = [
            ("sec-purpose", "prefetch", Some(BotReason::Prefetch)),
            ("sec-purpose", "prefetch;prerender", Some(BotReason::Prefetch)),
            ("sec-purpose", "prefetch;anonymous-client-ip", Some(BotReason::Prefetch)),
            ("purpose", "prefetch", Some(BotReason::Prefetch)),
            ("purpose", "Preview", Some(BotReason::Preview)),
            ("x-purpose", "preview", Some(BotReason::Preview)),
            ("x-moz", "prefetch", Some(BotReason::Prefetch)),
            ("purpose", "advertising", None),
            ("x-moz", "", None),
            ("sec-fetch-mode", "prefetch", None),
        ];
        for (name, value, expected) in cases {
            let headers = HeaderMap::from_iter([(HeaderName::from_static(name), value.parse().unwrap())]);
            assert_eq!(sign(&headers), expected, "{name}: {value}");
        }
        assert_eq!(sign(&HeaderMap::new()), None);
    }
}
