//! Which links for one click were used, on this node.
//!
//! A nonce is claimed in memory, so that of two clicks at once one is told, and kept by the outbox in the
//! transaction of the click's own event: the click is answered after that, whatever `OUTBOX_ACK` says, and a
//! restart knows it again. It is forgotten once its link has expired. None is forgotten before: when there
//! are too many, links for one click are refused until some expire.
//!
//! A node knows the nonces that it saw. Behind several nodes a link is good for one click on each of them,
//! unless whoever spreads the traffic sends a path always to the same node.

use std::{
    collections::{HashMap, hash_map::Entry},
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicI64, AtomicUsize, Ordering::Relaxed},
    },
};

use metrics::Gauge;

use crate::outbox::{Outbox, marks::NONCE_BYTES, store::StoreError};

/// A power of two; enough that threads rarely meet.
const SHARDS: usize = 64;
/// A nonce outlives its link by this, should the clock be set back meanwhile.
pub const MARGIN_MS: i64 = 3_600_000;
/// Least time between two searches for what may be forgotten.
const SWEEP_INTERVAL_MS: i64 = 1_000;

type Nonce = [u8; NONCE_BYTES];

pub struct Nonces {
    /// When each may be forgotten, UTC milliseconds.
    shards: Box<[Mutex<HashMap<Nonce, i64>>]>,
    len: AtomicUsize,
    max: usize,
    swept_at_ms: AtomicI64,
    held: Gauge,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Claim {
    /// Nobody has used it, and nobody else will.
    Taken,
    Used,
    /// No room for another one.
    Full,
}

impl Nonces {
    pub fn new(max: usize) -> Self {
        Self {
            shards: (0..SHARDS).map(|_| Mutex::default()).collect(),
            len: AtomicUsize::new(0),
            max,
            swept_at_ms: AtomicI64::new(0),
            held: metrics::gauge!("traffoflex_link_nonces"),
        }
    }

    /// Those that the outbox kept.
    pub fn load(outbox: &Outbox, max: usize, now_ms: i64) -> Result<Self, StoreError> {
        let nonces = Self::new(max);
        for (nonce, forget_ms) in outbox.nonces()?.into_iter().filter(|(_, forget_ms)| *forget_ms > now_ms) {
            nonces.shard(&nonce).insert(nonce, forget_ms);
        }
        let held = nonces.shards.iter().map(|shard| lock(shard).len()).sum();
        nonces.len.store(held, Relaxed);
        nonces.held.set(held as f64);
        Ok(nonces)
    }

    pub fn claim(&self, nonce: Nonce, forget_ms: i64, now_ms: i64) -> Claim {
        if self.len.load(Relaxed) >= self.max {
            self.sweep(now_ms);
        }
        let mut shard = self.shard(&nonce);
        let Entry::Vacant(slot) = shard.entry(nonce) else { return Claim::Used };
        let one_more = |held: usize| (held < self.max).then_some(held + 1);
        match self.len.fetch_update(Relaxed, Relaxed, one_more) {
            Ok(held) => {
                slot.insert(forget_ms);
                self.held.set((held + 1) as f64);
                Claim::Taken
            }
            Err(_) => Claim::Full,
        }
    }

    /// The click that claimed it was not answered with a redirect after all.
    pub fn release(&self, nonce: &Nonce) {
        if self.shard(nonce).remove(nonce).is_some() {
            self.len.fetch_sub(1, Relaxed);
        }
    }

    fn sweep(&self, now_ms: i64) {
        let last = self.swept_at_ms.load(Relaxed);
        let is_due = now_ms.abs_diff(last) >= SWEEP_INTERVAL_MS as u64;
        if !is_due || self.swept_at_ms.compare_exchange(last, now_ms, Relaxed, Relaxed).is_err() {
            return;
        }
        for shard in &self.shards {
            let mut shard = lock(shard);
            let before = shard.len();
            shard.retain(|_, forget_ms| *forget_ms > now_ms);
            self.len.fetch_sub(before - shard.len(), Relaxed);
        }
        self.held.set(self.len.load(Relaxed) as f64);
    }

    /// Nonces are random: any of their bytes spreads them.
    fn shard(&self, nonce: &Nonce) -> MutexGuard<'_, HashMap<Nonce, i64>> {
        lock(&self.shards[usize::from(nonce[0]) % SHARDS])
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_many_clicks_at_once_one_takes_it() {
        let nonces = Nonces::new(10);
        let taken = std::thread::scope(|scope| {
            let claims: Vec<_> = (0..16).map(|_| scope.spawn(|| nonces.claim([7; 16], 100, 1))).collect();
            claims.into_iter().map(|claim| claim.join().unwrap()).collect::<Vec<_>>()
        });
        assert_eq!(taken.iter().filter(|claim| **claim == Claim::Taken).count(), 1);
        nonces.release(&[7; 16]);
        assert_eq!(nonces.claim([7; 16], 100, 1), Claim::Taken);
    }

    #[test]
    fn nothing_that_still_counts_makes_room() {
        let nonces = Nonces::new(2);
        assert_eq!(nonces.claim([1; 16], 10_000, 1), Claim::Taken);
        assert_eq!(nonces.claim([2; 16], 20_000, 1), Claim::Taken);
        assert_eq!(nonces.claim([3; 16], 30_000, 5_000), Claim::Full);
        assert_eq!(nonces.claim([1; 16], 10_000, 5_000), Claim::Used, "also when full");
        assert_eq!(nonces.claim([3; 16], 30_000, 10_000), Claim::Taken);
        assert_eq!(nonces.claim([2; 16], 20_000, 10_000), Claim::Used);
    }
}
