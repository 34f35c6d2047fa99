//! Whether this node knows a conversion already, exactly also for postbacks that come at the same moment.
//!
//! Postbacks of one conversion take turns: the next one is judged after the one before it is on disk, or was
//! refused. So a failed commit takes its verdict back by itself, since what is known is only ever read from
//! the disk. Postbacks of different conversions do not wait for each other; the turns are kept in shards.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use hashbrown::HashMap;
use serde::{Deserialize, Serialize};
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

/// What this node has heard of a conversion. Kept as a record: fields are only added at the end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KnownHere {
    pub known: Known,
    /// When the last postback came, UTC milliseconds.
    pub received_ms: i64,
}

/// When a postback came: by the clock, and behind the one before of its conversion also when that was set back,
/// since central goes by these times.
pub fn later(known: Option<&KnownHere>, now_ms: i64) -> i64 {
    known.map_or(now_ms, |here| now_ms.max(here.received_ms.saturating_add(1)))
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
    pub fn known(&self, conversion: ConversionKey) -> Result<Option<KnownHere>, StoreError> {
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
        known: &KnownHere,
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

#[cfg(test)]
mod tests {
    use traffoflex_conversion::verdict::Said;
    use traffoflex_model::{ConversionStatus, Currency};

    use super::*;

    #[test]
    fn a_postback_comes_after_the_one_before_whatever_the_clock_does() {
        let current =
            Said { status: ConversionStatus::Sale, payout: Default::default(), currency: Currency::USD };
        let known = Known { current, earlier: Vec::new() };
        let at = |received_ms: i64| KnownHere { known: known.clone(), received_ms };
        assert_eq!(later(None, 50), 50);
        assert_eq!(later(Some(&at(40)), 50), 50);
        assert_eq!((later(Some(&at(50)), 50), later(Some(&at(9_000)), 50)), (51, 9_001));
        // What an older build kept says no time.
        let record = codec::encode_record(&known).unwrap();
        let read: KnownHere = codec::decode_record_of_any_age(&record, &mut Vec::new()).unwrap();
        assert_eq!(read, at(0));
    }
}
