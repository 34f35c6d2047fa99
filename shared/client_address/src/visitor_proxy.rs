//! Whether the visitor came through a proxy that is none of ours and says so: a company's, a
//! carrier's or an open one. It is a field of rules and events and no sign of a bot: many people
//! have no choice.
//!
//! A connection from a stranger says it by `Via`, `Forwarded`, `X-Forwarded-For` or
//! `Proxy-Connection`. Behind a proxy of ours, which may add any of these itself, only an address
//! counts that stands in `X-Forwarded-For` before the visitor's own.

use std::net::IpAddr;

use http::{HeaderMap, HeaderName, header};

use super::{MAX_HOPS, TrustedProxies, parse_hop};

static X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
static PROXY_CONNECTION: HeaderName = HeaderName::from_static("proxy-connection");

impl TrustedProxies {
    /// `peer` is who the connection comes from.
    pub fn visitor_has_proxy(&self, peer: IpAddr, headers: &HeaderMap) -> bool {
        if !self.trusts(peer) {
            return [&header::VIA, &header::FORWARDED, &X_FORWARDED_FOR, &PROXY_CONNECTION]
                .into_iter()
                .any(|name| headers.contains_key(name));
        }
        let lines = headers.get_all(&X_FORWARDED_FOR).iter().rev();
        let hops = lines.flat_map(|line| line.as_bytes().rsplit(|byte| *byte == b','));
        let hops = hops.take(MAX_HOPS).map(|hop| parse_hop(std::str::from_utf8(hop).unwrap_or_default()));
        // From the right: ours, then the visitor, then what the visitor's own proxy wrote.
        let mut beyond = hops.skip_while(|hop| hop.is_some_and(|ip| self.trusts(ip)));
        beyond.next().flatten().is_some() && beyond.any(|hop| hop.is_some())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_strangers_added_counts() {
        let proxies = TrustedProxies::new(vec!["10.0.0.0/8".parse().unwrap()]);
        // peer, header, value, whether
        let cases = [
            ("203.0.113.9", "accept", "*/*", false),
            ("203.0.113.9", "via", "1.1 office", true),
            ("203.0.113.9", "forwarded", "for=192.0.2.1", true),
            ("203.0.113.9", "x-forwarded-for", "192.0.2.1", true),
            ("203.0.113.9", "proxy-connection", "keep-alive", true),
            ("10.0.0.1", "via", "1.1 ours", false),
            ("10.0.0.1", "x-forwarded-for", "198.51.100.1", false),
            ("10.0.0.1", "x-forwarded-for", "198.51.100.1, 10.9.9.9", false),
            ("10.0.0.1", "x-forwarded-for", "192.168.0.7, 198.51.100.1", true),
            ("10.0.0.1", "x-forwarded-for", "192.168.0.7, 198.51.100.1, 10.9.9.9", true),
            ("10.0.0.1", "x-forwarded-for", "unknown, 198.51.100.1", false),
            ("10.0.0.1", "x-forwarded-for", "10.1.1.1, 10.2.2.2", false),
            ("10.0.0.1", "x-forwarded-for", "198.51.100.1, nonsense", false),
            ("::ffff:10.0.0.1", "via", "1.1 ours", false),
        ];
        for (peer, name, value, expected) in cases {
            let headers = HeaderMap::from_iter([(HeaderName::from_static(name), value.parse().unwrap())]);
            let got = proxies.visitor_has_proxy(peer.parse().unwrap(), &headers);
            assert_eq!(got, expected, "{peer} {name}: {value}");
        }
    }
}
