//! Which addresses this node may open a connection to on behalf of somebody's configuration: a probe
//! or an outbound postback must not become a way into the network that the node stands in.
//!
//! [`GuardedResolver`] is given to the HTTP client as its only way from a name to addresses: what it
//! checked is what is dialled, so a name that changes its mind in between gains nothing. An address
//! written into a URL needs no resolver, so [`AddressGuard::check_url`] has to be asked as well.
//! Clients that use either must follow no redirects and use no proxy.

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    sync::{Arc, LazyLock},
};

use ipnet::IpNet;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use traffoflex_dns::{DnsError, Resolver};
use url::{Host, Url};

/// What is not public: the IANA special-purpose registries, multicast, and what is reserved.
const NOT_PUBLIC: &[(&str, &str)] = &[
    ("0.0.0.0/8", "unspecified"),
    ("10.0.0.0/8", "private"),
    ("100.64.0.0/10", "carrier-grade NAT"),
    ("127.0.0.0/8", "loopback"),
    ("169.254.0.0/16", "link-local"),
    ("172.16.0.0/12", "private"),
    ("192.0.0.0/24", "protocol assignments"),
    ("192.0.2.0/24", "documentation"),
    ("192.88.99.0/24", "6to4 relay"),
    ("192.168.0.0/16", "private"),
    ("198.18.0.0/15", "benchmarking"),
    ("198.51.100.0/24", "documentation"),
    ("203.0.113.0/24", "documentation"),
    ("224.0.0.0/4", "multicast"),
    ("255.255.255.255/32", "broadcast"),
    ("240.0.0.0/4", "reserved"),
    ("::/128", "unspecified"),
    ("::1/128", "loopback"),
    ("::/96", "IPv4-compatible"),
    ("::ffff:0:0:0/96", "IPv4-translated"),
    ("64:ff9b:1::/48", "local NAT64"),
    ("100::/64", "discard"),
    ("2001::/23", "protocol assignments"),
    ("2001:db8::/32", "documentation"),
    ("2002::/16", "6to4"),
    ("3fff::/20", "documentation"),
    ("5f00::/16", "segment routing"),
    ("fc00::/7", "unique-local"),
    ("fe80::/10", "link-local"),
    ("fec0::/10", "site-local"),
    ("ff00::/8", "multicast"),
];

/// Of RFC 6052: the last 32 bits are an IPv4 address.
const NAT64_PREFIX: [u16; 6] = [0x64, 0xff9b, 0, 0, 0, 0];

