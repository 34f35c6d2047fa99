//! Country, region, city and network of an address, from files that the operator names.
//!
//! Country and city come from MMDB files, in MaxMind's layout or in the flat one of ip-location-db;
//! the network from a MaxMind ASN file or from CSV (`start,end,asn,organisation`). Files are read
//! once at start; a look-up reads memory and copies nothing.

mod asn_csv;

use std::{
    net::IpAddr,
    path::{Path, PathBuf},
};

use asn_csv::AsnRanges;
use maxminddb::{PathElement, Reader, path};

#[derive(Debug, thiserror::Error)]
pub enum GeoIpError {
    #[error("{variable} {path}: {message}")]
    File { variable: &'static str, path: PathBuf, message: String },
}

#[derive(Default)]
pub struct GeoIp {
    country: Option<Mmdb>,
    city: Option<Mmdb>,
    asn: Option<Asn>,
}

/// Unknown text is empty, an unknown network 0.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Place<'a> {
    /// ISO 3166-1 alpha-2, upper case as in the file.
    pub country: &'a str,
    pub region: &'a str,
    pub city: &'a str,
    pub asn: u32,
    pub isp: &'a str,
}

struct Mmdb {
    reader: Reader<Vec<u8>>,
    /// MaxMind's nested layout, else the flat one.
    nested: bool,
}

enum Asn {
    Mmdb(Mmdb),
    Csv(AsnRanges),
}

impl GeoIp {
    /// Reads the files that are named. `asn` may be a directory that holds `asn-ipv4.csv` and
    /// `asn-ipv6.csv`.
    pub fn load(country: Option<&Path>, city: Option<&Path>, asn: Option<&Path>) -> Result<Self, GeoIpError> {
        let mmdb = |variable, path: Option<&Path>| path.map(|path| Mmdb::open(variable, path)).transpose();
        let asn = match asn {
            Some(path) if path.extension().is_some_and(|e| e == "mmdb") => {
                Some(Asn::Mmdb(Mmdb::open("GEOIP_ASN_PATH", path)?))
            }
            Some(path) => Some(Asn::Csv(AsnRanges::load(path).map_err(|message| GeoIpError::File {
                variable: "GEOIP_ASN_PATH",
                path: path.to_owned(),
                message,
            })?)),
            None => None,
        };
        Ok(Self { country: mmdb("GEOIP_COUNTRY_PATH", country)?, city: mmdb("GEOIP_CITY_PATH", city)?, asn })
    }

    pub fn place(&self, ip: IpAddr) -> Place<'_> {
        let mut place = Place::default();
        if let Some(city) = &self.city {
            place.country = city.text(ip, &path!["country", "iso_code"], &path!["country_code"]);
            place.region = city.text(ip, &path!["subdivisions", 0, "names", "en"], &path!["state1"]);
            place.city = city.text(ip, &path!["city", "names", "en"], &path!["city"]);
        }
        if let Some(country) = &self.country {
            let found = country.text(ip, &path!["country", "iso_code"], &path!["country_code"]);
            // The country file is made for this question; the city file fills what it lacks.
            if !found.is_empty() {
                place.country = found;
            }
        }
        match &self.asn {
            Some(Asn::Csv(ranges)) => (place.asn, place.isp) = ranges.find(ip),
            Some(Asn::Mmdb(file)) => {
                place.asn = file.number(ip, &path!["autonomous_system_number"]);
                let organisation = path!["autonomous_system_organization"];
                place.isp = file.text(ip, &organisation, &organisation);
            }
            None => {}
        }
        place
    }
}

impl Mmdb {
    fn open(variable: &'static str, path: &Path) -> Result<Self, GeoIpError> {
        let reader = Reader::open_readfile(path).map_err(|error| GeoIpError::File {
            variable,
            path: path.to_owned(),
            message: error.to_string(),
        })?;
        let kind = &reader.metadata().database_type;
        let nested = kind.starts_with("GeoIP2") || kind.starts_with("GeoLite2") || kind.starts_with("DBIP");
        Ok(Self { reader, nested })
    }

    fn text(&self, ip: IpAddr, nested: &[PathElement<'_>], flat: &[PathElement<'_>]) -> &str {
        let path = if self.nested { nested } else { flat };
        let found = self.reader.lookup(ip).and_then(|record| record.decode_path::<&str>(path));
        found.ok().flatten().unwrap_or_default()
    }

    fn number(&self, ip: IpAddr, path: &[PathElement<'_>]) -> u32 {
        let found = self.reader.lookup(ip).and_then(|record| record.decode_path::<u32>(path));
        found.ok().flatten().unwrap_or_default()
    }
}
