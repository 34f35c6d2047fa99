//! The lease of one cap: its conversation with central, and the cell that clicks spend from.

use std::sync::Arc;

use traffoflex_model::{Cap, CapAsk, CapGrant, CapMetric, DestinationId};
use traffoflex_routing::{
    cap::{CapId, CompiledCap},
    lease::holder::{Holder, Kept, Need, Plan},
};
use traffoflex_wire::lease::MAX_BUCKETS;

use super::super::caps::{Cell, Moment};

/// Buckets are kept for so long after they left the window: a clock may be set back.
const FORGET_AFTER_MS: i64 = 10 * 60_000;
/// When a lease was last renewed is written again after this part of its time to live.
const RENEWED_PART: i64 = 8;

pub struct Lease {
    pub cap: CompiledCap,
    pub holder: Holder,
    pub cell: Arc<Cell>,
    /// The snapshot has it, and its destination is active.
    pub is_configured: bool,
    /// Central had nothing to give: it is not asked again before the interval is over.
    pub is_denied: bool,
    /// All goes back: it was granted under a limit that is no more.
    limit_fell: bool,
    /// The answer may bring more than is known of.
    is_unanswered: bool,
    asked_at_ms: Option<i64>,
    told_spent: i64,
    /// Written off, as far as central was told that it was dropped.
    told_written_off: i64,
}

/// An ask that is not written down yet.
pub struct Prepared {
    pub cap: CapId,
    pub kept: Kept,
    pub plan: Plan,
    /// No click has taken anything that `spent` does not count yet.
    is_settled: bool,
    spent: i64,
    buckets: Vec<(i64, i64)>,
    at: Moment,
}

impl Lease {
    /// With what an earlier run kept, and what clicks have spent since.
    pub fn new(
        destination: &DestinationId,
        cap: &CompiledCap,
        kept: Kept,
        mut spent: Vec<(i64, i64)>,
        now: Moment,
        ttl_ms: i64,
    ) -> Self {
        let with_clicks: i64 = spent.iter().map(|(_, units)| units).sum();
        let total = kept.spent(with_clicks);
        // Central was told of clicks that were never kept: they count from now on.
        let lost = total - kept.forgotten - with_clicks;
        if lost > 0 {
            let bucket_ms = cap.window().bucket_ms(now.wall_ms);
            match spent.iter_mut().find(|(start_ms, _)| *start_ms == bucket_ms) {
                Some((_, units)) => *units += lost,
                None => spent.push((bucket_ms, lost)),
            }
        }
        let cell = Cell::new(kept.held(total), kept.forgotten, spent);
        // Central writes off by what it was told then: a longer time of today's revives nothing.
        let ttl_ms = ttl_ms.min(kept.ttl_ms);
        let age_ms = now.wall_ms - kept.synced_at_ms;
        if kept.synced_at_ms > 0 && (0..ttl_ms).contains(&age_ms) {
            cell.renew(now.plus_ms(ttl_ms - age_ms));
        }
        Self {
            cap: cap.clone(),
            holder: Holder::new(cap.id(), destination.clone(), kept),
            cell: Arc::new(cell),
            is_configured: true,
            is_denied: false,
            limit_fell: false,
            is_unanswered: false,
            asked_at_ms: None,
            told_spent: kept.told_spent,
            told_written_off: kept.written_off,
        }
    }

    pub fn reconfigure(&mut self, cap: &CompiledCap, is_active: bool) {
        self.limit_fell |= cap.limit_units() < self.cap.limit_units();
        self.is_configured = is_active;
        self.cap = cap.clone();
    }

    pub fn is_due(&self, now: Moment, interval_ms: i64, idle_ms: i64) -> bool {
        let Some(asked_at_ms) = self.asked_at_ms else { return true };
        let waited_ms = now.steady_ms - asked_at_ms;
        if self.cell.refused().is_some() || self.limit_fell {
            return !self.is_denied || waited_ms >= interval_ms;
        }
        waited_ms >= idle_ms || (waited_ms >= interval_ms && self.has_spent())
    }

