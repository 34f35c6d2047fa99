//! Custom domains and signed links.

use std::net::SocketAddr;

#[derive(Debug, Clone, clap::Args)]
pub struct DomainConfig {
    /// DNS servers that custom domains are looked up at, ip:port separated by commas. Empty: the system's.
    #[arg(long, env = "DNS_SERVERS", value_delimiter = ',')]
    pub dns_servers: Vec<SocketAddr>,

    /// Host that clients point a CNAME at to prove a domain. Empty: only a TXT record proves it.
    #[arg(long, env = "DOMAIN_CNAME_TARGET", default_value = "", value_parser = host_name)]
    pub domain_cname_target: String,

    /// How often a verified domain is looked up again, in milliseconds.
    #[arg(long, env = "DOMAIN_VERIFY_INTERVAL_MS", default_value_t = 3_600_000, value_parser = clap::value_parser!(u64).range(100..))]
    pub domain_verify_interval_ms: u64,

    /// How often a pending domain is looked up, in milliseconds.
    #[arg(long, env = "DOMAIN_PENDING_INTERVAL_MS", default_value_t = 60_000, value_parser = clap::value_parser!(u64).range(100..))]
    pub domain_pending_interval_ms: u64,
}

#[derive(Debug, Clone, clap::Args)]
pub struct LinkConfig {
    /// Longest life of a signed link for one click, and what it has when none is named, in seconds.
    #[arg(long, env = "LINK_MAX_TTL_SECONDS", default_value_t = 7_776_000, value_parser = clap::value_parser!(u32).range(1..))]
    pub link_max_ttl_seconds: u32,
}

impl LinkConfig {
    pub fn max_ttl_ms(&self) -> i64 {
        i64::from(self.link_max_ttl_seconds) * 1000
    }
}

/// As DNS compares names.
fn host_name(text: &str) -> Result<String, String> {
    Ok(text.trim().trim_end_matches('.').to_ascii_lowercase())
}
