//! Data files: GeoIP for the node, real User-Agent strings for the demo.

use std::path::PathBuf;

use anyhow::Result;

use crate::cache;

const VERSION: &str = "2.3.2026061719";

/// Country by address (CC0-1.0).
pub fn country_path() -> Result<PathBuf> {
    let dir = cache::ensure_dir(&format!("geoip-country-{VERSION}"), 8, |into| {
        let sha256 = "91757a1b06cdcd1955f292e4c4cfc54e091204f998e159a3187f7a2ef3724be0";
        cache::npm("@ip-location-db/geo-whois-asn-country-mmdb", VERSION, sha256, into)
    })?;
    Ok(dir.join("package/geo-whois-asn-country.mmdb"))
}

/// Directory of `asn-ipv4.csv` and `asn-ipv6.csv` (RouteViews and DB-IP, CC-BY-4.0).
pub fn asn_path() -> Result<PathBuf> {
    let dir = cache::ensure_dir(&format!("geoip-asn-{VERSION}"), 19, |into| {
        let sha256 = "b9425daf2f011c28f8586685d4f89166e77627e2c15fd93c6262c3e2dead6153";
        cache::npm("@ip-location-db/asn", VERSION, sha256, into)
    })?;
    Ok(dir.join("package"))
}

/// JSON list of User-Agent strings with their weight in real traffic (BSD-2-Clause).
pub fn user_agents_path() -> Result<PathBuf> {
    let dir = cache::ensure_dir("user-agents-2.1.198", 1, |into| {
        let sha256 = "581c4f5074669b6f125263b8ddf302d221a26a06842488c6cc8d50dc5c5c0851";
        cache::npm("user-agents", "2.1.198", sha256, into)
    })?;
    Ok(dir.join("package/dist/user-agents.json"))
}
