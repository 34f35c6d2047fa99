//! What the node may still spend of caps.
//!
//! `clicks` and `cost` are spent out of leases (see [`traffoflex_routing::lease`] and
//! [`super::leases`], which fills the cells here): what a node does not hold it does not spend, unless
//! central is silent and `CAP_FAILURE_POLICY=open`. `conversions` and `revenue` are measured at central
//! and arrive with the runtime feed: before its first word they follow the same policy, and after
//! that the last word counts, however old.

mod cell;

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicI64, Ordering::Relaxed},
    },
    time::Instant,
};

use arc_swap::{ArcSwap, ArcSwapOption};
pub use cell::{Cell, Moment};
use hashbrown::HashMap;
use tokio::sync::Notify;
use traffoflex_routing::cap::{CapId, Charge, CompiledCap};

use crate::{
    clock::now_ms,
    config::caps::{CapFailurePolicy, CapsConfig},
};

/// Every ask was answered.
const NONE_UNANSWERED: i64 = i64::MAX;

/// Clicks that passed without a lease.
const OVERSHOOT: &str = "traffoflex_cap_lease_overshoot_clicks_total";

pub struct Caps {
    policy: CapFailurePolicy,
    silent_after_ms: i64,
    began: Instant,
    cells: ArcSwap<HashMap<CapId, Arc<Cell>>>,
    measured: ArcSwapOption<HashMap<CapId, i64>>,
    /// Central's last answer about leases, on the steady clock.
    answered_at_ms: AtomicI64,
    /// The first ask since then that is unanswered or failed, on the same clock. A node without
    /// traffic asks seldom: that nothing was said does not make central silent.
    unanswered_since_ms: AtomicI64,
    was_answered: AtomicBool,
    /// A cap ran dry, or one is asked for that has no cell.
    dry: Notify,
    unknown_is_told: AtomicBool,
}

/// `caps` of `/readyz`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CapsStatus {
    pub state: &'static str,
    pub caps: usize,
    /// With nothing to spend.
    pub dry: usize,
    /// Since central's last answer; none before the first.
    pub silent_for_ms: Option<i64>,
}

impl Default for Caps {
    /// Holds nothing, closed.
    fn default() -> Self {
        Self::with(CapFailurePolicy::Closed, i64::MAX)
    }
}

impl Caps {
    pub fn new(config: &CapsConfig) -> Self {
        Self::with(config.cap_failure_policy, config.silent_after().as_millis() as i64)
    }

    fn with(policy: CapFailurePolicy, silent_after_ms: i64) -> Self {
        Self {
            policy,
            silent_after_ms,
            began: Instant::now(),
            cells: ArcSwap::default(),
            measured: ArcSwapOption::empty(),
            answered_at_ms: AtomicI64::new(0),
            unanswered_since_ms: AtomicI64::new(NONE_UNANSWERED),
            was_answered: AtomicBool::new(false),
            dry: Notify::new(),
            unknown_is_told: AtomicBool::new(false),
        }
    }

    /// Whether the cap lets a click through that takes `charge`; none: a click that takes nothing.
    pub fn has_room(&self, cap: &CompiledCap, charge: Option<&Charge>) -> bool {
        if !cap.metric().is_leased() {
            return match self.measured.load().as_deref() {
                Some(used) => used.get(&cap.id()).copied().unwrap_or(0) < cap.limit_units(),
                None => cap.limit_units() > 0 && self.policy == CapFailurePolicy::Open,
            };
        }
        let Some(charge) = charge else { return cap.limit_units() > 0 };
        if charge.units > cap.limit_units() {
            return false;
        }
        let cells = self.cells.load();
        let Some(cell) = cells.get(&charge.cap) else {
            self.tell_unknown();
            return false;
        };
        let now = self.now();
        if cell.is_valid(now) && cell.held() >= charge.units {
            return true;
        }
        self.turn_away(cell, charge.units);
        self.is_open(now)
    }

    /// Takes all of the charges or none.
    pub fn spend(&self, charges: &[Charge]) -> bool {
        let cells = self.cells.load();
        let now = self.now();
        for (index, charge) in charges.iter().enumerate() {
            let took = match cells.get(&charge.cap) {
                Some(cell) => self.take(cell, charge.units, now),
                None => {
                    self.tell_unknown();
                    false
                }
            };
            if !took {
                for charge in &charges[..index] {
                    if let Some(cell) = cells.get(&charge.cap) {
                        cell.add(charge.units);
                    }
                }
                return false;
            }
        }
        for charge in charges {
            if let Some(cell) = cells.get(&charge.cap) {
                cell.record(charge.bucket_ms, charge.units);
            }
        }
        true
    }

    fn take(&self, cell: &Cell, units: i64, now: Moment) -> bool {
        if cell.is_valid(now) && cell.take(units) {
            return true;
        }
        self.turn_away(cell, units);
        let passes = self.is_open(now);
        if passes {
            cell.overdraw(units);
            metrics::counter!(OVERSHOOT).increment(1);
        }
        passes
    }

    fn turn_away(&self, cell: &Cell, units: i64) {
        if cell.refuse(units) {
            self.dry.notify_one();
        }
    }

    fn tell_unknown(&self) {
        if !self.unknown_is_told.swap(true, Relaxed) {
            self.dry.notify_one();
        }
    }

    fn is_open(&self, now: Moment) -> bool {
        self.policy == CapFailurePolicy::Open && self.is_silent(now)
    }

    /// What a click took that was not redirected after all.
    pub fn give_back(&self, charge: &Charge) {
        if let Some(cell) = self.cells.load().get(&charge.cap) {
            cell.add(charge.units);
            cell.record(charge.bucket_ms, -charge.units);
        }
    }

