//! Whose word on addresses counts.

use std::net::SocketAddr;

use ipnet::IpNet;
pub(super) use traffoflex_client_address::cidr;
use traffoflex_dns::{Resolver, SetUpError};

#[derive(Debug, Clone, clap::Args)]
pub struct AddressConfig {
    /// Networks whose X-Forwarded-For and X-Real-IP count, as CIDRs separated by commas. Empty: none.
    #[arg(long, env = "TRUSTED_PROXY_CIDRS", value_delimiter = ',', value_parser = cidr)]
    pub trusted_proxy_cidrs: Vec<IpNet>,

    /// DNS servers for whatever the node calls or verifies, ip:port separated by commas. Empty: the system's.
    #[arg(long, env = "DNS_SERVERS", value_delimiter = ',')]
    pub dns_servers: Vec<SocketAddr>,
}

impl AddressConfig {
    pub fn resolver(&self) -> Result<Resolver, SetUpError> {
        Resolver::new(&self.dns_servers)
    }
}
