//! `GET /internal/v1/runtime?since=<cursor>&generation=<generation>`: what happened in the whole installation.
//!
//! 200 with `Content-Type: application/vnd.traffoflex.runtime` and a sealed [`RuntimeFeed`] (see
//! [`crate::codec`]); 503 while the warehouse cannot be read: the node then goes on with what it has.
//!
//! Usage, earnings, health and watermark are always whole and replace what the node had. Only
//! [`RuntimeFeed::seen`] is a delta: `since` is the [`RuntimeFeed::cursor`] of the node's last answer.
//! Without it, or when `generation` is another, it starts at the longest history window in use. An
//! answer may repeat visits of the one before, since events become visible a little out of order: a
//! node takes the later time of a visit. While `more` is set the node asks again at once.
//!
//! # Watermark
//! Usage and earnings hold at least everything up to a node's mark, and may already hold some of what
//! is above it. A node that adds its own events above its mark may so count an event twice until its
//! next pull, and never too little: a cap closes early rather than late.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use traffoflex_model::{DestinationId, Health, StreamId, decimal_str};

pub const PATH: &str = "/internal/v1/runtime";
pub const CONTENT_TYPE: &str = "application/vnd.traffoflex.runtime";
/// Visits in one answer.
pub const MAX_SEEN: usize = 50_000;
/// Largest sealed message a node reads.
pub const MAX_SEALED_BYTES: u64 = 64 << 20;
/// Memory one decoded message may take on a node.
pub const MAX_BODY_BYTES: u64 = 256 << 20;

/// Fields are only added at the end. What is not in a list is zero, healthy, or not seen.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct RuntimeFeed {
    /// Of the snapshot: cursors of different generations do not compare.
    pub generation: String,
    /// Where the next answer goes on. Opaque.
    pub cursor: String,
    /// Central's clock, UTC milliseconds. Several answers may be of one computation.
    pub computed_at_ms: i64,
    pub watermark: Vec<NodeMark>,
    /// Conversion and revenue caps of the configuration.
    pub caps: Vec<MeasuredCap>,
    /// Streams that rank by ROI, over the window of each.
    pub earned: Vec<StreamEarnings>,
    /// Destinations that nodes agree to be unhealthy. All others are used.
    pub health: Vec<DestinationHealth>,
    pub seen: Vec<SeenVisit>,
    /// There are more visits after `cursor`.
    pub more: bool,
    /// The longest history window in use, in hours; 0: nobody asks for visits, and there are none.
    pub seen_window_hours: u32,
}

/// Every number up to `seq` of this epoch is in the warehouse or known to be lost.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NodeMark {
    pub node_id: String,
    pub node_epoch: u64,
    pub seq: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct MeasuredCap {
    /// `CapId` of the routing crate.
    pub cap: u64,
    /// In `Cap::SCALE`ths, within the cap's window as of `computed_at_ms`.
    pub used_units: i64,
    /// UTC milliseconds when the window ends and nothing of it counts any more; none: it rolls.
    pub until_ms: Option<i64>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StreamEarnings {
    pub stream_id: StreamId,
    pub destinations: Vec<DestinationEarnings>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DestinationEarnings {
    pub destination_id: DestinationId,
    /// Of people, that the stream sent there.
    pub clicks: u64,
    #[serde(with = "decimal_str")]
    pub cost: Decimal,
    /// Payouts of sales.
    #[serde(with = "decimal_str")]
    pub revenue: Decimal,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DestinationHealth {
    pub destination_id: DestinationId,
    pub state: Health,
}

/// A user was sent to a destination.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeenVisit {
    /// Bits of the routing crate's `User`.
    pub user: u64,
    pub destination_id: DestinationId,
    /// UTC milliseconds.
    pub at_ms: i64,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec;

    #[test]
    fn a_feed_survives_the_way() {
        let feed = RuntimeFeed {
            generation: "g".into(),
            cursor: "17".into(),
            computed_at_ms: 5,
            watermark: vec![NodeMark { node_id: "n".into(), node_epoch: 2, seq: 9 }],
            caps: vec![MeasuredCap { cap: u64::MAX, used_units: -1, until_ms: Some(7) }],
            earned: vec![StreamEarnings {
                stream_id: "s".into(),
                destinations: vec![DestinationEarnings {
                    destination_id: "d".into(),
                    clicks: 3,
                    cost: Decimal::new(125, 3),
                    revenue: Decimal::ZERO,
                }],
            }],
            health: vec![DestinationHealth { destination_id: "d".into(), state: Health::Unhealthy }],
            seen: vec![SeenVisit { user: 1, destination_id: "d".into(), at_ms: 4 }],
            more: true,
            seen_window_hours: 24,
        };
        let sealed = codec::seal(&feed).unwrap();
        assert_eq!(codec::open::<RuntimeFeed>(&sealed, MAX_BODY_BYTES).unwrap(), feed);
    }
}
