//! Visitors that trafficback sends round: how often they came back, and where they were.
//!
//! A redirect to one of our own hosts carries `tb_depth` and `tb_visited`, so that whichever of our nodes it
//! reaches goes on counting, and a destination that was tried is not tried again. They are hints for the
//! router and no secrets: a visitor who forges them shortens only the own way.

use std::net::IpAddr;

use http::Request;
use traffoflex_model::TrafficbackReason;
use traffoflex_routing::{
    decide::MAX_TRAFFICBACK_DEPTH,
    table::{CompiledDestination, RoutingTable},
};
use url::Host;

use super::{host, parameters::Parameters, path::ClickPath, redirect::append_to_query};

const DEPTH: &str = "tb_depth";
const VISITED: &str = "tb_visited";
/// Of what was visited, in bytes: more than [`MAX_TRAFFICBACK_DEPTH`] ids.
const MAX_VISITED_BYTES: usize = 512;

/// What a request says of its way so far.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Comeback {
    pub depth: u8,
    /// Ids of destinations, separated by commas.
    pub visited: String,
}

impl Comeback {
    /// Whoever comes by `/tb/` has come back at least once.
    pub fn of(path: ClickPath<'_>, parameters: &Parameters<'_>) -> Self {
        let is_back = matches!(path, ClickPath::Trafficback(_));
        let value = |name: &str| {
            let named = parameters.rest.iter().find(|(n, value)| n == name && !value.is_empty());
            named.map(|(_, value)| value.as_ref())
        };
        let depth = value(DEPTH).or_else(|| value("depth").filter(|_| is_back));
        // What is no small number is beyond every limit.
        let depth = depth.map_or(0, |depth| depth.parse().unwrap_or(u8::MAX));
        let legal = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b',');
        let visited = value(VISITED).filter(|v| v.len() <= MAX_VISITED_BYTES && v.bytes().all(legal));
        Self { depth: depth.max(u8::from(is_back)), visited: visited.unwrap_or_default().to_owned() }
    }

    pub fn is_too_deep(&self) -> bool {
        self.depth > MAX_TRAFFICBACK_DEPTH
    }

    /// Adds what the next of our nodes must know to the URL of a destination on one of our own hosts.
    pub fn carry_on(&self, destination: &CompiledDestination, url: &mut String) {
        append_to_query(url, DEPTH, &self.depth.saturating_add(1).to_string());
        let comma = if self.visited.is_empty() { "" } else { "," };
        append_to_query(url, VISITED, &format!("{}{comma}{}", self.visited, destination.id()));
    }
}

/// Why traffic came back, as the query says; without a word, that nobody took it.
pub fn reason(parameters: &Parameters<'_>) -> TrafficbackReason {
    let named = parameters.rest.iter().find(|(name, _)| name == "reason");
    named
        .and_then(|(_, reason)| TrafficbackReason::from_name(&reason.to_ascii_lowercase()))
        .unwrap_or(TrafficbackReason::NoDestinationAvailable)
}

/// Whether a destination's host is this machine, or the host the request itself came to.
pub fn leads_home<B>(host: &str, request: &Request<B>) -> bool {
    host::of(request) == host || is_loopback(host)
}

/// Whether a URL is that of one of our campaigns' links, on whichever host: a name nobody told us of may lead here.
pub fn leads_to_a_campaign(url: &str, table: &RoutingTable) -> bool {
    let path = url.splitn(4, '/').nth(3).unwrap_or_default();
    let path = path.split(['?', '#']).next().unwrap_or_default();
    // Most paths are told from ours by their beginning.
    if !["c/", "go/", "tb/"].iter().any(|ours| path.starts_with(ours)) {
        return false;
    }
    ClickPath::of(&format!("/{path}")).is_some_and(|path| path.campaign(table).is_some())
}

fn is_loopback(host: &str) -> bool {
    match Host::parse(host) {
        Ok(Host::Ipv4(ip)) => IpAddr::V4(ip).is_loopback(),
        Ok(Host::Ipv6(ip)) => IpAddr::V6(ip).is_loopback(),
        _ => host == "localhost",
    }
}

#[cfg(test)]
mod tests {
    use http::header;

    use super::*;

    fn comeback(path: ClickPath<'_>, query: &str) -> Comeback {
        Comeback::of(path, &Parameters::parse(query))
    }

    #[test]
    fn depth_and_places_are_read_and_bounded() {
        let (direct, back) = (ClickPath::Slug("x"), ClickPath::Trafficback("x"));
        assert_eq!(comeback(direct, "depth=3"), Comeback::default(), "a parameter of the source's own");
        assert_eq!(comeback(back, "").depth, 1);
        assert_eq!(comeback(back, "depth=3").depth, 3);
        let second = comeback(direct, "tb_depth=2&tb_visited=a,b");
        assert_eq!((second.depth, second.visited.as_str()), (2, "a,b"));
        assert!(
            comeback(direct, "tb_depth=4").is_too_deep() && comeback(direct, "tb_depth=-1").is_too_deep()
        );
        assert_eq!(comeback(direct, "tb_visited=%3Cscript%3E").visited, "");
    }

    #[test]
    fn home_is_where_the_request_came_to() {
        let request = |host: &str| Request::get("/c/x").header(header::HOST, host).body(()).unwrap();
        assert!(leads_home("go.example", &request("GO.example:8080")));
        assert!(!leads_home("offer.example", &request("go.example")));
        assert!(
            leads_home("127.0.0.1", &request("go.example")) && leads_home("[::1]", &request("go.example"))
        );
        assert!(leads_home("2001:db8::1", &request("2001:db8::1")));
    }

    #[test]
    fn reasons_by_name() {
        let of = |query: &str| reason(&Parameters::parse(query));
        assert_eq!(of("reason=Timeout_Or_Error"), TrafficbackReason::TimeoutOrError);
        assert_eq!(of("reason=whatever"), TrafficbackReason::NoDestinationAvailable);
        assert_eq!(of(""), TrafficbackReason::NoDestinationAvailable);
    }
}
