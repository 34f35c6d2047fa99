//! What a transaction does to `outbound.redb`. See the module above for the tables.

use std::collections::HashSet;

use redb::{ReadableTable, ReadableTableMetadata, Table, TableDefinition, WriteTransaction};
use traffoflex_wire::codec;

use super::{
    job::{Death, Host, Job, key_hash},
    store::StoreError,
};

pub(super) const JOBS: TableDefinition<'_, u64, &[u8]> = TableDefinition::new("jobs");
/// Lane, when it is due, and attempts made.
pub(super) const QUEUE: TableDefinition<'_, u64, (u64, i64, u32)> = TableDefinition::new("queue");
/// Lane, when it is due, number.
pub(super) const DUE: TableDefinition<'_, (u64, i64, u64), ()> = TableDefinition::new("due");
/// Every known key: number of its job, or [`ENDED`].
const KEYS: TableDefinition<'_, u128, u64> = TableDefinition::new("keys");
const ENDS: TableDefinition<'_, (i64, u128), ()> = TableDefinition::new("ends");
pub(super) const DEATHS: TableDefinition<'_, u64, &[u8]> = TableDefinition::new("deaths");
pub(super) const META: TableDefinition<'_, &str, u64> = TableDefinition::new("meta");

/// Numbers of jobs begin with 1.
const ENDED: u64 = 0;
const NEXT_SEQ: &str = "next_seq";
/// Keys of ended jobs that one transaction forgets.
const MAX_FORGOTTEN: usize = 5_000;
/// Keys of ended jobs remembered at once; beyond, the oldest go early. About 80 bytes each, twice.
const MAX_REMEMBERED: u64 = 5_000_000;

/// What became of a job that was taken.
#[derive(Debug, Clone)]
pub(super) enum End {
    Delivered,
    Cancelled,
    /// After so many attempts.
    Failed {
        made: u32,
        next_at_ms: i64,
    },
    /// Nothing was tried: at another time.
    Postponed {
        next_at_ms: i64,
    },
    /// Nothing was tried: it goes elsewhere now.
    Moved {
        url: String,
    },
    Dead(Death),
}

impl End {
    /// When the job is due again, and where.
    pub fn next(&self, job: &Job, now_ms: i64) -> Option<Due> {
        match self {
            Self::Failed { next_at_ms, .. } | Self::Postponed { next_at_ms } => {
                Some((Host::of(&job.url), *next_at_ms))
            }
            Self::Moved { url } => Some((Host::of(url), now_ms)),
            Self::Delivered | Self::Cancelled | Self::Dead(_) => None,
        }
    }
}

/// Which dead letters. All of what is named has to fit.
#[derive(Debug, Clone, Default)]
pub(super) struct DeadFilter {
    pub target_id: Option<String>,
    pub workspace_id: Option<String>,
}

impl DeadFilter {
    pub fn takes_all(&self) -> bool {
        self.target_id.is_none() && self.workspace_id.is_none()
    }

    pub fn takes(&self, job: &Job) -> bool {
        let Self { target_id, workspace_id } = self;
        target_id.as_deref().is_none_or(|id| job.target.is(id))
            && workspace_id.as_deref().is_none_or(|id| &*job.workspace_id == id)
    }
}

/// Where and when there is something to do.
pub(super) type Due = (Host, i64);

pub(super) struct Tables<'t> {
    jobs: Table<'t, u64, &'static [u8]>,
    queue: Table<'t, u64, (u64, i64, u32)>,
    due: Table<'t, (u64, i64, u64), ()>,
    keys: Table<'t, u128, u64>,
    ends: Table<'t, (i64, u128), ()>,
    deaths: Table<'t, u64, &'static [u8]>,
    meta: Table<'t, &'static str, u64>,
}

impl<'t> Tables<'t> {
    pub fn open(write: &'t WriteTransaction) -> Result<Self, StoreError> {
        Ok(Self {
            jobs: write.open_table(JOBS)?,
            queue: write.open_table(QUEUE)?,
            due: write.open_table(DUE)?,
            keys: write.open_table(KEYS)?,
            ends: write.open_table(ENDS)?,
            deaths: write.open_table(DEATHS)?,
            meta: write.open_table(META)?,
        })
    }

    /// All of the jobs that are not known, or none: false when they do not fit.
    pub fn enqueue(
        &mut self,
        jobs: &[Job],
        now_ms: i64,
        max_jobs: u64,
        due: &mut Vec<Due>,
    ) -> Result<bool, StoreError> {
        let mut fresh: Vec<(u128, &Job)> = Vec::with_capacity(jobs.len());
        let mut seen = HashSet::with_capacity(jobs.len());
        for job in jobs {
            let hash = job.key_hash();
            if seen.insert(hash) && self.keys.get(hash)?.is_none() {
                fresh.push((hash, job));
            }
        }
        if self.queue.len()? + fresh.len() as u64 > max_jobs {
            return Ok(fresh.is_empty());
        }
        let mut seq = self.meta.get(NEXT_SEQ)?.map_or(1, |next| next.value());
        for (hash, job) in fresh {
            self.jobs.insert(seq, codec::encode_record(job)?.as_slice())?;
            self.keys.insert(hash, seq)?;
            due.push(self.put(seq, Host::of(&job.url), now_ms, 0)?);
            seq += 1;
        }
        self.meta.insert(NEXT_SEQ, seq)?;
        Ok(true)
    }

