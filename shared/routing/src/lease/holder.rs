//! A node's side: what it holds of one cap, how much it wants to hold, and what it says to central.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use traffoflex_model::{Cap, CapAsk, CapGrant, DestinationId};

use crate::cap::CapId;

/// A node holds as much as it spends in so many intervals.
const LOOKAHEAD_INTERVALS: i64 = 3;
/// The first lease, and what an idle node keeps while nobody else wants it: this part of the limit.
const FIRST_PART_OF_LIMIT: i64 = 100;
/// And never more than this.
const MAX_FIRST_UNITS: i64 = 1_000 * Cap::SCALE;
/// Most that is wanted at once.
const MAX_WANT_UNITS: i64 = 1_000_000 * Cap::SCALE;
/// A cap that took no click for so many intervals is idle.
const IDLE_INTERVALS: i64 = 5;

/// What a node keeps on disk of a cap's lease. Units; see the module's invariants.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    pub granted: i64,
    pub returned: i64,
    pub written_off: i64,
    /// The highest total of spends that central was told. It stays spent even if the click that spent
    /// it was never kept.
    pub told_spent: i64,
    /// Of the spends, what is so old that its buckets were removed.
    pub forgotten: i64,
    /// When the last answered request was sent, by the node's clock.
    pub synced_at_ms: i64,
    /// For how long after that the lease is valid, as that request said; 0: it was kept by a build
    /// that did not keep this. Central writes off by what it was told, not by what is configured now.
    pub ttl_ms: i64,
}

impl Kept {
    /// What may be spent; below zero when more was spent than granted.
    pub fn held(&self, spent: i64) -> i64 {
        self.granted - self.returned - self.written_off - spent
    }

    /// The total of spends, by what the clicks that were kept have spent. Never below what was told.
    pub fn spent(&self, kept_with_clicks: i64) -> i64 {
        (self.forgotten + kept_with_clicks).max(self.told_spent)
    }

    /// After an answer. It is to be on disk before the difference is spent.
    pub fn after(&self, grant: &CapGrant, sent_at_ms: i64, ttl_ms: i64) -> Self {
        Self {
            granted: self.granted.max(grant.granted_units),
            written_off: self.written_off.max(grant.written_off_units),
            synced_at_ms: self.synced_at_ms.max(sent_at_ms),
            ttl_ms,
            ..*self
        }
    }
}

/// How much a node wants, from how fast it spends.
#[derive(Debug, Clone, Default)]
pub struct Pace {
    measured_at_ms: Option<i64>,
    measured_spent: i64,
    /// Units spent in an interval: rises at once and falls slowly.
    per_interval: i64,
    last_goal: i64,
    spent_at_ms: i64,
}

/// The state of a cap at a node when it is to ask.
#[derive(Debug, Clone, Copy)]
pub struct Need {
    pub limit_units: i64,
    pub held: i64,
    pub spent: i64,
    /// The cheapest click that was turned away since the last answer.
    pub refused_units: Option<i64>,
    /// What a click usually takes.
    pub click_units: i64,
    pub is_scarce: bool,
}

/// What to do about it. Units.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Plan {
    pub give_back: i64,
    pub want: i64,
    pub click: i64,
}

impl Pace {
    /// `now_ms` by any clock that only goes forward.
    pub fn plan(&mut self, need: &Need, interval_ms: i64, now_ms: i64) -> Plan {
        self.measure(need, interval_ms, now_ms);
        let click = need.refused_units.unwrap_or(need.click_units).max(1);
        let whole = |units: i64| units.saturating_add(click - 1) / click * click;
        let usual = whole(self.per_interval.saturating_mul(LOOKAHEAD_INTERVALS));
        let goal = match need.refused_units {
            // It ran dry: its pace was bounded by what it held.
            Some(_) => usual.max(self.last_goal.saturating_mul(2)),
            None => usual,
        };
        let is_idle = need.refused_units.is_none()
            && now_ms - self.spent_at_ms > IDLE_INTERVALS.saturating_mul(interval_ms);
        let least = match (need.is_scarce, is_idle) {
            (true, true) => 0,
            (true, false) => click,
            (false, _) => whole((need.limit_units / FIRST_PART_OF_LIMIT).min(MAX_FIRST_UNITS)).max(click),
        };
        // Once idle, it goes to those who would use it now.
        let goal = if need.is_scarce && is_idle { 0 } else { goal };
        let goal = goal.max(least).min(MAX_WANT_UNITS.min(need.limit_units / click * click));
        self.last_goal = goal.max(click);
        if need.refused_units.is_some() {
            // What is left is less than a click takes: it may complete somebody else's.
            return Plan { give_back: need.held.max(0), want: goal, click };
        }
        let too_much = if need.is_scarce { goal } else { goal.saturating_mul(2) };
        let give_back = if need.held > too_much { need.held - goal } else { 0 };
        let short = goal - need.held;
        Plan { give_back, want: if short > goal / 3 { whole(short) } else { 0 }, click }
    }

    fn measure(&mut self, need: &Need, interval_ms: i64, now_ms: i64) {
        let Some(before_ms) = self.measured_at_ms else {
            (self.measured_at_ms, self.measured_spent, self.spent_at_ms) = (Some(now_ms), need.spent, now_ms);
            return;
        };
        let (elapsed_ms, spent) = (now_ms - before_ms, need.spent - self.measured_spent);
        if spent > 0 {
            self.spent_at_ms = now_ms;
        }
        // Too short a time says little, unless it was enough to run dry.
        if elapsed_ms < interval_ms / 2 && need.refused_units.is_none() {
            return;
        }
        let pace = i128::from(spent) * i128::from(interval_ms) / i128::from(elapsed_ms.max(1));
        let slowed = match elapsed_ms >= interval_ms / 2 {
            true => self.per_interval - (self.per_interval / 4).max(1).min(self.per_interval),
            false => self.per_interval,
        };
        self.per_interval = i64::try_from(pace).unwrap_or(i64::MAX).max(slowed);
        (self.measured_at_ms, self.measured_spent) = (Some(now_ms), need.spent);
    }
}

