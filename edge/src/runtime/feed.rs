//! The runtime feed on a node: what central measured in the whole installation, pulled in the
//! background and kept in `runtime.redb`. See [`traffoflex_wire::runtime`].
//!
//! A click never waits for it: [`apply`] puts each part where clicks read it. With central away the
//! last feed goes on to count, but for caps of a calendar day, which reopen when that day ends.

pub mod pull;
pub mod store;

use std::sync::{
    Arc,
    atomic::{AtomicI64, AtomicU64, Ordering::Relaxed},
};

use arc_swap::ArcSwapOption;
use hashbrown::HashMap;
use rust_decimal::{Decimal, prelude::ToPrimitive};
use serde::Serialize;
use traffoflex_model::{DestinationId, Health, NodeId, StreamId};
use traffoflex_routing::{cap::CapId, runtime::Earned, user_key::User};
use traffoflex_wire::runtime::{DestinationEarnings, MeasuredCap, RuntimeFeed, SeenVisit, StreamEarnings};

use super::NodeRuntime;
use crate::outbox::marks::KeptVisit;

/// Without an answer for so long the feed is shown as stale, in milliseconds: several pulls failed.
const STALE_MS: i64 = 60_000;
const MS_PER_HOUR: i64 = 3_600_000;

/// The feed of the moment, without visits.
#[derive(Default)]
pub struct FeedState {
    current: ArcSwapOption<RuntimeFeed>,
    /// UTC ms of the last answer from central in this process; 0 before the first.
    answered_at_ms: AtomicI64,
    failures_total: AtomicU64,
}

/// `GET /internal/runtime`
#[derive(Debug, Serialize)]
pub struct FeedStatus {
    /// pending: never had one; fresh; stale: central has not answered for a while.
    pub state: &'static str,
    pub generation: String,
    /// The cursor.
    pub version: String,
    /// Since central computed it; null while pending.
    pub age_ms: Option<i64>,
    /// Since central last answered this process; null before that.
    pub answered_age_ms: Option<i64>,
    pub failures_total: u64,
    /// Measured caps that something is used of.
    pub caps: usize,
    pub ranked_streams: usize,
    pub not_healthy_destinations: usize,
    /// Users at destinations, this node's own and others.
    pub remembered_visits: usize,
    pub nodes: usize,
    /// Of this node's own events of this epoch, all up to here are in the feed.
    pub own_mark: u64,
}

impl FeedState {
    /// Up to which of its own events a node finds itself in the feed. What it did later, it adds to
    /// the feed's usage by itself.
    pub fn mark(&self, node_id: &NodeId, node_epoch: u64) -> u64 {
        self.current.load().as_deref().map_or(0, |feed| {
            let mut marks = feed.watermark.iter();
            let own = marks.find(|mark| mark.node_id == node_id.as_str() && mark.node_epoch == node_epoch);
            own.map_or(0, |mark| mark.seq)
        })
    }

    fn answered(&self, now_ms: i64) {
        self.answered_at_ms.store(now_ms, Relaxed);
    }

    fn failed(&self) {
        self.failures_total.fetch_add(1, Relaxed);
    }

    /// Where the next pull goes on: cursor and generation. None: at the beginning.
    fn position(&self) -> Option<(String, String)> {
        let current = self.current.load();
        let feed = current.as_deref().filter(|feed| !feed.cursor.is_empty())?;
        Some((feed.cursor.clone(), feed.generation.clone()))
    }

    /// Visits were read for shorter windows than there are now.
    fn is_outgrown_by(&self, next: &RuntimeFeed) -> bool {
        let current = self.current.load();
        let read = current.as_deref().filter(|feed| !feed.cursor.is_empty());
        read.is_some_and(|feed| feed.seen_window_hours < next.seen_window_hours)
    }

    /// Since central computed the feed; none while there is none.
    fn age_ms(&self, now_ms: i64) -> Option<i64> {
        self.current.load().as_deref().map(|feed| (now_ms - feed.computed_at_ms).max(0))
    }
}

