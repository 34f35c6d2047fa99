//! `outbound.redb`: the file under the queue. One thread writes, everybody reads.

use std::{
    collections::HashSet,
    panic::{AssertUnwindSafe, catch_unwind},
    path::{Path, PathBuf},
    sync::RwLock,
};

use redb::{
    Database, ReadOnlyTable, ReadTransaction, ReadableDatabase, ReadableTable, ReadableTableMetadata,
    WriteTransaction,
};
use traffoflex_wire::codec::{self, CodecError};

use super::{
    job::{Death, Host, Job, Queued},
    tables::{AGES, DEATHS, DUE, DeadFilter, Due, JOBS, META, QUEUE, Tables},
};
use crate::database_file::{self, OpenError, SetAside};

pub const FILE_NAME: &str = "outbound.redb";
/// redb's page cache. A job is read soon after it was written, or much later.
const CACHE_BYTES: usize = 32 << 20;

#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error(transparent)]
    Open(#[from] OpenError),
    #[error("{0}")]
    Redb(Box<redb::Error>),
    #[error("a record that this build cannot read or write: {0}")]
    Codec(#[from] CodecError),
    #[error("job {seq} is in a list and nowhere else")]
    Missing { seq: u64 },
    #[error("the file is being opened again after an error")]
    Reopening,
    #[error("redb panicked")]
    Panicked,
}

database_file::from_redb!(StoreError::Redb);

pub(super) struct Store {
    path: PathBuf,
    /// None while it is being reopened.
    database: RwLock<Option<Database>>,
}

/// Jobs of one host that are asked for.
#[derive(Debug, Clone)]
pub(super) struct Wanted {
    pub lane: u64,
    pub limit: usize,
    /// Taken already.
    pub except: HashSet<u64>,
}

#[derive(Debug)]
pub(super) struct Found {
    pub lane: u64,
    pub jobs: Vec<Queued>,
    /// Those that this build cannot read.
    pub unreadable: Vec<u64>,
    /// When the first of those is due that are neither taken nor found.
    pub next_at_ms: Option<i64>,
}

/// How much there is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Held {
    pub queued: u64,
    pub dead: u64,
    /// When the oldest job became due; none without any.
    pub oldest_ms: Option<i64>,
}

/// A dead letter as it is listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Dead {
    pub job: Job,
    pub death: Death,
}

impl Store {
    pub fn open(dir: &Path, now_ms: i64) -> Result<(Self, Option<SetAside>), StoreError> {
        let path = dir.join(FILE_NAME);
        let readable = |database: &Database| check(database).map_err(|error| error.to_string());
        let opened = database_file::open(&path, CACHE_BYTES, now_ms, readable)?;
        Ok((Self { path, database: RwLock::new(Some(opened.database)) }, opened.set_aside))
    }