/// The conversation with central about one cap.
#[derive(Debug, Clone)]
pub struct Holder {
    cap: CapId,
    destination_id: DestinationId,
    kept: Kept,
    /// Buckets as central has confirmed them.
    confirmed: BTreeMap<i64, i64>,
    pub pace: Pace,
    pub is_scarce: bool,
}

impl Holder {
    pub fn new(cap: CapId, destination_id: DestinationId, kept: Kept) -> Self {
        Self {
            cap,
            destination_id,
            kept,
            confirmed: BTreeMap::new(),
            pace: Pace::default(),
            is_scarce: false,
        }
    }

    pub fn cap(&self) -> CapId {
        self.cap
    }

    pub fn kept(&self) -> &Kept {
        &self.kept
    }

    /// What is to be on disk before [`Holder::ask`] says so.
    pub fn telling(&self, given_back: i64, spent: i64) -> Kept {
        Kept {
            returned: self.kept.returned + given_back,
            told_spent: self.kept.told_spent.max(spent),
            ..self.kept
        }
    }

    /// `kept` is on disk.
    pub fn adopt(&mut self, kept: Kept) {
        self.kept = kept;
    }

    /// `buckets`: every bucket that may still count. The same buckets go to [`Holder::confirm`] with
    /// the answer.
    pub fn ask(&self, spent: i64, buckets: &[(i64, i64)], plan: Plan) -> CapAsk {
        let is_news = |(start, units): &&(i64, i64)| self.confirmed.get(start) != Some(units);
        CapAsk {
            cap: self.cap.0,
            destination_id: self.destination_id.clone(),
            granted_units: self.kept.granted,
            returned_units: self.kept.returned,
            written_off_units: self.kept.written_off,
            spent_units: spent,
            buckets: buckets.iter().filter(is_news).copied().collect(),
            want_units: plan.want,
            click_units: plan.click,
        }
    }

    /// The ask was answered.
    pub fn confirm(&mut self, ask: &CapAsk, grant: &CapGrant) {
        self.is_scarce = grant.is_scarce;
        if grant.is_new && ask.granted_units > 0 {
            self.confirmed.clear();
        } else {
            self.confirmed.extend(ask.buckets.iter().copied());
        }
    }

    /// Buckets before this are gone.
    pub fn forget_before(&mut self, since_ms: i64) {
        self.confirmed = self.confirmed.split_off(&since_ms);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CLICK: i64 = Cap::SCALE;
    const INTERVAL_MS: i64 = 1_000;

    fn need(held: i64, spent: i64) -> Need {
        Need {
            limit_units: 1_000 * CLICK,
            held: held * CLICK,
            spent: spent * CLICK,
            refused_units: None,
            click_units: CLICK,
            is_scarce: false,
        }
    }

    #[test]
    fn the_first_lease_is_small_and_grows_with_the_pace() {
        let mut pace = Pace::default();
        let clicks = |plan: Plan| (plan.give_back / CLICK, plan.want / CLICK);
        assert_eq!(clicks(pace.plan(&need(0, 0), INTERVAL_MS, 0)), (0, 10));
        let dry = Need { refused_units: Some(CLICK), ..need(0, 10) };
        assert_eq!(clicks(pace.plan(&dry, INTERVAL_MS, 100)), (0, 300), "10 in 100 ms are 100 an interval");
        let dry = Need { refused_units: Some(CLICK), ..need(0, 10) };
        assert_eq!(clicks(pace.plan(&dry, INTERVAL_MS, 110)), (0, 600), "still dry: twice as much");
        assert_eq!(clicks(pace.plan(&need(290, 20), INTERVAL_MS, 1_110)).0, 0, "it holds what it needs");
    }

    #[test]
    fn what_is_not_needed_goes_back() {
        let mut pace = Pace::default();
        pace.plan(&need(0, 0), INTERVAL_MS, 0);
        let plan = pace.plan(&need(300, 100), INTERVAL_MS, 1_000);
        assert_eq!((plan.give_back, plan.want), (0, 0));
        let mut held = 300;
        for second in 2..60 {
            held -= pace.plan(&need(held, 100), INTERVAL_MS, second * 1_000).give_back / CLICK;
        }
        assert!((10..=20).contains(&held), "an idle node keeps about a first lease, not {held}");
        let scarce = Need { is_scarce: true, ..need(held, 100) };
        assert_eq!(pace.plan(&scarce, INTERVAL_MS, 61_000).give_back, held * CLICK, "unless others want it");
        assert_eq!(pace.plan(&Need { is_scarce: true, ..need(0, 100) }, INTERVAL_MS, 62_000).want, 0);
    }

    #[test]
    fn a_rest_smaller_than_a_click_goes_back() {
        let mut pace = Pace::default();
        let dry = Need { refused_units: Some(700_000), held: 300_000, ..need(0, 5) };
        let plan = pace.plan(&dry, INTERVAL_MS, 0);
        assert_eq!(plan.give_back, 300_000);
        assert!(plan.want >= 700_000 && plan.want % 700_000 == 0, "{plan:?}");
    }

    #[test]
    fn a_limit_of_nothing_wants_nothing() {
        let plan = Pace::default().plan(&Need { limit_units: 0, ..need(0, 0) }, INTERVAL_MS, 0);
        assert_eq!(plan.want, 0);
    }
}
