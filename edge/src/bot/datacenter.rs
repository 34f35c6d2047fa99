//! Networks of hosting companies, by number: `edge/data/datacenter-asns.txt` and the operator's own.

use std::path::{Path, PathBuf};

const BUILT_IN: &str = include_str!("../../data/datacenter-asns.txt");
/// There are about 120,000 networks in the world.
const MAX_FILE_BYTES: u64 = 8 << 20;

#[derive(Debug, thiserror::Error)]
pub enum AsnListError {
    #[error("BOT_DATACENTER_ASNS_PATH {path}: {source}")]
    Read { path: PathBuf, source: std::io::Error },
    #[error("BOT_DATACENTER_ASNS_PATH {0} is longer than {MAX_FILE_BYTES} bytes")]
    TooLong(PathBuf),
    #[error("BOT_DATACENTER_ASNS_PATH {path}, line {line}: not the number of a network")]
    Line { path: PathBuf, line: usize },
}

/// Sorted.
#[derive(Debug)]
pub struct DatacenterAsns(Box<[u32]>);

impl DatacenterAsns {
    /// The built-in ones and those of the file.
    pub fn load(more: Option<&Path>) -> Result<Self, AsnListError> {
        let mut asns = parse(BUILT_IN).unwrap_or_default();
        if let Some(path) = more {
            let read = |source| AsnListError::Read { path: path.to_owned(), source };
            if std::fs::metadata(path).map_err(read)?.len() > MAX_FILE_BYTES {
                return Err(AsnListError::TooLong(path.to_owned()));
            }
            let text = std::fs::read_to_string(path).map_err(read)?;
            asns.extend(parse(&text).map_err(|line| AsnListError::Line { path: path.to_owned(), line })?);
        }
        asns.sort_unstable();
        asns.dedup();
        Ok(Self(asns.into()))
    }

    /// An unknown network (0) belongs to nobody.
    pub fn contains(&self, asn: u32) -> bool {
        asn != 0 && self.0.binary_search(&asn).is_ok()
    }
}

/// A number a line, with or without `AS`; the rest of the line is a comment. An error is the line.
fn parse(text: &str) -> Result<Vec<u32>, usize> {
    let lines = text.lines().enumerate().map(|(at, line)| (at + 1, line.trim()));
    let lines = lines.filter(|(_, line)| !line.is_empty() && !line.starts_with('#'));
    let number = |(at, line): (usize, &str)| {
        let first = line.split([' ', '\t', ',', '#']).next().unwrap_or_default();
        let digits = first.strip_prefix("AS").unwrap_or(first);
        digits.parse().map_err(|_| at)
    };
    lines.map(number).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_list_is_whole() {
        let lines = BUILT_IN.lines().filter(|line| !line.starts_with('#')).count();
        let asns = DatacenterAsns::load(None).unwrap();
        assert_eq!(asns.0.len(), lines, "every line is a number, none twice");
        for hosting in [16509, 14618, 396_982, 8075, 14061, 16276, 24940, 63949, 20473, 51167] {
            assert!(asns.contains(hosting), "{hosting}");
        }
        // Deutsche Telekom, Comcast, Cloudflare (privacy relays), unknown.
        for people in [3320, 7922, 13335, 0] {
            assert!(!asns.contains(people), "{people}");
        }
    }

    #[test]
    fn a_file_adds_its_own() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("asns.txt");
        std::fs::write(&path, "# ours\n64512 lab\n\nAS64513,x\n").unwrap();
        let asns = DatacenterAsns::load(Some(&path)).unwrap();
        assert!(asns.contains(64512) && asns.contains(64513) && asns.contains(16509));
        std::fs::write(&path, "64512\nlab\n").unwrap();
        let error = DatacenterAsns::load(Some(&path)).unwrap_err();
        assert!(matches!(error, AsnListError::Line { line: 2, .. }), "{error}");
        assert!(matches!(
            DatacenterAsns::load(Some(&dir.path().join("missing"))),
            Err(AsnListError::Read { .. })
        ));
    }
}
