//! Which click a postback belongs to.
//!
//! A click id that no node of this installation signed is never looked for. One that is not in the warehouse
//! may still be on its way there, so that its postback waits, on disk, and asks again: after a second, then
//! after twice as long each time up to ten minutes, until it is `CLICK_LOOKUP_MAX_AGE_HOURS` old and central has
//! said several times that the click is not there: after a long outage the click may be on its way as well.

use std::time::Duration;

use traffoflex_conversion::attribution::attribute;
use traffoflex_model::{Attribution, ConversionClick, FoundClick};
use traffoflex_routing::table::RoutingTable;

use super::{
    central::Clicks,
    entry::{Entry, Step},
    postback_id::PostbackId,
};
use crate::backoff;

const RETRY_FIRST: Duration = Duration::from_secs(1);
const RETRY_MAX: Duration = Duration::from_secs(600);
/// Answers that a click is not there, without which it is not given up, and how long they have to span.
const MIN_MISSES: u32 = 4;
const MIN_MISSED_MS: i64 = 5 * 60_000;

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
    is_given_up: bool,
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
        Sight::Missing if is_given_up => without(Attribution::NotFound),
        Sight::Missing | Sight::Unasked => None,
    }
}

/// Nobody waits longer for the click of a postback that came so long ago, once it was missed often enough.
pub fn is_given_up(id: PostbackId, entry: &Entry, max_age_ms: i64, now_ms: i64) -> bool {
    now_ms.saturating_sub(id.at_ms()) >= max_age_ms
        && entry.misses >= MIN_MISSES
        && now_ms.saturating_sub(entry.missed_since) >= MIN_MISSED_MS
}

/// Central said once more that the click is not there.
pub fn missed(entry: &mut Entry, now_ms: i64) {
    if entry.misses == 0 {
        entry.missed_since = now_ms;
    }
    entry.misses = entry.misses.saturating_add(1);
}

/// When to ask again, having asked so often in vain. `draw` is from 0 to 1, so that a million postbacks of
/// one outage do not come back at the same moment.
pub fn ask_again_ms(attempts: u32, draw: f64, now_ms: i64) -> i64 {
    let bound_ms = backoff::doubled(RETRY_FIRST, RETRY_MAX, attempts).as_millis() as i64;
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

    #[test]
    fn a_click_is_given_up_only_after_it_was_missed_for_a_while() {
        const HOUR_MS: i64 = 3_600_000;
        let mut entry = crate::postback::tests::untold::entry(traffoflex_model::ConversionStatus::Sale);
        let id = PostbackId(0);
        // Central was away for longer than anybody looks for a click.
        let back_ms = 100 * HOUR_MS;
        let is_given_up = |entry: &Entry, now_ms: i64| is_given_up(id, entry, 72 * HOUR_MS, now_ms);
        for n in 1..=MIN_MISSES {
            assert!(!is_given_up(&entry, back_ms + HOUR_MS), "after {n} answers");
            missed(&mut entry, back_ms + i64::from(n));
        }
        assert!(!is_given_up(&entry, back_ms + MIN_MISSED_MS));
        assert!(is_given_up(&entry, back_ms + MIN_MISSED_MS + 1));
        assert!(!is_given_up(&entry, 72 * HOUR_MS - 1), "nor before its time");
    }
}