    fn is_silent(&self, now: Moment) -> bool {
        now.steady_ms.saturating_sub(self.unanswered_since_ms.load(Relaxed)) > self.silent_after_ms
    }

    pub fn now(&self) -> Moment {
        Moment { steady_ms: self.began.elapsed().as_millis() as i64, wall_ms: now_ms() }
    }

    /// What central says was used of the caps that it measures: these, and nothing of any other.
    pub fn set_measured(&self, used_units: HashMap<CapId, i64>) {
        self.measured.store(Some(Arc::new(used_units)));
    }

    /// These caps have cells, and no others.
    pub fn set_cells(&self, cells: HashMap<CapId, Arc<Cell>>) {
        self.cells.store(Arc::new(cells));
        self.unknown_is_told.store(false, Relaxed);
    }

    /// A click was turned away for want of a lease or a cell.
    pub(super) async fn ran_dry(&self) {
        self.dry.notified().await;
    }

    /// Before each ask.
    pub(super) fn asking(&self) {
        self.unanswered_since_ms.fetch_min(self.now().steady_ms, Relaxed);
    }

    pub(super) fn answered(&self) {
        self.unanswered_since_ms.store(NONE_UNANSWERED, Relaxed);
        self.answered_at_ms.store(self.now().steady_ms, Relaxed);
        self.was_answered.store(true, Relaxed);
    }

    pub fn status(&self) -> CapsStatus {
        let (cells, now) = (self.cells.load(), self.now());
        let state = match (cells.is_empty(), self.is_silent(now)) {
            (true, _) => "none",
            (false, false) => "leased",
            (false, true) => "central_silent",
        };
        let dry = cells.values().filter(|cell| cell.held() <= 0 || !cell.is_valid(now)).count();
        let since = now.steady_ms - self.answered_at_ms.load(Relaxed);
        let silent_for_ms = self.was_answered.load(Relaxed).then_some(since);
        CapsStatus { state, caps: cells.len(), dry, silent_for_ms }
    }
}

#[cfg(test)]
mod tests {
    use traffoflex_model::{Cap, CapMetric};

    use super::*;

    fn cap(metric: CapMetric, limit: i64) -> CompiledCap {
        let cap = Cap {
            metric,
            limit: limit.into(),
            window_hours: Some(24),
            calendar_timezone: None,
            redirect_destination_id: None,
        };
        CompiledCap::compile(&"d".into(), &cap).unwrap()
    }

    fn caps_holding(policy: CapFailurePolicy, silent_after_ms: i64, held: &[(CapId, i64)]) -> Caps {
        let caps = Caps::with(policy, silent_after_ms);
        let cell = |(id, held): &(CapId, i64)| {
            let cell = Cell::new(*held, 0, []);
            cell.renew(caps.now().plus_ms(60_000));
            (*id, Arc::new(cell))
        };
        caps.set_cells(held.iter().map(cell).collect());
        caps
    }

    #[test]
    fn all_charges_or_none() {
        let (one, other) = (CapId(1), CapId(2));
        let caps = caps_holding(CapFailurePolicy::Closed, i64::MAX, &[(one, 5), (other, 1)]);
        let charge = |cap, units| Charge { cap, bucket_ms: 0, units };
        assert!(caps.spend(&[charge(one, 1), charge(other, 1)]));
        assert!(!caps.spend(&[charge(one, 1), charge(other, 1)]));
        let cells = caps.cells.load();
        assert_eq!((cells[&one].held(), cells[&other].held()), (4, 0), "the first was given back");
        assert_eq!((cells[&one].spent().0, cells[&other].spent().0), (1, 1));
        assert!(!caps.spend(&[charge(CapId(3), 1)]), "a cap without a cell holds nothing");
    }

    #[test]
    fn without_a_lease_the_policy_decides_once_central_is_silent() {
        let click = cap(CapMetric::Clicks, 10);
        let charge = click.charge(Default::default(), 0).unwrap();
        let room = |policy, silent_after_ms| {
            let caps = caps_holding(policy, silent_after_ms, &[(click.id(), 0)]);
            caps.asking();
            (caps.has_room(&click, Some(&charge)), caps.spend(&[charge]))
        };
        assert_eq!(room(CapFailurePolicy::Closed, -1), (false, false));
        assert_eq!(room(CapFailurePolicy::Open, i64::MAX), (false, false));
        assert_eq!(room(CapFailurePolicy::Open, -1), (true, true));
        let free = cap(CapMetric::Cost, 10);
        let caps = caps_holding(CapFailurePolicy::Closed, i64::MAX, &[]);
        assert!(caps.has_room(&free, None), "a free click takes nothing of a cost cap");
    }

    #[test]
    fn central_is_silent_from_the_first_ask_without_an_answer() {
        let caps = Caps::with(CapFailurePolicy::Open, 5_000);
        let silent = |ms: i64| caps.is_silent(caps.now().plus_ms(ms));
        assert!(!silent(3_600_000), "nothing was asked");
        caps.asking();
        assert!(!silent(4_000) && silent(6_000));
        caps.answered();
        assert!(!silent(3_600_000), "an idle node asks seldom");
        caps.asking();
        assert!(silent(6_000));
    }

    #[test]
    fn measured_caps_follow_the_feed() {
        let (sales, revenue) = (cap(CapMetric::Conversions, 2), cap(CapMetric::Revenue, 2));
        let caps = Caps::default();
        assert!(!caps.has_room(&sales, None), "nothing is known, and the policy is closed");
        caps.set_measured(HashMap::from([(sales.id(), 2 * Cap::SCALE)]));
        assert!(!caps.has_room(&sales, None));
        assert!(caps.has_room(&revenue, None), "what the feed does not name is unused");
    }
}
