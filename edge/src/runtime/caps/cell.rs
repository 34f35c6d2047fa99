//! What a node may still spend of one cap, and what it has spent: atomics alone, but for the moment
//! when a new step of the window begins.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicI64, Ordering::Relaxed},
    },
};

use arc_swap::ArcSwap;

/// Nothing was turned away.
const NONE_REFUSED: i64 = i64::MAX;

/// A moment on both of the process's clocks. The steady one stands still while the machine is
/// suspended, the other may be set: a lease ends with whichever passes its end first.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Moment {
    /// Since the process began.
    pub steady_ms: i64,
    /// UTC.
    pub wall_ms: i64,
}

impl Moment {
    pub fn plus_ms(self, ms: i64) -> Self {
        Self { steady_ms: self.steady_ms.saturating_add(ms), wall_ms: self.wall_ms.saturating_add(ms) }
    }
}

#[derive(Debug)]
pub struct Cell {
    /// Units; below zero when more was spent than leased.
    held: AtomicI64,
    until_steady_ms: AtomicI64,
    until_wall_ms: AtomicI64,
    /// The cheapest click that was turned away.
    refused: AtomicI64,
    last_charge: AtomicI64,
    current: ArcSwap<Bucket>,
    spent: Mutex<Spent>,
}

#[derive(Debug)]
struct Bucket {
    start_ms: i64,
    units: AtomicI64,
}

impl Bucket {
    fn new(start_ms: i64, units: i64) -> Arc<Self> {
        Arc::new(Self { start_ms, units: AtomicI64::new(units) })
    }

    /// No click is in it.
    fn none() -> Arc<Self> {
        Self::new(i64::MIN, 0)
    }
}

#[derive(Debug)]
struct Spent {
    /// In buckets that were forgotten.
    forgotten: i64,
    buckets: BTreeMap<i64, Arc<Bucket>>,
}

impl Cell {
    /// `forgotten` and `buckets`: what was spent so far. Nothing can be spent before [`Cell::renew`].
    pub fn new(held: i64, forgotten: i64, buckets: impl IntoIterator<Item = (i64, i64)>) -> Self {
        let bucket = |(start_ms, units)| (start_ms, Bucket::new(start_ms, units));
        let buckets: BTreeMap<i64, Arc<Bucket>> = buckets.into_iter().map(bucket).collect();
        Self {
            held: AtomicI64::new(held),
            until_steady_ms: AtomicI64::new(i64::MIN),
            until_wall_ms: AtomicI64::new(i64::MIN),
            refused: AtomicI64::new(NONE_REFUSED),
            last_charge: AtomicI64::new(0),
            current: ArcSwap::new(buckets.values().next_back().cloned().unwrap_or_else(Bucket::none)),
            spent: Mutex::new(Spent { forgotten, buckets }),
        }
    }

    fn spent_lock(&self) -> MutexGuard<'_, Spent> {
        self.spent.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn held(&self) -> i64 {
        self.held.load(Relaxed)
    }

    pub fn is_valid(&self, now: Moment) -> bool {
        now.steady_ms < self.until_steady_ms.load(Relaxed) && now.wall_ms < self.until_wall_ms.load(Relaxed)
    }

    pub fn renew(&self, until: Moment) {
        self.until_steady_ms.fetch_max(until.steady_ms, Relaxed);
        // Not the highest: a wall clock that was set back would else keep a lease alive.
        self.until_wall_ms.store(until.wall_ms, Relaxed);
    }

    /// Takes them if they are there.
    pub fn take(&self, units: i64) -> bool {
        let less = |held: i64| (held >= units).then(|| held - units);
        self.held.fetch_update(Relaxed, Relaxed, less).is_ok()
    }

    /// As much of it as is there. Returns how much that was.
    pub fn take_up_to(&self, units: i64) -> i64 {
        let mut taken = 0;
        let _ = self.held.fetch_update(Relaxed, Relaxed, |held| {
            taken = units.min(held).max(0);
            Some(held - taken)
        });
        taken
    }

    /// Whether or not they are there.
    pub fn overdraw(&self, units: i64) {
        self.held.fetch_sub(units, Relaxed);
    }

    /// Below zero: takes away.
    pub fn add(&self, units: i64) {
        self.held.fetch_add(units, Relaxed);
    }

