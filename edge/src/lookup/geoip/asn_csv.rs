//! Networks from CSV rows `start,end,asn,organisation`, as sorted ranges.

use std::{
    collections::HashMap,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    path::{Path, PathBuf},
};

/// Files looked for when a directory is named.
const FILES: [&str; 2] = ["asn-ipv4.csv", "asn-ipv6.csv"];

#[derive(Default)]
pub struct AsnRanges {
    v4: Vec<Range<u32>>,
    v6: Vec<Range<u128>>,
    networks: Vec<(u32, Box<str>)>,
}

struct Range<T> {
    start: T,
    end: T,
    /// Index into `networks`.
    network: u32,
}

impl AsnRanges {
    pub fn load(path: &Path) -> Result<Self, String> {
        let files: Vec<PathBuf> = if path.is_dir() {
            FILES.iter().map(|name| path.join(name)).collect()
        } else {
            vec![path.to_owned()]
        };
        let mut ranges = Self::default();
        let mut known = HashMap::new();
        for file in files {
            let mut reader = csv::ReaderBuilder::new()
                .has_headers(false)
                .from_path(&file)
                .map_err(|error| format!("{}: {error}", file.display()))?;
            let mut row = csv::StringRecord::new();
            while reader.read_record(&mut row).map_err(|error| error.to_string())? {
                let line = row.position().map_or(0, csv::Position::line);
                ranges
                    .push(&row, &mut known)
                    .ok_or_else(|| format!("line {line} is not start,end,asn,organisation"))?;
            }
        }
        ranges.v4.sort_unstable_by_key(|range| range.start);
        ranges.v6.sort_unstable_by_key(|range| range.start);
        Ok(ranges)
    }

    fn push(&mut self, row: &csv::StringRecord, known: &mut HashMap<(u32, Box<str>), u32>) -> Option<()> {
        let (asn, organisation) = (row.get(2)?.parse().ok()?, row.get(3).unwrap_or_default());
        let network = *known.entry((asn, organisation.into())).or_insert_with(|| {
            self.networks.push((asn, organisation.into()));
            self.networks.len() as u32 - 1
        });
        match (row.get(0)?.parse().ok()?, row.get(1)?.parse().ok()?) {
            (IpAddr::V4(start), IpAddr::V4(end)) => {
                self.v4.push(Range { start: start.to_bits(), end: end.to_bits(), network });
            }
            (IpAddr::V6(start), IpAddr::V6(end)) => {
                self.v6.push(Range { start: start.to_bits(), end: end.to_bits(), network });
            }
            _ => return None,
        }
        Some(())
    }

    /// Number and organisation; 0 and empty when unknown.
    pub fn find(&self, ip: IpAddr) -> (u32, &str) {
        let network = match ip {
            IpAddr::V4(ip) => search(&self.v4, Ipv4Addr::to_bits(ip)),
            IpAddr::V6(ip) => search(&self.v6, Ipv6Addr::to_bits(ip)),
        };
        network.map_or((0, ""), |network| {
            let (asn, organisation) = &self.networks[network as usize];
            (*asn, organisation)
        })
    }
}

fn search<T: Ord + Copy>(ranges: &[Range<T>], ip: T) -> Option<u32> {
    let after = ranges.partition_point(|range| range.start <= ip);
    ranges[..after].last().filter(|range| ip <= range.end).map(|range| range.network)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_of_both_families() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(
            dir.path().join(FILES[0]),
            "1.0.4.0,1.0.7.255,38803,Gtelecom\n1.0.0.0,1.0.0.255,13335,\"Cloudflare, Inc.\"\n",
        )
        .unwrap();
        std::fs::write(
            dir.path().join(FILES[1]),
            "2001:db8::,2001:db8:ffff:ffff:ffff:ffff:ffff:ffff,64500,Docs\n",
        )
        .unwrap();
        let ranges = AsnRanges::load(dir.path()).unwrap();
        let find = |ip: &str| ranges.find(ip.parse().unwrap());
        assert_eq!(find("1.0.0.0"), (13335, "Cloudflare, Inc."));
        assert_eq!(find("1.0.0.255"), (13335, "Cloudflare, Inc."));
        assert_eq!(find("1.0.1.0"), (0, ""));
        assert_eq!(find("1.0.7.255"), (38803, "Gtelecom"));
        assert_eq!(find("0.0.0.1"), (0, ""));
        assert_eq!(find("2001:db8::1"), (64500, "Docs"));
    }

    #[test]
    fn a_broken_row_names_its_line() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("x.csv");
        std::fs::write(&file, "1.0.4.0,1.0.7.255,38803,A\n1.0.4.0,nonsense,1,B\n").unwrap();
        assert!(AsnRanges::load(&file).err().unwrap().contains("line 2"));
    }
}
