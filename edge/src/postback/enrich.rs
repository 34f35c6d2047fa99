//! Which click a postback belongs to.
//!
//! A click id that no node of this installation signed is never looked for. One that is not in the warehouse
//! may still be on its way there, so that its postback waits, on disk, and asks again: after a second, then
//! after twice as long each time up to ten minutes, until it is `CLICK_LOOKUP_MAX_AGE_HOURS` old.

use traffoflex_conversion::attribution::attribute;
use traffoflex_model::{Attribution, ConversionClick, FoundClick};
use traffoflex_routing::table::RoutingTable;

use super::{
    central::Clicks,
    entry::{Entry, Step},
    postback_id::PostbackId,
};

const RETRY_FIRST_MS: i64 = 1_000;
const RETRY_MAX_MS: i64 = 600_000;

/// What is known of a postback's click.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sight<'a> {
    NoClickId,
    Forged,
    Found(&'a FoundClick),
    /// Asked for, and not there.
    Missing,
    /// Could not be asked for.
    Unasked,
}

/// The click to look for: the one that the postback names, or once it is claimed, the one that its conversion
/// waits for or is tied to, whoever named that.
pub fn sought(entry: &Entry) -> &str {
    match &entry.step {
        Step::Unclaimed => &entry.click_id,
        Step::Claimed(version) => &version.state.click.click_id,
    }
}

/// The click id, when it is one of ours.
pub fn wanted<'e>(entry: &'e Entry, table: &RoutingTable) -> Option<&'e str> {
    let click_id = sought(entry);
    table.keyring().verify(click_id).is_ok().then_some(click_id)
}

/// `clicks`: those that were found of those wanted; none when central could not say.
pub fn sight<'a>(entry: &Entry, table: &RoutingTable, clicks: Option<&'a Clicks>) -> Sight<'a> {
    if sought(entry).is_empty() {
        return Sight::NoClickId;
    }
    if wanted(entry, table).is_none() {
        return Sight::Forged;
    }
    match clicks.map(|clicks| clicks.get(sought(entry))) {
        Some(Some(click)) if click.workspace_id == *entry.workspace_id => Sight::Found(click),
        // Another workspace's click is nobody's here.
        Some(Some(_)) => Sight::Forged,
        Some(None) => Sight::Missing,
        None => Sight::Unasked,
    }
}

/// What the conversion is tied to by this postback; none while that cannot be said.
pub fn attribution(
    sight: Sight<'_>,
    entry: &Entry,
    table: &RoutingTable,
    is_too_old: bool,
) -> Option<ConversionClick> {
    let without = |attribution| Some(ConversionClick::without(attribution, sought(entry)));
    match sight {
        Sight::NoClickId => without(Attribution::NoClickId),
        Sight::Forged => without(Attribution::Forged),
        Sight::Found(click) => {
            // A campaign that is gone has no window.
            let campaign = table.campaign(&click.campaign_id);
            let window_hours = campaign.map_or(0, |campaign| campaign.attribution_window_hours());
            Some(attribute(click, entry.received_at, window_hours))
        }
        Sight::Missing if is_too_old => without(Attribution::NotFound),
        Sight::Missing | Sight::Unasked => None,
    }
}

/// Nobody waits longer for the click of a postback that came so long ago.
pub fn is_too_old(id: PostbackId, max_age_ms: i64, now_ms: i64) -> bool {
    now_ms.saturating_sub(id.at_ms()) >= max_age_ms
}

/// When to ask again, having asked so often in vain. `draw` is from 0 to 1, so that a million postbacks of
/// one outage do not come back at the same moment.
pub fn ask_again_ms(attempts: u32, draw: f64, now_ms: i64) -> i64 {
    let bound_ms = RETRY_FIRST_MS.saturating_mul(1 << attempts.min(20)).min(RETRY_MAX_MS);
    now_ms + bound_ms / 2 + (bound_ms as f64 / 2.0 * draw) as i64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_from_a_second_to_ten_minutes() {
        for (attempts, bound_ms) in [(0, 1_000), (1, 2_000), (5, 32_000), (10, 600_000), (u32::MAX, 600_000)]
        {
            assert_eq!(ask_again_ms(attempts, 0.0, 5), 5 + bound_ms / 2, "{attempts}");
            assert_eq!(ask_again_ms(attempts, 1.0, 5), 5 + bound_ms, "{attempts}");
        }
    }
}