    /// What was taken has been spent in this step of the window.
    pub fn record(&self, bucket_ms: i64, units: i64) {
        if self.last_charge.load(Relaxed) != units {
            self.last_charge.store(units, Relaxed);
        }
        let current = self.current.load();
        if current.start_ms == bucket_ms {
            current.units.fetch_add(units, Relaxed);
            return;
        }
        let mut spent = self.spent_lock();
        let bucket = spent.buckets.entry(bucket_ms).or_insert_with(|| Bucket::new(bucket_ms, 0));
        bucket.units.fetch_add(units, Relaxed);
        if bucket_ms > current.start_ms {
            self.current.store(bucket.clone());
        }
    }

    /// All that was ever spent, and the buckets that are not forgotten.
    pub fn spent(&self) -> (i64, Vec<(i64, i64)>) {
        let spent = self.spent_lock();
        let units = |(start, bucket): (&i64, &Arc<Bucket>)| (*start, bucket.units.load(Relaxed));
        let buckets: Vec<(i64, i64)> = spent.buckets.iter().map(units).collect();
        (buckets.iter().fold(spent.forgotten, |sum, (_, units)| sum + units), buckets)
    }

    /// Removes buckets before this, and returns them.
    pub fn forget_before(&self, since_ms: i64) -> Vec<(i64, i64)> {
        let mut spent = self.spent_lock();
        let kept = spent.buckets.split_off(&since_ms);
        let gone = std::mem::replace(&mut spent.buckets, kept);
        if self.current.load().start_ms < since_ms {
            self.current.store(Bucket::none());
        }
        let gone: Vec<(i64, i64)> =
            gone.into_iter().map(|(start, bucket)| (start, bucket.units.load(Relaxed))).collect();
        spent.forgotten += gone.iter().map(|(_, units)| units).sum::<i64>();
        gone
    }

    /// A click of so many units was turned away. True when it is the first since [`Cell::forgive`].
    pub fn refuse(&self, units: i64) -> bool {
        if self.refused.load(Relaxed) <= units {
            return false;
        }
        self.refused.fetch_min(units, Relaxed) == NONE_REFUSED
    }

    /// The cheapest click that was turned away.
    pub fn refused(&self) -> Option<i64> {
        Some(self.refused.load(Relaxed)).filter(|units| *units != NONE_REFUSED)
    }

    pub fn forgive(&self) {
        self.refused.store(NONE_REFUSED, Relaxed);
    }

    /// What the last click took; 0 before the first.
    pub fn last_charge(&self) -> i64 {
        self.last_charge.load(Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn threads_never_take_more_than_there_is() {
        let cell = Cell::new(1_000, 0, []);
        let taken: i64 = std::thread::scope(|scope| {
            let take = |thread: i64| {
                let cell = &cell;
                move || {
                    (0..1_000).filter(|_| cell.take(1)).inspect(|i| cell.record((i + thread) % 8, 1)).count()
                }
            };
            let threads: Vec<_> = (0..8).map(|thread| scope.spawn(take(thread))).collect();
            threads.into_iter().map(|thread| thread.join().unwrap() as i64).sum()
        });
        assert_eq!((taken, cell.held()), (1_000, 0));
        let (spent, buckets) = cell.spent();
        assert_eq!((spent, buckets.len()), (1_000, 8));
        assert_eq!(cell.forget_before(4).len(), 4);
        assert_eq!(cell.spent().0, 1_000, "what is forgotten stays spent");
    }

    #[test]
    fn a_lease_ends_with_either_clock() {
        let cell = Cell::new(1, 0, []);
        let at = |steady_ms, wall_ms| Moment { steady_ms, wall_ms };
        assert!(!cell.is_valid(at(0, 0)));
        cell.renew(at(10, 1_010));
        assert!(cell.is_valid(at(9, 1_009)));
        assert!(!cell.is_valid(at(10, 1_009)), "time is up");
        assert!(!cell.is_valid(at(9, 5_000)), "the machine slept");
    }

    #[test]
    fn the_first_refusal_is_told() {
        let cell = Cell::new(0, 0, []);
        assert!(cell.refuse(5));
        assert!(!cell.refuse(3) && !cell.refuse(9));
        assert_eq!(cell.refused(), Some(3));
        cell.forgive();
        assert!(cell.refuse(9));
    }
}
