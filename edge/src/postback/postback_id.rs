//! Ids of postbacks: ULIDs whose random part is the node and a sequence, so that they are unique in the
//! installation and grow with time on their node, also when its clock goes back or it starts again: the order of
//! the journal is theirs.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering::Relaxed};

use traffoflex_model::NodeId;
use traffoflex_routing::click_id::node_tag;
use ulid::Ulid;

use crate::outbox::postbacks::PostbackKey;

const TIME_SHIFT: u32 = 80;
const TAG_SHIFT: u32 = 48;
const SEQUENCE_MASK: u64 = (1 << TAG_SHIFT) - 1;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PostbackId(pub PostbackKey);

pub struct PostbackIds {
    tag: u32,
    last_ms: AtomicI64,
    /// Starts anywhere, so that a restart within a millisecond does not repeat an id.
    sequence: AtomicU64,
}

impl PostbackIds {
    /// `floor`: the newest id that is still in use.
    pub fn new(node_id: &NodeId, floor: Option<PostbackId>) -> Self {
        // The upper half is left free to count in.
        let sequence = AtomicU64::new(fastrand::u64(..) & (SEQUENCE_MASK >> 1));
        // The next millisecond: the sequence has begun anew.
        let floor_ms = floor.map_or(0, |id| id.at_ms() + 1);
        Self { tag: node_tag(node_id), last_ms: AtomicI64::new(floor_ms), sequence }
    }

    pub fn mint(&self, now_ms: i64) -> PostbackId {
        let at_ms = now_ms.max(0).max(self.last_ms.fetch_max(now_ms, Relaxed));
        let sequence = self.sequence.fetch_add(1, Relaxed) & SEQUENCE_MASK;
        let time = (at_ms as u128) << TIME_SHIFT;
        PostbackId(time | u128::from(self.tag) << TAG_SHIFT | u128::from(sequence))
    }
}

impl PostbackId {
    /// When the postback came, UTC milliseconds; no earlier than those before it.
    pub fn at_ms(self) -> i64 {
        (self.0 >> TIME_SHIFT) as i64
    }

    pub fn parse(text: &str) -> Option<Self> {
        Ulid::from_string(text).ok().map(|id| Self(id.0))
    }
}

impl std::fmt::Display for PostbackId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        std::fmt::Display::fmt(&Ulid(self.0), f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_grow_whatever_the_clock_does_and_say_their_time() {
        let ids = PostbackIds::new(&NodeId::parse("fra-1-pb").unwrap(), None);
        let first = ids.mint(1_700_000_000_123);
        assert_eq!(first.at_ms(), 1_700_000_000_123);
        assert_eq!(PostbackId::parse(&first.to_string()), Some(first));
        let mut last = first;
        for now_ms in [1_700_000_000_123, 1_600_000_000_000, 1_700_000_000_124, 0] {
            let next = ids.mint(now_ms);
            assert!(next > last && next.to_string() > last.to_string());
            last = next;
        }
        let elsewhere = PostbackIds::new(&NodeId::parse("fra-2-pb").unwrap(), None).mint(1_700_000_000_123);
        assert_ne!(elsewhere.0 >> TAG_SHIFT, first.0 >> TAG_SHIFT);
        let again = PostbackIds::new(&NodeId::parse("fra-1-pb").unwrap(), Some(last));
        assert!(again.mint(0) > last, "a new life goes on behind the last one");
        assert_eq!(PostbackId::parse("nonsense"), None);
    }
}
