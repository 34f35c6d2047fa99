//! Whether this node knows a conversion already, exactly also for postbacks that come at the same moment.
//!
//! Postbacks of one conversion take turns: the next one is judged after the one before it is on disk, or was
//! refused. So a failed commit takes its verdict back by itself, since what is known is only ever read from
//! the disk. Postbacks of different conversions do not wait for each other; the turns are kept in shards.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use hashbrown::HashMap;
use tokio::sync::{Mutex as Turn, OwnedMutexGuard};
use traffoflex_conversion::verdict::Known;
use traffoflex_wire::codec;

use super::imported::{self, Imported};
use crate::outbox::{Outbox, postbacks::ConversionKey, postbacks::PostbackMark, store::StoreError};

const SHARDS: usize = 64;

pub struct Verdicts {
    outbox: Outbox,
    /// Conversions that have a postback under way.
    shards: [Shard; SHARDS],
    /// How long a conversion is known after its last postback.
    known_ms: i64,
}

type Shard = Mutex<HashMap<ConversionKey, Arc<Turn<()>>>>;

/// Ends the turn when it is dropped, and so does one that still waits for it.
pub struct MyTurn<'a> {
    shard: &'a Shard,
    conversion: ConversionKey,
    waiting: Option<Arc<Turn<()>>>,
    held: Option<OwnedMutexGuard<()>>,
}

impl Verdicts {
    pub fn new(outbox: Outbox, known_ms: i64) -> Self {
        Self { outbox, shards: std::array::from_fn(|_| Shard::default()), known_ms }
    }

    #[cfg(test)]
    pub fn under_way(&self) -> usize {
        self.shards.iter().map(|shard| lock(shard).len()).sum()
    }

    /// Waits until no other postback of the conversion is under way.
    pub async fn turn(&self, conversion: ConversionKey) -> MyTurn<'_> {
        let shard = &self.shards[conversion as usize % SHARDS];
        let turn = lock(shard).entry(conversion).or_default().clone();
        let mut mine = MyTurn { shard, conversion, waiting: Some(turn.clone()), held: None };
        mine.held = Some(turn.lock_owned().await);
        mine
    }

    /// Reads the disk: a page or two of it, most often cached. What cannot be read back is not known, since
    /// central has the last word anyway.
    pub fn known(&self, conversion: ConversionKey) -> Result<Option<Known>, StoreError> {
        let record = self.outbox.known_conversion(conversion)?;
        Ok(record.and_then(|record| codec::decode_record_of_any_age(&record, &mut Vec::new()).ok()))
    }

    /// The row of an import, if this node has taken it.
    pub fn imported(&self, key: &str) -> Result<Option<Imported>, StoreError> {
        let record = self.outbox.known_conversion(imported::table_key(key))?;
        Ok(record.and_then(|record| codec::decode_record_of_any_age(&record, &mut Vec::new()).ok()))
    }

    pub fn imported_mark(
        &self,
        key: &str,
        row: &Imported,
        now_ms: i64,
    ) -> Result<PostbackMark, codec::CodecError> {
        let (conversion, forget_ms) = (imported::table_key(key), now_ms.saturating_add(self.known_ms));
        Ok(PostbackMark::Known { conversion, forget_ms, record: codec::encode_record(row)? })
    }

    pub fn mark(
        &self,
        conversion: ConversionKey,
        known: &Known,
        now_ms: i64,
    ) -> Result<PostbackMark, codec::CodecError> {
        let forget_ms = now_ms.saturating_add(self.known_ms);
        Ok(PostbackMark::Known { conversion, forget_ms, record: codec::encode_record(known)? })
    }
}

impl Drop for MyTurn<'_> {
    fn drop(&mut self) {
        let mut shard = lock(self.shard);
        self.held = None;
        self.waiting = None;
        // Taken under this lock only, so nobody else has it when the map alone does.
        if shard.get(&self.conversion).is_some_and(|turn| Arc::strong_count(turn) == 1) {
            shard.remove(&self.conversion);
        }
    }
}

fn lock(shard: &Shard) -> MutexGuard<'_, HashMap<ConversionKey, Arc<Turn<()>>>> {
    shard.lock().unwrap_or_else(PoisonError::into_inner)
}
