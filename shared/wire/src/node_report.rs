//! What a node says of itself: JSON in the header [`HEADER`] of its requests for the configuration and for the
//! runtime feed. A request without it, or with one that cannot be read, is answered all the same.
//!
//! Fields are only added, with defaults; whoever reads skips what it does not know.

use serde::{Deserialize, Serialize};

pub const HEADER: &str = "x-node-report";
/// Longest report that is read, in bytes.
pub const MAX_BYTES: usize = 4096;

#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct NodeReport {
    pub role: NodeRole,
    /// Of the build.
    pub version: String,
    /// Where it listens, as it was told to; empty before that.
    pub address: String,
    /// By the node's clock, UTC milliseconds, as are all times here.
    pub started_at_ms: i64,
    pub sent_at_ms: i64,
    /// None before its first snapshot.
    pub snapshot_version: Option<u64>,
    /// Since central made that version.
    pub snapshot_age_ms: i64,
    /// Since central last answered; none before its first answer to this process.
    pub snapshot_confirmed_age_ms: Option<i64>,
    /// Snapshots that this process did not take.
    pub snapshot_refused: u64,
    /// healthy, full or failing.
    pub outbox_state: String,
    /// Events that the sink has not acknowledged.
    pub outbox_events: u64,
    pub outbox_bytes: u64,
    pub outbox_max_bytes: u64,
    /// How long the oldest of them waits; 0 without any.
    pub outbox_oldest_age_ms: i64,
    /// Events that were never kept, in the life of this process.
    pub outbox_dropped: u64,
    /// central or redpanda.
    pub sink: String,
    /// Whether the sink refuses, so that the node waits before it tries again.
    pub is_sink_refusing: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum NodeRole {
    Traffic,
    Postback,
    /// It did not say, or is newer than whoever reads.
    #[default]
    #[serde(other)]
    Unknown,
}

impl NodeReport {
    /// As the header's value: JSON in which everything that is not visible ASCII is escaped.
    pub fn to_header(&self) -> String {
        let json = serde_json::to_string(self).unwrap_or_default();
        let mut escaped = String::with_capacity(json.len());
        for c in json.chars() {
            if c.is_ascii() {
                escaped.push(c);
            } else {
                let mut units = [0; 2];
                c.encode_utf16(&mut units)
                    .iter()
                    .for_each(|unit| escaped.push_str(&format!("\\u{unit:04x}")));
            }
        }
        escaped
    }

    /// None: it is no report.
    pub fn from_header(value: &[u8]) -> Option<Self> {
        if value.len() > MAX_BYTES { None } else { serde_json::from_slice(value).ok() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_survives_the_way_and_time() {
        let report = NodeReport {
            role: NodeRole::Postback,
            version: "1.2 \u{e4}\u{1f980}".into(),
            snapshot_version: Some(7),
            outbox_events: 3,
            ..NodeReport::default()
        };
        let header = report.to_header();
        assert!(header.bytes().all(|byte| (b' '..=b'~').contains(&byte)), "{header}");
        assert_eq!(NodeReport::from_header(header.as_bytes()), Some(report));
        let other = NodeReport::from_header(br#"{"role":"relay","of_tomorrow":[1]}"#).unwrap();
        assert_eq!(other, NodeReport::default());
        assert_eq!(NodeReport::from_header(b"{"), None);
        assert_eq!(NodeReport::from_header(&[b' '; MAX_BYTES + 1]), None);
    }
}
