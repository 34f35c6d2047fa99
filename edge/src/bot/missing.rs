//! Headers that browsers send and that are not there.
//!
//! Every browser sends `Accept` and `Accept-Language` when a person follows a link; those that
//! write `Sec-Fetch-*` do so on every secure request. Proxies and privacy settings take headers away
//! too, so that this alone is the lightest of all signs.

use http::{HeaderMap, HeaderName, header};

use crate::lookup::user_agent::Agent;

static SEC_FETCH_MODE: HeaderName = HeaderName::from_static("sec-fetch-mode");
static X_FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");

/// First major version of the browsers that send `Sec-Fetch-*`, with some years added in which old
/// installations may have turned it off.
const SEC_FETCH_SINCE: [(&str, u32); 4] =
    [("Chrome", 90), ("Chrome Mobile", 90), ("Firefox", 90), ("Edge", 90)];

/// `from_proxy`: the request was handed over by a proxy of ours, whose word on HTTPS counts.
pub fn misses_headers(headers: &HeaderMap, agent: &Agent, from_proxy: bool) -> bool {
    !headers.contains_key(header::ACCEPT_LANGUAGE)
        || !headers.contains_key(header::ACCEPT)
        || (from_proxy
            && headers.get(&X_FORWARDED_PROTO).is_some_and(|proto| proto == "https")
            && !headers.contains_key(&SEC_FETCH_MODE)
            && sends_sec_fetch(agent))
}

fn sends_sec_fetch(agent: &Agent) -> bool {
    let major = agent.browser_version.split('.').next().and_then(|major| major.parse::<u32>().ok());
    SEC_FETCH_SINCE
        .iter()
        .any(|(browser, since)| *agent.browser == **browser && major.is_some_and(|major| major >= *since))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        let pair = |(name, value): &(&'static str, &'static str)| {
            (HeaderName::from_static(name), http::HeaderValue::from_static(value))
        };
        pairs.iter().map(pair).collect()
    }

    #[test]
    fn what_browsers_always_send() {
        let chrome = Agent { browser: "Chrome".into(), browser_version: "140.0".into(), ..Agent::default() };
        let old = Agent { browser_version: "60.0".into(), ..chrome.clone() };
        let (language, accept) = (("accept-language", "de"), ("accept", "*/*"));
        let (https, fetch) = (("x-forwarded-proto", "https"), ("sec-fetch-mode", "navigate"));
        let misses =
            |pairs: &[_], agent: &Agent, from_proxy| misses_headers(&headers(pairs), agent, from_proxy);
        assert!(misses(&[], &chrome, false));
        assert!(misses(&[language], &chrome, false));
        assert!(misses(&[accept], &chrome, false));
        assert!(!misses(&[language, accept], &chrome, false));
        assert!(!misses(&[language, accept, https], &chrome, false), "a stranger's word");
        assert!(misses(&[language, accept, https], &chrome, true));
        assert!(!misses(&[language, accept, https, fetch], &chrome, true));
        assert!(!misses(&[language, accept, https], &old, true));
        assert!(!misses(&[language, accept, ("x-forwarded-proto", "http")], &chrome, true));
    }
}
