//! Whether conversions of a window may still be on their way: a postback node that is silent, or whose oldest event
//! waits, has perhaps heard of some that are in no table yet.
//!
//! A node that has been silent for all of the time that is compared is missing from both windows alike, and says
//! nothing: one that was taken down does not keep rules from being measured for ever. What a node has in its
//! journal while it is heard of, and claims cannot be made, is not seen here.

use traffoflex_wire::node_report::NodeRole;

use super::{MeasureError, Scene};
use crate::{alerts::MAX_SUBJECTS, node_presence::Silence};

/// Of the window: what is late by less hides too little to matter.
const TOLERATED_PART: i64 = 10;
/// However short the window: nodes are heard of, and say something, every few seconds.
const MIN_TOLERATED_MS: i64 = 15_000;
/// What a node said of itself counts for so long.
const FRESH_MS: i64 = 180_000;

/// # Errors
/// They may.
pub async fn check(scene: &Scene<'_>, window_ms: i64, baseline_ms: i64) -> Result<(), MeasureError> {
    let silences = scene.app.presence.silences(MAX_SUBJECTS as i64).await?;
    let compared_ms = window_ms + baseline_ms;
    match silences.iter().any(|silence| is_behind(silence, window_ms, compared_ms, scene.now_ms)) {
        true => Err(MeasureError::NotYet("a postback node is silent or behind: conversions may be missing")),
        false => Ok(()),
    }
}

fn is_behind(silence: &Silence, window_ms: i64, compared_ms: i64, now_ms: i64) -> bool {
    let Some(said) = &silence.node.reported else { return false };
    if said.report.role != NodeRole::Postback || silence.silent_ms >= compared_ms {
        return false;
    }
    let since_ms = now_ms - said.at.timestamp_millis();
    let waits_ms = match said.report.outbox_oldest_age_ms {
        oldest_ms if oldest_ms > 0 && since_ms <= FRESH_MS => oldest_ms,
        _ => 0,
    };
    silence.silent_ms.max(waits_ms) > (window_ms / TOLERATED_PART).max(MIN_TOLERATED_MS)
}

#[cfg(test)]
mod tests {
    use mongodb::bson::{DateTime, Document, doc, from_document};

    use super::*;

    const MINUTE: i64 = 60_000;

    fn node(role: &str, silent_ms: i64, oldest_ms: i64) -> Silence {
        let at = DateTime::from_millis(0);
        let report: Document = doc! { "role": role, "outbox_oldest_age_ms": oldest_ms };
        let reported = doc! { "report": report, "clock_offset_ms": 0_i64, "at": at };
        let node = doc! { "_id": "n", "first_seen": at, "last_seen": at, "snapshot_version": 1_i64,
        "reported": reported, "silent_ms": silent_ms };
        from_document(node).unwrap()
    }

    #[test]
    fn a_postback_node_that_is_away_or_late_hides_conversions() {
        let behind = |node: Silence| is_behind(&node, 60 * MINUTE, 660 * MINUTE, MINUTE);
        assert!(!behind(node("postback", 5 * MINUTE, 5 * MINUTE)));
        assert!(behind(node("postback", 7 * MINUTE, 0)));
        assert!(behind(node("postback", 0, 7 * MINUTE)));
        assert!(!behind(node("traffic", 7 * MINUTE, 7 * MINUTE)), "it has no conversions");
        assert!(!behind(node("postback", 660 * MINUTE, 0)), "it is in neither window");
        // A minute's window, and a node that was heard of a moment ago.
        assert!(!is_behind(&node("postback", 14_000, 0), MINUTE, 10 * MINUTE, MINUTE));
    }
}
