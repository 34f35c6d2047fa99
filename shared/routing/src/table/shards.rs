//! A map from text to values that hold their own key, split into shards that versions share.

use std::sync::Arc;

use hashbrown::HashTable;
use xxhash_rust::xxh3::xxh3_64;

/// A power of two. A million entries make about a thousand a shard: copying one takes some 10 us.
pub const SHARDS: usize = 1024;

pub struct Shards<V> {
    shards: Box<[Arc<HashTable<V>>]>,
    key: fn(&V) -> &str,
    len: usize,
}

impl<V> Clone for Shards<V> {
    fn clone(&self) -> Self {
        Self { shards: self.shards.clone(), key: self.key, len: self.len }
    }
}

impl<V: Clone> Shards<V> {
    pub fn new(key: fn(&V) -> &str) -> Self {
        let empty = Arc::new(HashTable::new());
        Self { shards: vec![empty; SHARDS].into(), key, len: 0 }
    }

    pub fn len(&self) -> usize {
        self.len
    }

    pub fn get(&self, key: &str) -> Option<&V> {
        let hash = hash(key);
        self.shards[shard(hash)].find(hash, |value| (self.key)(value) == key)
    }

    pub fn iter(&self) -> impl Iterator<Item = &V> {
        self.shards.iter().flat_map(|shard| shard.iter())
    }

    /// Replaces the value of the same key.
    pub fn insert(&mut self, value: V) {
        let key_of = self.key;
        let hash = hash(key_of(&value));
        let table = Arc::make_mut(&mut self.shards[shard(hash)]);
        match table.find_mut(hash, |other| key_of(other) == key_of(&value)) {
            Some(other) => *other = value,
            None => {
                table.insert_unique(hash, value, |value| xxh3_64(key_of(value).as_bytes()));
                self.len += 1;
            }
        }
    }

    pub fn remove(&mut self, key: &str) -> Option<V> {
        let (hash, key_of) = (hash(key), self.key);
        let table = Arc::make_mut(&mut self.shards[shard(hash)]);
        let entry = table.find_entry(hash, |value| key_of(value) == key).ok()?;
        self.len -= 1;
        Some(entry.remove().0)
    }
}

fn hash(key: &str) -> u64 {
    xxh3_64(key.as_bytes())
}

/// Bits from the middle: the table itself uses the lowest and the highest ones.
fn shard(hash: u64) -> usize {
    (hash >> 32) as usize & (SHARDS - 1)
}