static RANGES: LazyLock<Vec<(IpNet, &'static str)>> = LazyLock::new(|| {
    NOT_PUBLIC.iter().filter_map(|(cidr, kind)| Some((cidr.parse().ok()?, *kind))).collect()
});

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GuardError {
    #[error("{ip} is not a public address ({kind})")]
    NotPublic { ip: IpAddr, kind: &'static str },
    #[error("{host} resolves to {ip}, which is not a public address ({kind})")]
    ResolvesToNotPublic { host: String, ip: IpAddr, kind: &'static str },
    #[error("{host} has no address")]
    NoAddress { host: String },
    #[error("the URL has no host")]
    NoHost,
    #[error(transparent)]
    Dns(#[from] DnsError),
}

/// A clone is cheap.
#[derive(Debug, Clone, Default)]
pub struct AddressGuard {
    allowed: Arc<[IpNet]>,
}

impl AddressGuard {
    /// `allowed` networks may be reached though they are not public.
    pub fn new(allowed: Vec<IpNet>) -> Self {
        Self { allowed: allowed.into() }
    }

    pub fn check(&self, ip: IpAddr) -> Result<(), GuardError> {
        // What an address stands for decides, in whichever form it is written.
        let meant = embedded(ip).map_or(ip, IpAddr::V4);
        if self.allowed.iter().any(|net| net.contains(&meant) || net.contains(&ip)) {
            return Ok(());
        }
        match RANGES.iter().find(|(net, _)| net.contains(&meant)) {
            Some((_, kind)) => Err(GuardError::NotPublic { ip, kind }),
            None => Ok(()),
        }
    }

    /// Refuses a URL whose host is an address that may not be reached. A name passes: it is the
    /// resolver that checks what it stands for.
    pub fn check_url(&self, url: &Url) -> Result<(), GuardError> {
        match url.host() {
            None => Err(GuardError::NoHost),
            Some(Host::Domain(_)) => Ok(()),
            Some(Host::Ipv4(ip)) => self.check(ip.into()),
            Some(Host::Ipv6(ip)) => self.check(ip.into()),
        }
    }

    /// A host's addresses when every one may be reached: a public name has no business inside.
    pub fn all_permitted(&self, host: &str, addresses: Vec<IpAddr>) -> Result<Vec<IpAddr>, GuardError> {
        let given = addresses.len();
        let refused = addresses.iter().find_map(|ip| self.check(*ip).err());
        match refused {
            Some(GuardError::NotPublic { ip, kind }) => {
                Err(GuardError::ResolvesToNotPublic { host: host.to_owned(), ip, kind })
            }
            Some(error) => Err(error),
            None if given == 0 => Err(GuardError::NoAddress { host: host.to_owned() }),
            None => Ok(addresses),
        }
    }

    /// Those of a host's addresses that may be reached; an error when there are none.
    pub fn permitted(&self, host: &str, addresses: Vec<IpAddr>) -> Result<Vec<IpAddr>, GuardError> {
        let mut refused = None;
        let permitted: Vec<IpAddr> = addresses
            .into_iter()
            .filter(|ip| match self.check(*ip) {
                Ok(()) => true,
                Err(error) => {
                    refused.get_or_insert(error);
                    false
                }
            })
            .collect();
        match (permitted.is_empty(), refused) {
            (false, _) => Ok(permitted),
            (true, Some(GuardError::NotPublic { ip, kind })) => {
                Err(GuardError::ResolvesToNotPublic { host: host.to_owned(), ip, kind })
            }
            (true, _) => Err(GuardError::NoAddress { host: host.to_owned() }),
        }
    }
}

/// The IPv4 address inside a mapped or translated one.
fn embedded(ip: IpAddr) -> Option<Ipv4Addr> {
    let IpAddr::V6(ip) = ip else { return None };
    ip.to_ipv4_mapped().or_else(|| is_nat64(ip).then(|| Ipv4Addr::from(ip.to_bits() as u32)))
}

fn is_nat64(ip: Ipv6Addr) -> bool {
    ip.segments()[..6] == NAT64_PREFIX
}

/// For an HTTP client: resolves names to addresses that may be reached, and to no others.
#[derive(Clone)]
pub struct GuardedResolver {
    guard: AddressGuard,
    resolver: Resolver,
    /// One address that may not be reached refuses the name.
    wants_all: bool,
}

impl GuardedResolver {
    pub fn new(guard: AddressGuard, resolver: Resolver) -> Self {
        Self { guard, resolver, wants_all: false }
    }

    /// Refuses a name when any of its addresses may not be reached.
    pub fn for_public_names(guard: AddressGuard, resolver: Resolver) -> Self {
        Self { guard, resolver, wants_all: true }
    }

    pub async fn addresses(&self, host: &str) -> Result<Vec<IpAddr>, GuardError> {
        let found = self.resolver.lookup_ip(host).await?;
        if self.wants_all { self.guard.all_permitted(host, found) } else { self.guard.permitted(host, found) }
    }
}

impl Resolve for GuardedResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let this = self.clone();
        Box::pin(async move {
            let found = this.addresses(name.as_str()).await?;
            // The client puts the URL's port in place of 0.
            let addresses: Addrs = Box::new(found.into_iter().map(|ip| SocketAddr::new(ip, 0)));
            Ok(addresses)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn the_table_is_whole() {
        assert_eq!(RANGES.len(), NOT_PUBLIC.len(), "every range parses");
    }

    #[test]
    fn what_is_not_public_is_refused_in_every_form() {
        let guard = AddressGuard::default();
        for text in [
            "0.0.0.0",
            "0.1.2.3",
            "10.0.0.1",
            "10.255.255.255",
            "100.64.0.1",
            "100.127.255.255",
            "127.0.0.1",
            "127.255.255.254",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.1",
            "192.0.2.1",
            "192.168.0.1",
            "198.18.0.1",
            "198.19.255.255",
            "198.51.100.7",
            "203.0.113.7",
            "224.0.0.1",
            "239.255.255.255",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::7f00:1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "::ffff:169.254.169.254",
            "::ffff:0:169.254.169.254",
            "64:ff9b::7f00:1",
            "64:ff9b::a9fe:a9fe",
            "64:ff9b:1::1",
            "100::1",
            "2001::1",
            "2001:db8::1",
            "2002:7f00:1::",
            "3fff::1",
            "fc00::1",
            "fdff::1",
            "fe80::1",
            "febf::1",
            "fec0::1",
            "ff02::1",
        ] {
            assert!(guard.check(ip(text)).is_err(), "{text}");
        }
    }

    #[test]
    fn what_is_public_passes() {
        let guard = AddressGuard::default();
        for text in [
            "1.1.1.1",
            "8.8.8.8",
            "9.255.255.255",
            "11.0.0.1",
            "100.63.255.255",
            "100.128.0.1",
            "126.255.255.255",
            "128.0.0.1",
            "169.253.255.255",
            "172.15.255.255",
            "172.32.0.1",
            "192.0.1.1",
            "192.167.255.255",
            "198.17.255.255",
            "198.20.0.1",
            "223.255.255.255",
            "::ffff:8.8.8.8",
            "64:ff9b::808:808",
            "2001:4860:4860::8888",
            "2606:4700::1111",
            "2a00:1450::1",
        ] {
            assert_eq!(guard.check(ip(text)), Ok(()), "{text}");
        }
    }

    #[test]
    fn allowed_networks_pass_in_every_form_and_no_others_do() {
        let guard = AddressGuard::new(vec!["127.0.0.0/8".parse().unwrap(), "fd00::/8".parse().unwrap()]);
        for text in ["127.0.0.1", "::ffff:127.0.0.1", "fd12::1"] {
            assert_eq!(guard.check(ip(text)), Ok(()), "{text}");
        }
        for text in ["10.0.0.1", "::1", "fc00::1"] {
            assert!(guard.check(ip(text)).is_err(), "{text}");
        }
    }

    #[test]
    fn an_address_in_a_url_is_seen_however_it_is_written() {
        let guard = AddressGuard::default();
        for url in [
            "http://127.0.0.1/",
            "http://127.1/",
            "http://2130706433/",
            "http://0x7f.0.0.1/",
            "http://0177.0.0.1:8080/",
            "http://127.0.0.1./",
            "http://[::1]/",
            "http://[::ffff:127.0.0.1]:80/",
            "https://169.254.169.254/latest/meta-data/",
        ] {
            let url: Url = url.parse().unwrap();
            assert!(guard.check_url(&url).is_err(), "{url}");
        }
        assert_eq!(guard.check_url(&"http://8.8.8.8/".parse().unwrap()), Ok(()));
        assert_eq!(guard.check_url(&"http://offer.example/".parse().unwrap()), Ok(()));
    }

    #[test]
    fn of_several_addresses_only_public_ones_are_dialled() {
        let guard = AddressGuard::default();
        let mixed = vec![ip("10.0.0.1"), ip("8.8.8.8"), ip("fe80::1")];
        assert_eq!(guard.permitted("h", mixed), Ok(vec![ip("8.8.8.8")]));
        let error = guard.permitted("inside.example", vec![ip("169.254.169.254")]).unwrap_err();
        assert_eq!(
            error.to_string(),
            "inside.example resolves to 169.254.169.254, which is not a public address (link-local)"
        );
        assert!(matches!(guard.permitted("h", Vec::new()), Err(GuardError::NoAddress { .. })));
        let mixed = vec![ip("8.8.8.8"), ip("10.0.0.1")];
        assert!(matches!(guard.all_permitted("h", mixed), Err(GuardError::ResolvesToNotPublic { .. })));
        assert!(matches!(guard.all_permitted("h", Vec::new()), Err(GuardError::NoAddress { .. })));
        let public = vec![ip("8.8.8.8"), ip("2606:4700::1111")];
        assert_eq!(guard.all_permitted("h", public.clone()), Ok(public));
    }
}
