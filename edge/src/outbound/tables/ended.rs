//! Keys of calls that ended: remembered for a while, forgotten then, or made to live again.

use redb::ReadableTable;

use super::{Due, ENDED, Enqueued, MAX_FORGOTTEN, MAX_REMEMBERED, Revived, Room, Tables};
use crate::outbound::{
    job::{Host, Job},
    store::StoreError,
};

/// What became of a call that was to be made again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::outbound) enum Again {
    Queued,
    /// It is in the queue, and nothing changed.
    UnderWay,
    /// There was no room, and nothing changed.
    Full,
}

impl Tables<'_> {
    /// Puts a call into the queue that ended, was given up, or was never heard of here.
    pub fn again(
        &mut self,
        job: &Job,
        now_ms: i64,
        room: Room,
        due: &mut Vec<Due>,
    ) -> Result<Again, StoreError> {
        // Otherwise it would be a dead letter at once.
        if self.held_by(Host::of(&job.url).lane)? >= room.of_a_host {
            return Ok(Again::Full);
        }
        let hash = job.key_hash();
        let known = self.keys.get(hash)?.map(|seq| seq.value());
        match known {
            // When it ended stays written down: at worst the key is forgotten that much earlier.
            Some(ENDED) => drop(self.keys.remove(hash)?),
            Some(seq) if self.deaths.get(seq)?.is_some() => {
                let Some(dead) = self.job(seq)? else { return Ok(Again::UnderWay) };
                return Ok(match self.revive(seq, dead, now_ms, room, due)? {
                    Revived::Yes => Again::Queued,
                    Revived::HostFull | Revived::Full => Again::Full,
                });
            }
            Some(_) => return Ok(Again::UnderWay),
            None => {}
        }
        let Enqueued { fits, .. } = self.enqueue(std::slice::from_ref(job), now_ms, room, due)?;
        if !fits && known == Some(ENDED) {
            self.keys.insert(hash, ENDED)?;
        }
        Ok(if fits { Again::Queued } else { Again::Full })
    }

    pub(super) fn remember(&mut self, hash: u128, now_ms: i64) -> Result<(), StoreError> {
        self.keys.insert(hash, ENDED)?;
        self.ends.insert((now_ms, hash), ())?;
        Ok(())
    }

    /// Forgets some keys of jobs that ended before, and of those that are too many. True when there may be more.
    pub fn forget(&mut self, before_ms: i64) -> Result<bool, StoreError> {
        let mut surplus = self.ends.len()?.saturating_sub(MAX_REMEMBERED);
        let mut forgotten = 0;
        while forgotten < MAX_FORGOTTEN {
            let Some((at, hash)) = self.ends.first()?.map(|(end, _)| end.value()) else { break };
            if at >= before_ms && surplus == 0 {
                break;
            }
            self.ends.remove((at, hash))?;
            // One that is made again is in the queue under its key.
            let is_ended = self.keys.get(hash)?.is_some_and(|seq| seq.value() == ENDED);
            if is_ended {
                self.keys.remove(hash)?;
            }
            surplus = surplus.saturating_sub(1);
            forgotten += 1;
        }
        Ok(forgotten == MAX_FORGOTTEN)
    }
}