    fn has_spent(&self) -> bool {
        self.cell.spent().0 != self.told_spent
    }

    pub fn has_something_to_tell(&self) -> bool {
        self.cell.held() > 0 || self.has_spent() || self.is_unanswered
    }

    /// Takes what goes back out of the cell. `all`: everything.
    pub fn prepare(&mut self, all: bool, interval_ms: i64, now: Moment) -> Prepared {
        let (spent, mut buckets) = self.cell.spent();
        let click_units = match self.cap.metric() {
            CapMetric::Cost => self.cell.last_charge(),
            _ => Cap::SCALE,
        };
        let need = Need {
            limit_units: self.cap.limit_units(),
            held: if self.limit_fell { 0 } else { self.cell.held() },
            spent,
            refused_units: self.cell.refused(),
            click_units,
            is_scarce: self.holder.is_scarce,
        };
        let mut plan = self.holder.pace.plan(&need, interval_ms, now.steady_ms);
        if all || self.limit_fell {
            (plan.give_back, plan.want) = (self.cell.held().max(0), if all { 0 } else { plan.want });
        }
        plan.give_back = self.cell.take_up_to(plan.give_back);
        buckets.drain(..buckets.len().saturating_sub(MAX_BUCKETS));
        let kept = self.holder.telling(plan.give_back, spent);
        let is_settled = self.cell.held() >= kept.held(spent);
        Prepared { cap: self.cap.id(), kept, plan, is_settled, spent, buckets, at: now }
    }

    /// It is written down.
    pub fn say(&mut self, prepared: &Prepared) -> CapAsk {
        self.holder.adopt(prepared.kept);
        self.asked_at_ms = Some(prepared.at.steady_ms);
        self.limit_fell = false;
        self.is_denied = true;
        self.is_unanswered = true;
        let mut ask = self.holder.ask(prepared.spent, &prepared.buckets, prepared.plan);
        // Central frees what was written off when it hears that it was dropped: not before the clicks
        // that had taken some of it are among the spent.
        if prepared.is_settled {
            self.told_written_off = ask.written_off_units;
        }
        ask.written_off_units = self.told_written_off;
        ask
    }

    /// Whether an answer changes what has to be on disk.
    pub fn is_worth_writing(&self, kept: &Kept, ttl_ms: i64) -> bool {
        let now = self.holder.kept();
        (kept.granted, kept.written_off, kept.ttl_ms) != (now.granted, now.written_off, now.ttl_ms)
            || kept.synced_at_ms - now.synced_at_ms > ttl_ms / RENEWED_PART
    }

    /// An answer that is on disk where it has to be. Returns how much more may be spent.
    pub fn adopt(&mut self, kept: Kept, ask: &CapAsk, grant: &CapGrant, now: Moment, ttl_ms: i64) -> i64 {
        let before = *self.holder.kept();
        let is_written = self.is_worth_writing(&kept, ttl_ms);
        let more = kept.granted - before.granted - (kept.written_off - before.written_off);
        if is_written {
            self.holder.adopt(kept);
        }
        self.holder.confirm(ask, grant);
        self.told_spent = ask.spent_units;
        self.is_unanswered = false;
        self.cell.add(more);
        self.cell.renew(now.plus_ms(ttl_ms));
        if more > 0 {
            self.cell.forgive();
        }
        self.is_denied = more <= 0;
        more
    }

    /// Takes buckets that count nowhere out of memory; what is to be written down of that.
    pub fn forget(&mut self, now_ms: i64) -> Option<(Kept, Vec<(i64, i64)>)> {
        let since_ms = self.cap.window().since_ms(now_ms - FORGET_AFTER_MS);
        let gone = self.cell.forget_before(since_ms);
        if gone.is_empty() {
            return None;
        }
        self.holder.forget_before(since_ms);
        let forgotten = self.holder.kept().forgotten + gone.iter().map(|(_, units)| units).sum::<i64>();
        let kept = Kept { forgotten, ..*self.holder.kept() };
        self.holder.adopt(kept);
        Some((kept, gone))
    }
}