    /// One transaction, on disk when it returns.
    pub fn write<T>(
        &self,
        work: impl FnOnce(&mut Tables<'_>) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        self.with(|database| {
            let write = database.begin_write()?;
            let done = in_tables(&write, work)?;
            write.commit()?;
            Ok(done)
        })
    }

    /// After an error redb may refuse further work: opens the file anew.
    pub fn reopen(&self) -> Result<(), StoreError> {
        let slot = || self.database.write().unwrap_or_else(|poisoned| poisoned.into_inner());
        *slot() = None;
        let path = &self.path;
        // Not created: an empty file in its place would forget every job.
        let open = || Ok(Database::builder().set_cache_size(CACHE_BYTES).open(path)?);
        let database = unpanicked(open)?;
        *slot() = Some(database);
        Ok(())
    }

    /// Of each lane the first jobs that are due. One that cannot be read is left where it is.
    pub fn due(&self, wanted: &[Wanted], now_ms: i64) -> Result<Vec<Found>, StoreError> {
        self.read(|read| {
            let (due, queue, jobs) = (read.open_table(DUE)?, read.open_table(QUEUE)?, read.open_table(JOBS)?);
            let mut all = Vec::with_capacity(wanted.len());
            for Wanted { lane, limit, except } in wanted {
                let mut found =
                    Found { lane: *lane, jobs: Vec::new(), unreadable: Vec::new(), next_at_ms: None };
                for row in due.range((*lane, i64::MIN, 0)..=(*lane, i64::MAX, u64::MAX))? {
                    let (_, at_ms, seq) = row?.0.value();
                    if except.contains(&seq) {
                        continue;
                    }
                    if at_ms > now_ms || found.jobs.len() == *limit {
                        found.next_at_ms = Some(at_ms);
                        break;
                    }
                    let queued = queue.get(seq)?.map_or(0, |row| row.value().2);
                    match read_job(&jobs, seq) {
                        Ok(job) => found.jobs.push(Queued { seq, attempts: queued, job }),
                        Err(error @ (StoreError::Missing { .. } | StoreError::Codec(_))) => {
                            tracing::error!(seq, %error, "an outbound job stays undone");
                            found.unreadable.push(seq);
                        }
                        Err(error) => return Err(error),
                    }
                }
                all.push(found);
            }
            Ok(all)
        })
    }

    /// Jobs that came into the queue before, the oldest first.
    pub fn aged(&self, before_ms: i64, limit: usize) -> Result<Vec<Queued>, StoreError> {
        self.read(|read| {
            let (ages, queue, jobs) =
                (read.open_table(AGES)?, read.open_table(QUEUE)?, read.open_table(JOBS)?);
            let mut aged = Vec::new();
            for row in ages.range(..(before_ms, 0))?.take(limit) {
                let (_, seq) = row?.0.value();
                // One that this build cannot read was named when it was due.
                if let (Some(row), Ok(job)) = (queue.get(seq)?, read_job(&jobs, seq)) {
                    aged.push(Queued { seq, attempts: row.value().2, job });
                }
            }
            Ok(aged)
        })
    }

    /// Every host that has jobs, and when its first one is due: a seek for each, however many jobs there are.
    pub fn lanes(&self) -> Result<Vec<Due>, StoreError> {
        self.read(|read| {
            let (due, jobs) = (read.open_table(DUE)?, read.open_table(JOBS)?);
            let (mut lanes, mut from) = (Vec::new(), Some(0));
            while let Some(lane) = from {
                let Some(row) = due.range((lane, i64::MIN, 0)..)?.next() else { break };
                let (lane, at_ms, seq) = row?.0.value();
                // One that cannot be read is found out about when it is due.
                let label = read_job(&jobs, seq).map(|job| Host::of(&job.url).label).unwrap_or_default();
                lanes.push((Host { lane, label }, at_ms));
                from = lane.checked_add(1);
            }
            Ok(lanes)
        })
    }

    /// Latest first: so many after the first `offset`, and how many there are.
    pub fn dead_letters(
        &self,
        filter: &DeadFilter,
        limit: usize,
        offset: usize,
    ) -> Result<(Vec<Dead>, u64), StoreError> {
        self.read(|read| {
            let (deaths, jobs) = (read.open_table(DEATHS)?, read.open_table(JOBS)?);
            let (mut page, mut total) = (Vec::new(), 0);
            if filter.takes_all() {
                for row in deaths.iter()?.rev().skip(offset).take(limit) {
                    let (seq, death) = row?;
                    let death = codec::decode_record_of_any_age(death.value(), &mut Vec::new())?;
                    page.push(Dead { job: read_job(&jobs, seq.value())?, death });
                }
                return Ok((page, deaths.len()?));
            }
            for row in deaths.iter()?.rev() {
                let (seq, death) = row?;
                let seq = seq.value();
                let job = read_job(&jobs, seq)?;
                if !filter.takes(&job) {
                    continue;
                }
                if total >= offset as u64 && page.len() < limit {
                    let death = codec::decode_record_of_any_age(death.value(), &mut Vec::new())?;
                    page.push(Dead { job, death });
                }
                total += 1;
            }
            Ok((page, total))
        })
    }

    pub fn held(&self) -> Result<Held, StoreError> {
        self.read(|read| {
            let (queue, deaths, jobs) =
                (read.open_table(QUEUE)?, read.open_table(DEATHS)?, read.open_table(JOBS)?);
            let oldest_ms = match queue.first()? {
                None => None,
                Some((seq, _)) => read_job(&jobs, seq.value()).ok().map(|job| job.created_at_ms),
            };
            Ok(Held { queued: queue.len()?, dead: deaths.len()?, oldest_ms })
        })
    }

    /// A sum that outlives restarts.
    pub fn total(&self, name: &str) -> Result<u64, StoreError> {
        self.read(|read| Ok(read.open_table(META)?.get(name)?.map_or(0, |total| total.value())))
    }

    fn read<T>(&self, work: impl FnOnce(&ReadTransaction) -> Result<T, StoreError>) -> Result<T, StoreError> {
        self.with(|database| work(&database.begin_read()?))
    }

    fn with<T>(&self, work: impl FnOnce(&Database) -> Result<T, StoreError>) -> Result<T, StoreError> {
        let slot = self.database.read().unwrap_or_else(|poisoned| poisoned.into_inner());
        let database = slot.as_ref().ok_or(StoreError::Reopening)?;
        unpanicked(|| work(database))
    }
}

fn read_job(jobs: &ReadOnlyTable<u64, &'static [u8]>, seq: u64) -> Result<Job, StoreError> {
    let Some(job) = jobs.get(seq)? else { return Err(StoreError::Missing { seq }) };
    Ok(codec::decode_record_of_any_age(job.value(), &mut Vec::new())?)
}

fn in_tables<T>(
    write: &WriteTransaction,
    work: impl FnOnce(&mut Tables<'_>) -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    work(&mut Tables::open(write)?)
}

/// Makes the tables, and walks through what later work relies on.
fn check(database: &Database) -> Result<(), StoreError> {
    let write = database.begin_write()?;
    in_tables(&write, |tables| tables.count_anew())?;
    write.commit()?;
    let read = database.begin_read()?;
    let jobs = read.open_table(JOBS)?;
    for row in read.open_table(QUEUE)?.iter()? {
        let seq = row?.0.value();
        if jobs.get(seq)?.is_none() {
            return Err(StoreError::Missing { seq });
        }
    }
    for row in read.open_table(DUE)?.iter()? {
        row?;
    }
    Ok(())
}

/// redb reports some damage by a panic deep in its page code.
fn unpanicked<T>(work: impl FnOnce() -> Result<T, StoreError>) -> Result<T, StoreError> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or(Err(StoreError::Panicked))
}

#[cfg(test)]
mod tests;
