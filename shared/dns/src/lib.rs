//! Name resolution for everything that is not on the path of a click: probes, crawler verification,
//! custom domains. A thin layer over hickory-resolver that says whether a name has no such record or
//! whether the resolver could not tell, which callers must not confuse.

use std::{
    net::{IpAddr, SocketAddr},
    time::Duration,
};

use hickory_resolver::{
    TokioResolver,
    config::{ConnectionConfig, NameServerConfig, ResolveHosts, ResolverConfig, ResolverOpts},
    net::{NetError, runtime::TokioRuntimeProvider},
    proto::rr::{RData, RecordType},
};

/// For one try at one server.
const TIMEOUT: Duration = Duration::from_secs(2);
const ATTEMPTS: usize = 2;
/// Longest an answer is kept, whatever its own time to live says.
const MAX_CACHED: Duration = Duration::from_secs(300);
const CACHED_ANSWERS: u64 = 10_000;

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DnsError {
    /// An authoritative answer: there is no such name or record.
    #[error("{name} has no such record")]
    NotFound { name: String },
    /// Says nothing about the name.
    #[error("{name} could not be resolved: {reason}")]
    Failed { name: String, reason: String },
}

#[derive(Debug, thiserror::Error)]
#[error("the resolver cannot be set up: {0}")]
pub struct SetUpError(String);

/// A clone is cheap and shares the cache.
#[derive(Clone)]
pub struct Resolver(TokioResolver);

impl Resolver {
    /// Asks these servers; none: those of the system.
    pub fn new(servers: &[SocketAddr]) -> Result<Self, SetUpError> {
        let wrong = |error: NetError| SetUpError(error.to_string());
        let mut builder = match servers {
            [] => TokioResolver::builder_tokio().map_err(wrong)?,
            servers => {
                let config =
                    ResolverConfig::from_parts(None, Vec::new(), servers.iter().map(server).collect());
                TokioResolver::builder_with_config(config, TokioRuntimeProvider::default())
            }
        };
        limit(builder.options_mut());
        Ok(Self(builder.build().map_err(wrong)?))
    }

    /// IPv4 and IPv6 addresses of a host.
    pub async fn lookup_ip(&self, host: &str) -> Result<Vec<IpAddr>, DnsError> {
        let found = self.0.lookup_ip(absolute(host)).await.map_err(|error| why(host, &error))?;
        Ok(found.iter().collect())
    }

    /// Names of an address (PTR), without the final dot.
    pub async fn reverse(&self, ip: IpAddr) -> Result<Vec<String>, DnsError> {
        let found = self.0.reverse_lookup(ip).await.map_err(|error| why(&ip.to_string(), &error))?;
        let names = found.answers().iter().filter_map(|record| match &record.data {
            RData::PTR(name) => Some(relative(&name.0.to_string())),
            _ => None,
        });
        Ok(names.collect())
    }

    /// What the host is an alias of, without the final dot.
    pub async fn cname(&self, host: &str) -> Result<String, DnsError> {
        let found = self.records(host, RecordType::CNAME).await?;
        let alias = found.into_iter().find_map(|data| match data {
            RData::CNAME(name) => Some(relative(&name.0.to_string())),
            _ => None,
        });
        alias.ok_or_else(|| DnsError::NotFound { name: host.to_owned() })
    }

    /// Each text record, its parts joined.
    pub async fn txt(&self, host: &str) -> Result<Vec<String>, DnsError> {
        let texts = self.records(host, RecordType::TXT).await?.into_iter().filter_map(|data| match data {
            RData::TXT(text) => {
                let bytes: Vec<u8> = text.txt_data.iter().flatten().copied().collect();
                Some(String::from_utf8_lossy(&bytes).into_owned())
            }
            _ => None,
        });
        Ok(texts.collect())
    }

    async fn records(&self, host: &str, kind: RecordType) -> Result<Vec<RData>, DnsError> {
        let found = self.0.lookup(absolute(host), kind).await.map_err(|error| why(host, &error))?;
        Ok(found.answers().iter().map(|record| record.data.clone()).collect())
    }
}

fn server(address: &SocketAddr) -> NameServerConfig {
    let mut connections = [ConnectionConfig::udp(), ConnectionConfig::tcp()];
    for connection in &mut connections {
        connection.port = address.port();
    }
    NameServerConfig::new(address.ip(), true, connections.into())
}

fn limit(options: &mut ResolverOpts) {
    options.timeout = TIMEOUT;
    options.attempts = ATTEMPTS;
    options.cache_size = CACHED_ANSWERS;
    options.positive_max_ttl = Some(MAX_CACHED);
    options.negative_max_ttl = Some(MAX_CACHED);
    // A name is what DNS says, not what this machine calls its neighbours.
    options.use_hosts_file = ResolveHosts::Never;
}

/// With the final dot, no search list applies.
fn absolute(host: &str) -> String {
    format!("{}.", host.trim_end_matches('.'))
}

fn relative(name: &str) -> String {
    name.trim_end_matches('.').to_ascii_lowercase()
}

fn why(name: &str, error: &NetError) -> DnsError {
    let name = name.to_owned();
    match error.is_no_records_found() || error.is_nx_domain() {
        true => DnsError::NotFound { name },
        false => DnsError::Failed { name, reason: error.to_string() },
    }
}

#[cfg(test)]
mod tests {
    use traffoflex_local::dns_server::{Answer, DnsServer};

    use super::*;

    #[tokio::test]
    async fn records_are_read_and_absence_is_told_from_silence() {
        let server = DnsServer::start().await.unwrap();
        server.set("a.example", vec![Answer::Ip("192.0.2.7".parse().unwrap())]);
        server.set(
            "a.example",
            vec![Answer::Ip("192.0.2.8".parse().unwrap()), Answer::Ip("2001:db8::1".parse().unwrap())],
        );
        server.set("alias.example", vec![Answer::Cname("target.example".into())]);
        server.set("_t.example", vec![Answer::Txt("k=v".into()), Answer::Txt("x".into())]);
        server.set_reverse("192.0.2.8".parse().unwrap(), "a.example");
        let resolver = Resolver::new(&[server.address()]).unwrap();
        let mut ips = resolver.lookup_ip("a.example").await.unwrap();
        ips.sort();
        assert_eq!(ips, ["192.0.2.8".parse::<IpAddr>().unwrap(), "2001:db8::1".parse().unwrap()]);
        assert_eq!(resolver.reverse("192.0.2.8".parse().unwrap()).await.unwrap(), ["a.example"]);
        assert_eq!(resolver.cname("alias.example").await.unwrap(), "target.example");
        assert_eq!(resolver.txt("_t.example").await.unwrap(), ["k=v", "x"]);
        let absent = resolver.lookup_ip("no.example").await.unwrap_err();
        assert_eq!(absent, DnsError::NotFound { name: "no.example".into() });
        server.fail(true);
        let failed = resolver.lookup_ip("b.example").await.unwrap_err();
        assert!(matches!(failed, DnsError::Failed { .. }), "{failed}");
    }
}