#[cfg(test)]
mod tests {
    use traffoflex_routing::cap::Charge;

    use super::*;

    const CLICK: i64 = Cap::SCALE;
    const INTERVAL_MS: i64 = 1_000;
    const TTL_MS: i64 = 60_000;
    const NOW: Moment = Moment { steady_ms: 1_000_000, wall_ms: 1_763_000_000_000 };

    fn lease(kept: Kept, ttl_ms: i64) -> (Lease, Charge) {
        let cap = Cap {
            metric: CapMetric::Clicks,
            limit: 100.into(),
            window_hours: Some(24),
            calendar_timezone: None,
            redirect_destination_id: None,
        };
        let cap = CompiledCap::compile(&"d".into(), &cap).unwrap();
        let charge = cap.charge(Default::default(), NOW.wall_ms).unwrap();
        (Lease::new(&"d".into(), &cap, kept, Vec::new(), NOW, ttl_ms), charge)
    }

    #[test]
    fn a_lease_is_revived_for_no_longer_than_central_was_told() {
        let age_ms = 10_000;
        let kept =
            |ttl_ms| Kept { granted: CLICK, synced_at_ms: NOW.wall_ms - age_ms, ttl_ms, ..Kept::default() };
        let valid_for = |kept_ttl_ms, ttl_ms, ms| {
            let cell = lease(kept(kept_ttl_ms), ttl_ms).0.cell;
            cell.is_valid(NOW.plus_ms(ms))
        };
        assert!(valid_for(TTL_MS, TTL_MS, TTL_MS - age_ms - 1));
        assert!(!valid_for(TTL_MS, TTL_MS, TTL_MS - age_ms));
        assert!(!valid_for(TTL_MS, 1_000 * TTL_MS, TTL_MS - age_ms), "the time to live was raised");
        assert!(!valid_for(age_ms, 1_000 * TTL_MS, 0), "central has written it off");
        assert!(!valid_for(TTL_MS, age_ms, 0), "the time to live was lowered");
        assert!(!valid_for(0, TTL_MS, 0), "nobody knows what central was told");
    }

    #[test]
    fn a_changed_time_to_live_is_written_down() {
        let kept = Kept { granted: CLICK, synced_at_ms: NOW.wall_ms, ttl_ms: TTL_MS, ..Kept::default() };
        let (lease, _) = lease(kept, TTL_MS);
        assert!(!lease.is_worth_writing(&kept, TTL_MS));
        assert!(lease.is_worth_writing(&Kept { ttl_ms: 2 * TTL_MS, ..kept }, 2 * TTL_MS));
    }

    #[test]
    fn a_write_off_counts_as_heard_once_all_that_was_spent_of_it_is_told() {
        let kept = Kept { granted: 10 * CLICK, ttl_ms: TTL_MS, ..Kept::default() };
        let (mut lease, charge) = lease(kept, TTL_MS);
        let say = |lease: &mut Lease| {
            let prepared = lease.prepare(false, INTERVAL_MS, NOW);
            lease.say(&prepared)
        };
        let ask = say(&mut lease);
        // A click has taken its unit and not recorded it yet when the write-off is heard of.
        assert!(lease.cell.take(charge.units));
        let grant = CapGrant {
            cap: ask.cap,
            granted_units: 10 * CLICK,
            written_off_units: 10 * CLICK,
            is_scarce: false,
            is_new: false,
        };
        let after = lease.holder.kept().after(&grant, NOW.wall_ms, TTL_MS);
        lease.adopt(after, &ask, &grant, NOW, TTL_MS);
        assert_eq!(say(&mut lease).written_off_units, 0);
        lease.cell.record(charge.bucket_ms, charge.units);
        let ask = say(&mut lease);
        assert_eq!((ask.written_off_units, ask.spent_units), (10 * CLICK, CLICK));
    }
}
