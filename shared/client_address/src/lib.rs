//! The address of whoever is at the other end. A header counts only when the connection comes from a proxy
//! we trust.

mod visitor_proxy;

use std::net::IpAddr;

use http::HeaderMap;
use ipnet::IpNet;

/// `TRUSTED_PROXY_CIDRS`.
#[derive(Debug, Clone, Default)]
pub struct TrustedProxies(Box<[IpNet]>);

/// Addresses looked at in one `X-Forwarded-For`, from the right.
const MAX_HOPS: usize = 32;

impl TrustedProxies {
    pub fn new(networks: Vec<IpNet>) -> Self {
        Self(networks.into())
    }

    pub fn trusts(&self, ip: IpAddr) -> bool {
        let ip = ip.to_canonical();
        self.0.iter().any(|network| network.contains(&ip))
    }

    /// Walks `X-Forwarded-For` from the right, over proxies we trust, to the first address that is
    /// none of them: what stands left of it was written by strangers. Without that header a trusted
    /// peer may say `X-Real-IP`.
    pub fn client_ip(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let peer = peer.to_canonical();
        if self.0.is_empty() || !self.trusts(peer) {
            return peer;
        }
        let mut client = peer;
        let mut seen = false;
        let lines = headers.get_all("x-forwarded-for").iter().rev();
        for hop in lines.flat_map(|line| line.as_bytes().rsplit(|byte| *byte == b',')).take(MAX_HOPS) {
            seen = true;
            let hop = std::str::from_utf8(hop).unwrap_or_default();
            // What is no address was not written by a proxy of ours: the last good hop is the client.
            let Some(ip) = parse_hop(hop) else { return client };
            client = ip;
            if !self.trusts(ip) {
                return client;
            }
        }
        if !seen && let Some(ip) = headers.get("x-real-ip").and_then(|v| parse_hop(v.to_str().ok()?)) {
            return ip;
        }
        client
    }
}

/// A network, or one address; for clap.
pub fn cidr(text: &str) -> Result<IpNet, String> {
    let text = text.trim();
    text.parse::<IpNet>()
        .or_else(|_| text.parse::<IpAddr>().map(IpNet::from))
        .map_err(|_| format!("{text:?} is not a CIDR such as 10.0.0.0/8"))
}

/// An address, with a port or in brackets as some proxies write it.
fn parse_hop(text: &str) -> Option<IpAddr> {
    let text = text.trim();
    let ip = text
        .parse()
        .or_else(|_| text.parse::<std::net::SocketAddr>().map(|addr| addr.ip()))
        .or_else(|_| text.trim_start_matches('[').trim_end_matches(']').parse());
    ip.ok().map(|ip: IpAddr| ip.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strangers_cannot_name_an_address() {
        let proxies = TrustedProxies::new(vec!["10.0.0.0/8".parse().unwrap(), "fd00::/8".parse().unwrap()]);
        // peer, X-Forwarded-For, X-Real-IP, client
        let cases = [
            ("203.0.113.9", None, None, "203.0.113.9"),
            ("203.0.113.9", Some("198.51.100.1"), None, "203.0.113.9"),
            ("203.0.113.9", None, Some("198.51.100.1"), "203.0.113.9"),
            ("10.0.0.1", Some("198.51.100.1"), None, "198.51.100.1"),
            ("10.0.0.1", Some("1.1.1.1, 198.51.100.1"), None, "198.51.100.1"),
            ("10.0.0.1", Some("1.1.1.1, 198.51.100.1, 10.9.9.9"), None, "198.51.100.1"),
            ("10.0.0.1", Some("10.1.1.1, 10.2.2.2"), None, "10.1.1.1"),
            ("10.0.0.1", Some("198.51.100.1:5555"), None, "198.51.100.1"),
            ("10.0.0.1", Some("[2001:db8::7]:443"), None, "2001:db8::7"),
            ("10.0.0.1", Some("::ffff:198.51.100.1"), None, "198.51.100.1"),
            ("10.0.0.1", Some("unknown"), None, "10.0.0.1"),
            ("10.0.0.1", Some("198.51.100.1, _hidden, 10.2.2.2"), None, "10.2.2.2"),
            ("10.0.0.1", Some(""), Some("198.51.100.1"), "10.0.0.1"),
            ("10.0.0.1", None, Some("198.51.100.1"), "198.51.100.1"),
            ("10.0.0.1", None, None, "10.0.0.1"),
            ("::ffff:10.0.0.1", Some("2001:db8::7"), None, "2001:db8::7"),
            ("fd00::1", Some("198.51.100.1"), None, "198.51.100.1"),
        ];
        for (peer, forwarded, real, client) in cases {
            let mut headers = HeaderMap::new();
            forwarded.map(|v| headers.insert("x-forwarded-for", v.parse().unwrap()));
            real.map(|v| headers.insert("x-real-ip", v.parse().unwrap()));
            let got = proxies.client_ip(peer.parse().unwrap(), &headers);
            assert_eq!(got, client.parse::<IpAddr>().unwrap(), "{peer} {forwarded:?} {real:?}");
        }
    }

    #[test]
    fn bytes_that_are_no_text_do_not_open_another_way() {
        let proxies = TrustedProxies::new(vec!["10.0.0.0/8".parse().unwrap()]);
        let of = |forwarded: &[u8]| {
            let mut headers = HeaderMap::new();
            headers.insert("x-forwarded-for", http::HeaderValue::from_bytes(forwarded).unwrap());
            headers.insert("x-real-ip", "192.0.2.66".parse().unwrap());
            proxies.client_ip("10.0.0.1".parse().unwrap(), &headers).to_string()
        };
        assert_eq!(of(b"\xff"), "10.0.0.1");
        assert_eq!(of(b"\xff, 198.51.100.1"), "198.51.100.1");
    }

    #[test]
    fn several_header_lines_are_one_list() {
        let proxies = TrustedProxies::new(vec!["10.0.0.0/8".parse().unwrap()]);
        let mut headers = HeaderMap::new();
        headers.append("x-forwarded-for", "1.1.1.1".parse().unwrap());
        headers.append("x-forwarded-for", "198.51.100.1".parse().unwrap());
        assert_eq!(proxies.client_ip("10.0.0.1".parse().unwrap(), &headers).to_string(), "198.51.100.1");
    }
}
