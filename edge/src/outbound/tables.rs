//! What a transaction does to `outbound.redb`. See the module above for the tables.

mod ended;

use std::collections::{HashMap, HashSet, hash_map::Entry};

use redb::{ReadableTable, ReadableTableMetadata, Table, TableDefinition, WriteTransaction};
use traffoflex_wire::codec;

use super::{
    job::{Death, Host, Job, key_hash},
    store::{Dead, StoreError},
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
/// When it came into the queue, number.
pub(super) const AGES: TableDefinition<'_, (i64, u64), ()> = TableDefinition::new("ages");
/// Lane, and how many jobs it has in the queue.
const HOSTS: TableDefinition<'_, u64, u64> = TableDefinition::new("hosts");
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

/// Most jobs in the queue.
#[derive(Debug, Clone, Copy)]
pub(super) struct Room {
    pub jobs: u64,
    pub of_a_host: u64,
}

enum Revived {
    Yes,
    /// It stays a dead letter, and others are looked at.
    HostFull,
    Full,
}

pub(super) use ended::Again;

/// What became of jobs that were to be enqueued.
#[derive(Debug, Default)]
pub(super) struct Enqueued {
    /// Otherwise there was no room, and nothing changed.
    pub fits: bool,
    /// Those that are dead letters at once.
    pub died: Vec<Dead>,
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
    ages: Table<'t, (i64, u64), ()>,
    hosts: Table<'t, u64, u64>,
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
            ages: write.open_table(AGES)?,
            hosts: write.open_table(HOSTS)?,
            meta: write.open_table(META)?,
        })
    }

    /// All of the jobs that are not known, or none when they do not fit. Of a host that has its share of the queue,
    /// they are dead letters at once, so that it leaves room for others.
    pub fn enqueue(
        &mut self,
        jobs: &[Job],
        now_ms: i64,
        room: Room,
        due: &mut Vec<Due>,
    ) -> Result<Enqueued, StoreError> {
        let mut seen = HashSet::with_capacity(jobs.len());
        let mut held: HashMap<u64, u64> = HashMap::new();
        let (mut fresh, mut surplus) = (Vec::with_capacity(jobs.len()), Vec::new());
        for job in jobs {
            let hash = job.key_hash();
            if !seen.insert(hash) || self.keys.get(hash)?.is_some() {
                continue;
            }
            let (host, job) = (Host::of(&job.url), Job { queued_at_ms: now_ms, ..job.clone() });
            let of_host = match held.entry(host.lane) {
                Entry::Occupied(known) => known.into_mut(),
                Entry::Vacant(unknown) => unknown.insert(self.held_by(host.lane)?),
            };
            if *of_host >= room.of_a_host {
                surplus.push((hash, job));
            } else {
                *of_host += 1;
                fresh.push((hash, job, host));
            }
        }
        if !fresh.is_empty() && self.queue.len()? + fresh.len() as u64 > room.jobs {
            return Ok(Enqueued::default());
        }
        let mut seq = self.meta.get(NEXT_SEQ)?.map_or(1, |next| next.value());
        for (hash, job, host) in fresh {
            self.jobs.insert(seq, codec::encode_record(&job)?.as_slice())?;
            self.keys.insert(hash, seq)?;
            due.push(self.enter(seq, host, now_ms)?);
            seq += 1;
        }
        let mut died = Vec::with_capacity(surplus.len());
        for (hash, job) in surplus {
            let error = format!("{} calls wait for its host: no more are kept", room.of_a_host);
            let death = Death { attempts: 0, http_status: 0, error, died_at_ms: now_ms };
            self.jobs.insert(seq, codec::encode_record(&job)?.as_slice())?;
            self.keys.insert(hash, seq)?;
            self.deaths.insert(seq, codec::encode_record(&death)?.as_slice())?;
            died.push(Dead { job, death });
            seq += 1;
        }
        self.meta.insert(NEXT_SEQ, seq)?;
        Ok(Enqueued { fits: true, died })
    }

    fn held_by(&self, lane: u64) -> Result<u64, StoreError> {
        Ok(self.hosts.get(lane)?.map_or(0, |held| held.value()))
    }

    /// Into the queue, due at once.
    fn enter(&mut self, seq: u64, host: Host, now_ms: i64) -> Result<Due, StoreError> {
        self.ages.insert((now_ms, seq), ())?;
        self.count(host.lane, 1)?;
        self.put(seq, host, now_ms, 0)
    }

    fn leave(&mut self, seq: u64, lane: u64, queued_at_ms: i64) -> Result<(), StoreError> {
        self.queue.remove(seq)?;
        self.ages.remove((queued_at_ms, seq))?;
        self.count(lane, -1)
    }

    fn count(&mut self, lane: u64, more: i64) -> Result<(), StoreError> {
        match self.held_by(lane)?.saturating_add_signed(more) {
            0 => drop(self.hosts.remove(lane)?),
            held => drop(self.hosts.insert(lane, held)?),
        }
        Ok(())
    }

    /// Counts again what each host has, as the queue says.
    pub fn count_anew(&mut self) -> Result<(), StoreError> {
        self.hosts.retain(|_, _| false)?;
        let lanes = self.queue.iter()?.map(|row| Ok(row?.1.value().0));
        let lanes = lanes.collect::<Result<Vec<u64>, StoreError>>()?;
        let mut held: HashMap<u64, u64> = HashMap::new();
        lanes.into_iter().for_each(|lane| *held.entry(lane).or_default() += 1);
        for (lane, jobs) in held {
            self.hosts.insert(lane, jobs)?;
        }
        Ok(())
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
            self.count(lane, -1)?;
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
                let host = Host::of(url);
                self.count(lane, -1)?;
                self.count(host.lane, 1)?;
                self.put(seq, host, now_ms, attempts)?;
            }
            End::Delivered | End::Cancelled => {
                self.leave(seq, lane, job.queued_at_ms)?;
                self.jobs.remove(seq)?;
                self.remember(job.key_hash(), now_ms)?;
            }
            End::Dead(death) => {
                self.leave(seq, lane, job.queued_at_ms)?;
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

    fn job(&self, seq: u64) -> Result<Option<Job>, StoreError> {
        let Some(bytes) = self.jobs.get(seq)? else { return Ok(None) };
        Ok(Some(codec::decode_record_of_any_age(bytes.value(), &mut Vec::new())?))
    }

    /// Puts a dead letter back into the queue as if it had never been tried, unless its host has its share.
    fn revive(
        &mut self,
        seq: u64,
        job: Job,
        now_ms: i64,
        room: Room,
        due: &mut Vec<Due>,
    ) -> Result<Revived, StoreError> {
        if self.queue.len()? >= room.jobs {
            return Ok(Revived::Full);
        }
        let host = Host::of(&job.url);
        if self.held_by(host.lane)? >= room.of_a_host {
            return Ok(Revived::HostFull);
        }
        self.deaths.remove(seq)?;
        let job = Job { queued_at_ms: now_ms, ..job };
        self.jobs.insert(seq, codec::encode_record(&job)?.as_slice())?;
        due.push(self.enter(seq, host, now_ms)?);
        Ok(Revived::Yes)
    }

    /// Those of the keys that are dead and that the filter takes; how many, and whether all fitted.
    pub fn revive_keys(
        &mut self,
        keys: &[String],
        filter: &DeadFilter,
        now_ms: i64,
        room: Room,
        due: &mut Vec<Due>,
    ) -> Result<(u64, bool), StoreError> {
        let mut revived = 0;
        for key in keys {
            let Some(seq) = self.keys.get(key_hash(key))?.map(|seq| seq.value()) else { continue };
            if self.deaths.get(seq)?.is_none() {
                continue;
            }
            let Some(job) = self.job(seq)?.filter(|job| filter.takes(job)) else { continue };
            match self.revive(seq, job, now_ms, room, due)? {
                Revived::Yes => revived += 1,
                Revived::HostFull => {}
                Revived::Full => return Ok((revived, false)),
            }
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
        room: Room,
        due: &mut Vec<Due>,
    ) -> Result<(u64, Option<u64>, bool), StoreError> {
        let range = self.deaths.range(after + 1..)?.take(looked_at_most);
        let seqs = range.map(|row| Ok(row?.0.value())).collect::<Result<Vec<u64>, StoreError>>()?;
        let mut revived = 0;
        for seq in &seqs {
            let Some(job) = self.job(*seq)?.filter(|job| filter.takes(job)) else { continue };
            match self.revive(*seq, job, now_ms, room, due)? {
                Revived::Yes => revived += 1,
                Revived::HostFull => {}
                Revived::Full => return Ok((revived, None, false)),
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

    pub fn add(&mut self, total: &'static str, more: u64) -> Result<(), StoreError> {
        let before = self.meta.get(total)?.map_or(0, |total| total.value());
        self.meta.insert(total, before + more)?;
        Ok(())
    }
}
