//! A bounded map from 64-bit hashes to two points in time, in seconds, on many threads.
//!
//! 17 bytes a slot (key, two seconds, a control byte), and a table doubles when it is 7/8 full: 20 to 39
//! bytes an entry, so that 10 million entries take 200 to 390 MB. A full shard first gives up what has
//! expired, then its oldest eighth.

use std::sync::{Mutex, MutexGuard, PoisonError};

use hashbrown::{HashTable, hash_table::Entry as Slot};

/// A power of two; enough that threads rarely meet.
const SHARDS: usize = 64;
/// A shard that is full gives up at least this part of the time it spans.
const EVICTED_PART: u32 = 8;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    pub key: u64,
    /// What the entry is about happened then.
    pub at_s: u32,
    /// It means nothing from then on.
    pub until_s: u32,
}

pub struct ExpiringTable {
    shards: Box<[Mutex<HashTable<Entry>>]>,
    max_per_shard: usize,
}

impl ExpiringTable {
    pub fn new(max_entries: usize) -> Self {
        let shards = (0..SHARDS).map(|_| Mutex::default()).collect();
        Self { shards, max_per_shard: max_entries.div_ceil(SHARDS).max(1) }
    }

    pub fn get(&self, key: u64) -> Option<Entry> {
        self.shard(key).find(key, |entry| entry.key == key).copied()
    }

    /// Replaces the entry by what `next` makes of it, and returns that.
    pub fn update(&self, key: u64, now_s: u32, next: impl FnOnce(Option<Entry>) -> Entry) -> Entry {
        let mut shard = self.shard(key);
        if shard.len() >= self.max_per_shard && shard.find(key, |entry| entry.key == key).is_none() {
            make_room(&mut shard, now_s);
        }
        match shard.entry(key, |entry| entry.key == key, |entry| entry.key) {
            Slot::Occupied(mut slot) => {
                let entry = next(Some(*slot.get()));
                *slot.get_mut() = entry;
                entry
            }
            Slot::Vacant(slot) => *slot.insert(next(None)).get(),
        }
    }

    pub fn remove(&self, key: u64) {
        if let Ok(entry) = self.shard(key).find_entry(key, |entry| entry.key == key) {
            entry.remove();
        }
    }

    pub fn count(&self) -> usize {
        self.shards.iter().map(|shard| lock(shard).len()).sum()
    }

    /// Forgets what has expired, a shard at a time.
    pub fn expire(&self, now_s: u32) {
        for shard in &self.shards {
            lock(shard).retain(|entry| entry.until_s > now_s);
        }
    }

    /// The low bits choose the slot, the highest ones mark it: the shard is chosen by some in between.
    fn shard(&self, key: u64) -> MutexGuard<'_, HashTable<Entry>> {
        lock(&self.shards[(key >> 40) as usize & (SHARDS - 1)])
    }
}

fn make_room(shard: &mut HashTable<Entry>, now_s: u32) {
    let before = shard.len();
    shard.retain(|entry| entry.until_s > now_s);
    // A little room would be gone at once, and the whole shard be looked through again.
    if shard.len() <= before - before / EVICTED_PART as usize {
        return;
    }
    let times = || shard.iter().map(|entry| entry.at_s);
    let (oldest, latest) = (times().min().unwrap_or(0), times().max().unwrap_or(0));
    let cut = oldest + (latest - oldest) / EVICTED_PART;
    metrics::counter!("traffoflex_runtime_memory_evictions_total").increment(1);
    shard.retain(|entry| entry.at_s > cut);
}

fn lock(shard: &Mutex<HashTable<Entry>>) -> MutexGuard<'_, HashTable<Entry>> {
    shard.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn it_stays_within_its_bound_and_gives_up_the_oldest() {
        let table = ExpiringTable::new(SHARDS * 100);
        for n in 0..100_000_u32 {
            let key = u64::from(n).wrapping_mul(0x9E37_79B9_7F4A_7C15);
            table.update(key, n, |_| Entry { key, at_s: n, until_s: u32::MAX });
            assert_eq!(table.get(key).map(|entry| entry.at_s), Some(n));
        }
        assert!(table.count() <= SHARDS * 100, "{}", table.count());
        assert!(table.count() > SHARDS * 50, "{}", table.count());
        assert_eq!(table.get(0), None);
    }

    proptest! {
        #[test]
        fn as_a_map_while_there_is_room(steps in proptest::collection::vec((0..50_u64, 1..1000_u32, any::<bool>()), 0..200)) {
            let table = ExpiringTable::new(1 << 16);
            let mut model = std::collections::BTreeMap::new();
            for (key, until_s, expires) in steps {
                let key = key.wrapping_mul(0x9E37_79B9_7F4A_7C15);
                if expires {
                    table.expire(until_s);
                    model.retain(|_, entry: &mut Entry| entry.until_s > until_s);
                } else {
                    let entry = Entry { key, at_s: 1, until_s };
                    table.update(key, 0, |before| {
                        assert_eq!(before, model.get(&key).copied());
                        entry
                    });
                    model.insert(key, entry);
                }
                prop_assert_eq!(table.count(), model.len());
            }
        }
    }
}
