//! What a node knows of addresses.

use std::{net::SocketAddr, path::PathBuf};

use ipnet::IpNet;
use traffoflex_dns::{Resolver, SetUpError};

use crate::lookup::geoip::{GeoIp, GeoIpError};

#[derive(Debug, Clone, clap::Args)]
pub struct LookupConfig {
    /// Networks whose X-Forwarded-For and X-Real-IP count, as CIDRs separated by commas. Empty: none.
    #[arg(long, env = "TRUSTED_PROXY_CIDRS", value_delimiter = ',', value_parser = cidr)]
    pub trusted_proxy_cidrs: Vec<IpNet>,

    /// MMDB file that tells the country. Unset: unknown.
    #[arg(long, env = "GEOIP_COUNTRY_PATH")]
    pub geoip_country_path: Option<PathBuf>,

    /// MMDB file that tells region and city (and the country, where the country file does not).
    #[arg(long, env = "GEOIP_CITY_PATH")]
    pub geoip_city_path: Option<PathBuf>,

    /// MMDB file, CSV file or directory of asn-ipv4.csv and asn-ipv6.csv that tells the network.
    #[arg(long, env = "GEOIP_ASN_PATH")]
    pub geoip_asn_path: Option<PathBuf>,

    /// DNS servers for probes and crawler verification, ip:port separated by commas. Empty: the system's.
    #[arg(long, env = "DNS_SERVERS", value_delimiter = ',')]
    pub dns_servers: Vec<SocketAddr>,
}

impl LookupConfig {
    pub fn resolver(&self) -> Result<Resolver, SetUpError> {
        Resolver::new(&self.dns_servers)
    }

    pub fn load(&self) -> Result<GeoIp, GeoIpError> {
        let set = |path: &Option<PathBuf>| path.clone().filter(|path| !path.as_os_str().is_empty());
        let (country, city, asn) =
            (set(&self.geoip_country_path), set(&self.geoip_city_path), set(&self.geoip_asn_path));
        if country.is_none() && city.is_none() {
            tracing::warn!("neither GEOIP_COUNTRY_PATH nor GEOIP_CITY_PATH is set: every country is unknown");
        }
        GeoIp::load(country.as_deref(), city.as_deref(), asn.as_deref())
    }
}

pub(super) fn cidr(text: &str) -> Result<IpNet, String> {
    let text = text.trim();
    text.parse::<IpNet>()
        .or_else(|_| text.parse::<std::net::IpAddr>().map(IpNet::from))
        .map_err(|_| format!("{text:?} is not a CIDR such as 10.0.0.0/8"))
}
