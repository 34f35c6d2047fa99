//! The host that a click came to, and who answers on it.
//!
//! A campaign that is bound to domains answers on those of them that are verified and active, and nowhere
//! else. Any other answers on every host that is known: those of `PUBLIC_HOSTS` (empty: every host is),
//! verified domains, addresses and `localhost`.

use std::{borrow::Cow, net::Ipv4Addr};

use http::{Request, header};
use traffoflex_routing::table::{CompiledCampaign, RoutingTable};

use crate::error::EdgeError;

/// `PUBLIC_HOSTS`, normalised. Empty: every host is known.
pub struct Hosts(Box<[String]>);

/// The host that a request names: the authority of its target, else the `Host` header. Lower case, without
/// port and final dot; empty when it names none.
pub fn of<B>(request: &Request<B>) -> Cow<'_, str> {
    let authority = request.uri().authority().map(|authority| authority.as_str());
    let named = authority.or_else(|| request.headers().get(header::HOST).and_then(|host| host.to_str().ok()));
    normalised(named.unwrap_or_default())
}

fn normalised(authority: &str) -> Cow<'_, str> {
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host).trim();
    let host = match host.rsplit_once(':') {
        // The colons of an IPv6 address stand in brackets.
        Some((name, port)) if port.bytes().all(|b| b.is_ascii_digit()) && !name.ends_with(':') => name,
        _ => host,
    };
    let host = host.strip_suffix('.').unwrap_or(host);
    match host.bytes().any(|b| b.is_ascii_uppercase()) {
        true => host.to_ascii_lowercase().into(),
        false => host.into(),
    }
}

impl Hosts {
    pub fn new(public: &[String]) -> Self {
        let named = public.iter().map(|host| normalised(host).into_owned()).filter(|host| !host.is_empty());
        Self(named.collect())
    }

    /// Whether clicks are answered on the request's host at all.
    pub fn check<B>(&self, table: &RoutingTable, request: &Request<B>) -> Result<(), EdgeError> {
        let is_known = self.0.is_empty() || {
            let host = of(request);
            is_local(&host) || self.is_own(table, &host)
        };
        if is_known { Ok(()) } else { Err(EdgeError::UnknownHost) }
    }

    /// Whether a host, in lower case, leads to this installation as far as it was told: one of
    /// `PUBLIC_HOSTS` or a verified domain.
    pub fn is_own(&self, table: &RoutingTable, host: &str) -> bool {
        self.0.iter().any(|public| public == host) || table.domain_by_host(host).is_some()
    }
}

/// Whether the campaign answers on the request's host.
pub fn answers_on<B>(table: &RoutingTable, campaign: &CompiledCampaign, request: &Request<B>) -> bool {
    let bound = campaign.domain_ids();
    bound.is_empty() || table.domain_by_host(&of(request)).is_some_and(|domain| bound.contains(&domain.id))
}

/// An address or this machine: no name that somebody else could point at us.
fn is_local(host: &str) -> bool {
    host == "localhost" || host.starts_with('[') || host.parse::<Ipv4Addr>().is_ok()
}

#[cfg(test)]
mod tests {
    use traffoflex_model::{ClickIdKey, Domain, Entities, NodeSettings, Snapshot, Status};

    use super::*;

    fn request(host: &str) -> Request<()> {
        Request::get("/c/x").header(header::HOST, host).body(()).unwrap()
    }

    fn table() -> RoutingTable {
        let domain = |host: &str, verified: bool, status: Status| Domain {
            id: host.into(),
            workspace_id: "w".into(),
            host: host.into(),
            status,
            verification_token: String::new(),
            verified,
        };
        let domains = vec![
            domain("good.example", true, Status::Active),
            domain("pending.example", false, Status::Active),
            domain("paused.example", true, Status::Paused),
        ];
        let click_id_keys = vec![ClickIdKey { key: [1; 16] }];
        let settings = NodeSettings { click_id_keys, ..NodeSettings::default() };
        let entities = Entities { domains, ..Entities::default() };
        let generation = "g".into();
        RoutingTable::build(&Snapshot { generation, version: 1, created_at_ms: 1, settings, entities })
            .unwrap()
    }

    #[test]
    fn hosts_are_read_in_one_way() {
        for (given, host) in [
            ("go.example", "go.example"),
            ("GO.example.:8080", "go.example"),
            ("go.example:", "go.example"),
            ("127.0.0.1:8080", "127.0.0.1"),
            ("[::1]:8080", "[::1]"),
            ("[2001:DB8::1]", "[2001:db8::1]"),
            ("", ""),
        ] {
            assert_eq!(of(&request(given)), host, "{given}");
        }
        let absolute = Request::get("http://A.example:80/c/x").header(header::HOST, "b.example").body(());
        assert_eq!(of(&absolute.unwrap()), "a.example");
        let request = request("go.example:80");
        let read = of(&request);
        assert!(matches!(read, Cow::Borrowed(_)), "nothing is allocated for what is normal already");
    }

    #[test]
    fn who_is_known() {
        let (table, open) = (table(), Hosts::new(&[]));
        let closed = Hosts::new(&["Track.Example.".into(), String::new()]);
        let checked = |hosts: &Hosts, host: &str| hosts.check(&table, &request(host));
        assert_eq!(checked(&open, "anything.example"), Ok(()));
        for known in
            ["track.example", "TRACK.example:443", "good.example", "127.0.0.1:80", "[::1]:80", "localhost"]
        {
            assert_eq!(checked(&closed, known), Ok(()), "{known}");
        }
        for unknown in ["other.example", "pending.example", "paused.example", "x.track.example", ""] {
            assert_eq!(checked(&closed, unknown), Err(EdgeError::UnknownHost), "{unknown}");
        }
        assert!(closed.is_own(&table, "good.example") && closed.is_own(&table, "track.example"));
        assert!(!open.is_own(&table, "pending.example") && !open.is_own(&table, "track.example"));
    }
}
