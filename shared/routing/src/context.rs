//! What is known of one click, as plain text borrowed from the request. The caller fills it once;
//! rules and macros read it. An unknown value is the empty string (0 for `asn`).

use std::borrow::Cow;

use rust_decimal::Decimal;

/// A name in lower case and its value, as they arrived.
pub type QueryPair<'a> = (Cow<'a, str>, Cow<'a, str>);

#[derive(Debug, Clone, Copy, Default)]
pub struct ClickContext<'a> {
    /// ISO 3166-1 alpha-2.
    pub country: &'a str,
    pub region: &'a str,
    pub city: &'a str,
    pub isp: &'a str,
    pub asn: u32,
    pub device_type: &'a str,
    pub os: &'a str,
    pub os_version: &'a str,
    pub browser: &'a str,
    pub browser_version: &'a str,
    pub language: &'a str,
    pub user_agent: &'a str,
    pub referrer: &'a str,
    /// The click was taken for a bot's.
    pub is_bot: bool,
    /// The visitor's first click on the campaign within its window.
    pub is_unique: bool,
    /// The click came through a proxy that says so.
    pub is_proxy: bool,
    /// The client address as text.
    pub ip: &'a str,
    /// Id of the traffic source, or what the click carried when no source is known by that.
    pub source: &'a str,
    /// Slug of the traffic source; empty when unknown.
    pub source_slug: &'a str,
    pub source_click_id: &'a str,
    /// `sub1` is `subs[0]`.
    pub subs: [&'a str; 10],
    pub utm_source: &'a str,
    pub utm_medium: &'a str,
    pub utm_campaign: &'a str,
    pub utm_content: &'a str,
    pub utm_term: &'a str,
    /// Parameters that none of the named fields took; names in lower case.
    pub query: &'a [QueryPair<'a>],
    pub cost: Decimal,
    pub currency: &'a str,
    /// The node's clock, UTC milliseconds.
    pub created_at_ms: i64,
    pub click_id: &'a str,
    /// How often trafficback has brought this visitor back to us.
    pub depth: u8,
    /// Ids of destinations that were tried on the way, separated by commas.
    pub visited: &'a str,
}

impl<'a> ClickContext<'a> {
    /// The first non-empty value of a query parameter, or the empty string. `name` is in lower case.
    pub fn query_param(&self, name: &str) -> &'a str {
        self.query.iter().find(|(n, value)| n == name && !value.is_empty()).map_or("", |(_, value)| value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_parameter_with_a_value_counts() {
        let pairs = [("zone", ""), ("zone", "7"), ("zone", "8")].map(|(n, v)| (n.into(), v.into()));
        let ctx = ClickContext { query: &pairs, ..ClickContext::default() };
        assert_eq!(ctx.query_param("zone"), "7");
        assert_eq!(ctx.query_param("missing"), "");
    }
}