pub fn status(runtime: &NodeRuntime, now_ms: i64, node_id: &NodeId, node_epoch: u64) -> FeedStatus {
    let state = runtime.feed();
    let answered_at_ms = state.answered_at_ms.load(Relaxed);
    let answered_age_ms = (answered_at_ms != 0).then(|| (now_ms - answered_at_ms).max(0));
    let current = state.current.load();
    let feed = current.as_deref();
    let count = |of: fn(&RuntimeFeed) -> usize| feed.map_or(0, of);
    FeedStatus {
        state: match (feed, answered_age_ms) {
            (None, _) => "pending",
            (_, Some(age_ms)) if age_ms <= STALE_MS => "fresh",
            _ => "stale",
        },
        generation: feed.map(|feed| feed.generation.clone()).unwrap_or_default(),
        version: feed.map(|feed| feed.cursor.clone()).unwrap_or_default(),
        age_ms: state.age_ms(now_ms),
        answered_age_ms,
        failures_total: state.failures_total.load(Relaxed),
        caps: count(|feed| feed.caps.len()),
        ranked_streams: count(|feed| feed.earned.len()),
        not_healthy_destinations: count(|feed| feed.health.len()),
        remembered_visits: runtime.history().count(),
        nodes: count(|feed| feed.watermark.len()),
        own_mark: state.mark(node_id, node_epoch),
    }
}

/// Puts every part of the feed where clicks read it.
pub fn apply(runtime: &NodeRuntime, mut feed: RuntimeFeed, now_ms: i64) {
    runtime.earnings().replace(feed.earned.iter().map(earned).collect());
    runtime.caps().set_measured(measured(&feed.caps, now_ms));
    let unhealthy = feed.health.iter().filter(|health| health.state == Health::Unhealthy);
    runtime.health().set_agreed(unhealthy.map(|health| health.destination_id.clone()).collect());
    learn(runtime, visits(&feed));
    feed.seen = Vec::new();
    runtime.feed().current.store(Some(Arc::new(feed)));
}

/// Visits at other nodes, or of an earlier run.
pub fn learn(runtime: &NodeRuntime, visits: impl IntoIterator<Item = KeptVisit>) {
    visits.into_iter().for_each(|visit| runtime.history().learn(visit));
}

/// Reopens the caps whose day has ended since the feed was computed.
fn reopen_ended_days(runtime: &NodeRuntime, now_ms: i64) {
    if let Some(feed) = runtime.feed().current.load().as_deref()
        && feed.caps.iter().any(|cap| has_ended(cap, now_ms))
    {
        runtime.caps().set_measured(measured(&feed.caps, now_ms));
    }
}

fn has_ended(cap: &MeasuredCap, now_ms: i64) -> bool {
    cap.until_ms.is_some_and(|until_ms| until_ms <= now_ms)
}

fn measured(caps: &[MeasuredCap], now_ms: i64) -> HashMap<CapId, i64> {
    let count = caps.iter().filter(|cap| !has_ended(cap, now_ms));
    count.map(|cap| (CapId(cap.cap), cap.used_units)).collect()
}

fn earned(stream: &StreamEarnings) -> (StreamId, HashMap<DestinationId, Earned>) {
    let destinations = stream.destinations.iter().map(|earnings| {
        let DestinationEarnings { destination_id, clicks, cost, revenue } = earnings;
        (destination_id.clone(), Earned { clicks: *clicks, roi: roi(*cost, *revenue) })
    });
    (stream.stream_id.clone(), destinations.collect())
}

/// Profit over cost; free clicks that earn are beyond any others.
fn roi(cost: Decimal, revenue: Decimal) -> f64 {
    let ratio = revenue.checked_sub(cost).and_then(|profit| profit.checked_div(cost));
    match ratio.and_then(|ratio| ratio.to_f64()) {
        Some(ratio) => ratio,
        None if revenue.is_zero() => 0.0,
        None if revenue.is_sign_negative() => f64::NEG_INFINITY,
        None => f64::INFINITY,
    }
}

