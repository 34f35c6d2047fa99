//! What a node knows of addresses.

use std::path::PathBuf;

use super::AddressConfig;
pub(super) use super::address::cidr;
use crate::lookup::geoip::{GeoIp, GeoIpError};

#[derive(Debug, Clone, clap::Args)]
pub struct LookupConfig {
    #[command(flatten)]
    pub addresses: AddressConfig,

    /// MMDB file that tells the country. Unset: unknown.
    #[arg(long, env = "GEOIP_COUNTRY_PATH")]
    pub geoip_country_path: Option<PathBuf>,

    /// MMDB file that tells region and city (and the country, where the country file does not).
    #[arg(long, env = "GEOIP_CITY_PATH")]
    pub geoip_city_path: Option<PathBuf>,

    /// MMDB file, CSV file or directory of asn-ipv4.csv and asn-ipv6.csv that tells the network.
    #[arg(long, env = "GEOIP_ASN_PATH")]
    pub geoip_asn_path: Option<PathBuf>,
}

impl LookupConfig {
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