    /// False, and nothing changes, when the job is not in the queue any more. Saying it again changes nothing.
    pub fn settle(&mut self, seq: u64, end: &End, now_ms: i64) -> Result<bool, StoreError> {
        let Some((lane, before, attempts)) = self.queue.get(seq)?.map(|row| row.value()) else {
            return Ok(false);
        };
        self.due.remove((lane, before, seq))?;
        let Some(mut job) = self.job(seq)? else {
            // Damage. Nobody could do anything about it by trying again.
            tracing::error!(seq, "an outbound job is gone");
            self.queue.remove(seq)?;
            return Ok(false);
        };
        match end {
            End::Failed { made, next_at_ms } => {
                self.put(seq, Host::of(&job.url), *next_at_ms, *made)?;
            }
            End::Postponed { next_at_ms } => {
                self.put(seq, Host::of(&job.url), *next_at_ms, attempts)?;
            }
            End::Moved { url } => {
                job.url.clone_from(url);
                self.jobs.insert(seq, codec::encode_record(&job)?.as_slice())?;
                self.put(seq, Host::of(url), now_ms, attempts)?;
            }
            End::Delivered | End::Cancelled => {
                self.queue.remove(seq)?;
                self.jobs.remove(seq)?;
                self.remember(job.key_hash(), now_ms)?;
            }
            End::Dead(death) => {
                self.queue.remove(seq)?;
                self.deaths.insert(seq, codec::encode_record(death)?.as_slice())?;
            }
        }
        Ok(true)
    }

    fn put(&mut self, seq: u64, host: Host, at_ms: i64, attempts: u32) -> Result<Due, StoreError> {
        self.queue.insert(seq, (host.lane, at_ms, attempts))?;
        self.due.insert((host.lane, at_ms, seq), ())?;
        Ok((host, at_ms))
    }

    fn remember(&mut self, hash: u128, now_ms: i64) -> Result<(), StoreError> {
        self.keys.insert(hash, ENDED)?;
        self.ends.insert((now_ms, hash), ())?;
        Ok(())
    }

    fn job(&self, seq: u64) -> Result<Option<Job>, StoreError> {
        let Some(bytes) = self.jobs.get(seq)? else { return Ok(None) };
        Ok(Some(codec::decode_record_of_any_age(bytes.value(), &mut Vec::new())?))
    }

    /// Puts a dead letter back into the queue as if it had never been tried. False when the queue is full.
    fn revive(
        &mut self,
        seq: u64,
        now_ms: i64,
        max_jobs: u64,
        due: &mut Vec<Due>,
    ) -> Result<bool, StoreError> {
        if self.queue.len()? >= max_jobs {
            return Ok(false);
        }
        self.deaths.remove(seq)?;
        let Some(job) = self.job(seq)? else { return Err(StoreError::Missing { seq }) };
        due.push(self.put(seq, Host::of(&job.url), now_ms, 0)?);
        Ok(true)
    }

    /// Those of the keys that are dead and that the filter takes; how many, and whether all fitted.
    pub fn revive_keys(
        &mut self,
        keys: &[String],
        filter: &DeadFilter,
        now_ms: i64,
        max_jobs: u64,
        due: &mut Vec<Due>,
    ) -> Result<(u64, bool), StoreError> {
        let mut revived = 0;
        for key in keys {
            let Some(seq) = self.keys.get(key_hash(key))?.map(|seq| seq.value()) else { continue };
            let is_dead = self.deaths.get(seq)?.is_some();
            if !is_dead || !self.job(seq)?.is_some_and(|job| filter.takes(&job)) {
                continue;
            }
            if !self.revive(seq, now_ms, max_jobs, due)? {
                return Ok((revived, false));
            }
            revived += 1;
        }
        Ok((revived, true))
    }

    /// Some of the dead letters after `after` that the filter takes: how many, after which to go on, if at all,
    /// and whether all fitted.
    pub fn revive_some(
        &mut self,
        filter: &DeadFilter,
        after: u64,
        looked_at_most: usize,
        now_ms: i64,
        max_jobs: u64,
        due: &mut Vec<Due>,
    ) -> Result<(u64, Option<u64>, bool), StoreError> {
        let range = self.deaths.range(after + 1..)?.take(looked_at_most);
        let seqs = range.map(|row| Ok(row?.0.value())).collect::<Result<Vec<u64>, StoreError>>()?;
        let mut revived = 0;
        for seq in &seqs {
            let is_wanted = self.job(*seq)?.is_some_and(|job| filter.takes(&job));
            if is_wanted {
                if !self.revive(*seq, now_ms, max_jobs, due)? {
                    return Ok((revived, None, false));
                }
                revived += 1;
            }
        }
        Ok((revived, seqs.last().copied().filter(|_| seqs.len() == looked_at_most), true))
    }

    /// The oldest dead letters beyond the limit go, but for their keys. How many.
    pub fn bury(&mut self, max_dead: u64, now_ms: i64) -> Result<u64, StoreError> {
        let excess = self.deaths.len()?.saturating_sub(max_dead);
        for _ in 0..excess {
            let Some(seq) = self.deaths.pop_first()?.map(|(seq, _)| seq.value()) else { break };
            if let Some(job) = self.job(seq)? {
                self.remember(job.key_hash(), now_ms)?;
            }
            self.jobs.remove(seq)?;
        }
        Ok(excess)
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
            self.keys.remove(hash)?;
            surplus = surplus.saturating_sub(1);
            forgotten += 1;
        }
        Ok(forgotten == MAX_FORGOTTEN)
    }

    pub fn add(&mut self, total: &'static str, more: u64) -> Result<(), StoreError> {
        let before = self.meta.get(total)?.map_or(0, |total| total.value());
        self.meta.insert(total, before + more)?;
        Ok(())
    }
}