/// The feed's visits as the history knows them.
fn visits(feed: &RuntimeFeed) -> impl Iterator<Item = KeptVisit> {
    let window_hours = feed.seen_window_hours;
    feed.seen.iter().map(move |SeenVisit { user, destination_id, at_ms }| {
        KeptVisit::of(User::from_bits(*user).at(destination_id), *at_ms, window_hours)
    })
}

#[cfg(test)]
mod tests {
    use traffoflex_routing::runtime::Runtime;
    use traffoflex_wire::runtime::{DestinationHealth, NodeMark};

    use super::*;

    #[test]
    fn free_clicks_that_earn_rank_highest() {
        let roi = |cost: i64, revenue: i64| roi(Decimal::new(cost, 2), Decimal::new(revenue, 2));
        assert_eq!([roi(200, 550), roi(200, 0), roi(0, 0)], [1.75, -1.0, 0.0]);
        assert_eq!([roi(0, 1), roi(0, -1)], [f64::INFINITY, f64::NEG_INFINITY]);
    }

    #[test]
    fn each_part_is_where_clicks_read_it() {
        let runtime = NodeRuntime::default();
        let (day, rolling) = (CapId(1), CapId(2));
        let feed = RuntimeFeed {
            computed_at_ms: 1_000,
            watermark: vec![NodeMark { node_id: "n".into(), node_epoch: 2, seq: 9 }],
            caps: vec![
                MeasuredCap { cap: day.0, used_units: 5, until_ms: Some(2_000) },
                MeasuredCap { cap: rolling.0, used_units: 5, until_ms: None },
            ],
            earned: vec![StreamEarnings {
                stream_id: "s".into(),
                destinations: vec![DestinationEarnings {
                    destination_id: "d".into(),
                    clicks: 3,
                    cost: Decimal::TWO,
                    revenue: Decimal::ONE,
                }],
            }],
            health: [("x", Health::Unhealthy), ("y", Health::Degraded)]
                .map(|(id, state)| DestinationHealth { destination_id: id.into(), state })
                .into(),
            cursor: "1".into(),
            seen: vec![SeenVisit { user: 7, destination_id: "d".into(), at_ms: 900 }],
            seen_window_hours: 1,
            ..RuntimeFeed::default()
        };
        assert_eq!(measured(&feed.caps, 1_999).len(), 2);
        assert_eq!(measured(&feed.caps, 2_000).into_keys().collect::<Vec<_>>(), [rolling]);
        apply(&runtime, feed, 1_500);
        let visit = User::from_bits(7).at(&"d".into());
        assert!(runtime.was_sent(visit, 1, 1_500));
        assert_eq!(runtime.earned(&"s".into(), &"d".into()), Some(Earned { clicks: 3, roi: -0.5 }));
        assert_eq!(["x", "y"].map(|id| runtime.is_healthy(&id.into())), [false, true]);
        let node = NodeId::parse("n").unwrap();
        assert_eq!((runtime.feed().mark(&node, 2), runtime.feed().mark(&node, 1)), (9, 0));
        assert_eq!(runtime.feed().age_ms(1_500), Some(500));
    }

    #[test]
    fn longer_windows_than_were_read_begin_anew() {
        let runtime = NodeRuntime::default();
        let feed = |hours: u32, cursor: &str| RuntimeFeed {
            generation: "g".into(),
            cursor: cursor.into(),
            seen_window_hours: hours,
            ..RuntimeFeed::default()
        };
        assert!(!runtime.feed().is_outgrown_by(&feed(5, "1")), "nothing was read");
        apply(&runtime, feed(5, "1"), 0);
        assert_eq!(runtime.feed().position(), Some(("1".into(), "g".into())));
        assert!(!runtime.feed().is_outgrown_by(&feed(4, "2")));
        assert!(runtime.feed().is_outgrown_by(&feed(6, "2")));
        apply(&runtime, feed(6, ""), 0);
        assert_eq!(runtime.feed().position(), None);
        assert!(!runtime.feed().is_outgrown_by(&feed(6, "3")), "it began anew already");
    }
}
