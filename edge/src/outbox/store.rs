//! `outbox.redb`: the file under the outbox.

use std::{
    io::Write,
    panic::{AssertUnwindSafe, catch_unwind},
    path::{Path, PathBuf},
    sync::{Mutex, RwLock, TryLockError},
    time::{Duration, Instant},
};

use redb::{Database, ReadableDatabase, ReadableTable, TableDefinition};

use traffoflex_routing::{
    cap::{CapId, Charge},
    click_id::RAW_BYTES,
};

use super::{
    block::{self, BlockError},
    marks::{self, KeptVisit, Mark, NONCE_BYTES, SweepCursor},
};
use crate::database_file::{self, OpenError, SetAside};

const BLOCKS: TableDefinition<'_, u64, &[u8]> = TableDefinition::new("blocks");
const QUARANTINE: TableDefinition<'_, u64, &[u8]> = TableDefinition::new("quarantine");
const META: TableDefinition<'_, &str, u64> = TableDefinition::new("meta");
const EPOCH: &str = "epoch";
const NEXT_SEQ: &str = "next_seq";
pub const FILE_NAME: &str = "outbox.redb";
/// Keeps the last epoch beside the file, so that a new file's is higher even if the clock went back.
const EPOCH_FILE_NAME: &str = "outbox.epoch";
/// Longest a sweep of marks keeps the writer from clicks.
const SWEEP_TIME: Duration = Duration::from_millis(20);
/// redb's page cache; blocks are read once, soon after they were written.
const CACHE_BYTES: usize = 32 << 20;

#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error(transparent)]
    Open(#[from] OpenError),
    #[error("{0}")]
    Redb(Box<redb::Error>),
    #[error("{path}: {source}")]
    EpochFile { path: PathBuf, source: std::io::Error },
    #[error("the outbox is being opened again after an error")]
    Reopening,
    #[error("redb panicked")]
    Panicked,
    #[error("{path} is another file than the one this node began with: restart it")]
    Replaced { path: PathBuf },
    #[error("block {first_seq}: {source}")]
    Block { first_seq: u64, source: BlockError },
}

database_file::from_redb!(StoreError::Redb);

/// What the file held when it was opened.
#[derive(Debug)]
pub struct OpenedStore {
    pub epoch: u64,
    pub next_seq: u64,
    pub held: Held,
    pub quarantined_blocks: u64,
    pub set_aside: Option<SetAside>,
}

/// Blocks not yet drained.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Held {
    pub blocks: u64,
    pub events: u64,
    pub bytes: u64,
    /// Commit time of the oldest block; 0 without any.
    pub oldest_ms: i64,
}

pub struct Store {
    path: PathBuf,
    epoch: u64,
    /// None while it is being reopened. Readers are the drain's; the writer thread alone writes.
    database: RwLock<Option<Database>>,
    /// First numbers of blocks that may go, for the next commit.
    acknowledged: Mutex<Vec<u64>>,
    /// Of caps, no longer needed, for the next commit.
    settled: Mutex<Vec<(CapId, i64)>>,
    sweep_cursor: Mutex<SweepCursor>,
}

/// One block read back for the drain.
pub struct StoredBlock {
    pub first_seq: u64,
    pub bytes: Vec<u8>,
}

impl Store {
    pub fn open(dir: &Path, now_ms: i64) -> Result<(Self, OpenedStore), StoreError> {
        let path = dir.join(FILE_NAME);
        let readable = |database: &Database| {
            let read = inspect(database).and_then(|_| marks::check(database));
            read.map_err(|error| error.to_string())
        };
        let opened = database_file::open(&path, CACHE_BYTES, now_ms, readable)?;
        let epoch = ensure_epoch(&opened.database, &dir.join(EPOCH_FILE_NAME), now_ms)?;
        let (next_seq, held, quarantined_blocks) = inspect(&opened.database)?;
        let store = Self {
            path,
            epoch,
            database: RwLock::new(Some(opened.database)),
            acknowledged: Mutex::default(),
            settled: Mutex::default(),
            sweep_cursor: Mutex::default(),
        };
        Ok((store, OpenedStore { epoch, next_seq, held, quarantined_blocks, set_aside: opened.set_aside }))
    }

    /// Writes a block (none: only removes what was acknowledged) and `next_seq` in one transaction
    /// with one fsync. Returns the bytes that removed blocks freed. Only for the writer thread.
    pub fn commit<'m>(
        &self,
        block: Option<(u64, &[u8])>,
        next_seq: u64,
        marks: impl Iterator<Item = &'m Mark> + Clone,
    ) -> Result<u64, StoreError> {
        let acknowledged = std::mem::take(&mut *lock(&self.acknowledged));
        let settled = std::mem::take(&mut *lock(&self.settled));
        let mut freed = 0;
        let work = |database: &Database| {
            let write = database.begin_write()?;
            {
                let mut blocks = write.open_table(BLOCKS)?;
                for first_seq in &acknowledged {
                    freed += blocks.remove(first_seq)?.map_or(0, |bytes| bytes.value().len() as u64);
                }
                if let Some((first_seq, bytes)) = block {
                    blocks.insert(first_seq, bytes)?;
                    write.open_table(META)?.insert(NEXT_SEQ, next_seq)?;
                }
            }
            marks::write(&write, marks.clone())?;
            marks::forget_spent(&write, &settled)?;
            Ok(write.commit()?)
        };
        match unpanicked(|| self.with(work)) {
            Ok(()) => Ok(freed),
            Err(error) => {
                lock(&self.acknowledged).extend(acknowledged);
                lock(&self.settled).extend(settled);
                Err(error)
            }
        }
    }

    /// After an I/O error redb refuses further work: open the file anew. Returns `next_seq` and what
    /// is held.
    pub fn reopen(&self) -> Result<(u64, Held), StoreError> {
        let slot = || self.database.write().unwrap_or_else(|poisoned| poisoned.into_inner());
        // Not held while the file is walked through, which can take long.
        *slot() = None;
        let open = || {
            // Not created: a new file would give numbers of this epoch again.
            let database = Database::builder().set_cache_size(CACHE_BYTES).open(&self.path)?;
            let (next_seq, held, _) = inspect(&database)?;
            Ok::<_, StoreError>((database, next_seq, held))
        };
        let (database, next_seq, held) = unpanicked(open)?;
        if epoch_of(&database)? != Some(self.epoch) {
            return Err(StoreError::Replaced { path: self.path.clone() });
        }
        *slot() = Some(database);
        Ok((next_seq, held))
    }

    /// The sink has everything of these blocks.
    pub fn acknowledge(&self, first_seqs: impl IntoIterator<Item = u64>) {
        lock(&self.acknowledged).extend(first_seqs);
    }

    /// Whether a commit would have something to remove.
    pub fn has_acknowledged(&self) -> bool {
        !lock(&self.acknowledged).is_empty() || !lock(&self.settled).is_empty()
    }

    pub fn epoch(&self) -> u64 {
        self.epoch
    }

    /// These sums of what was spent are not needed any more.
    pub fn forget_spent(&self, spent: impl IntoIterator<Item = (CapId, i64)>) {
        lock(&self.settled).extend(spent);
    }

    /// All that was spent of caps and not forgotten.
    pub fn spent(&self) -> Result<Vec<Charge>, StoreError> {
        self.with(marks::spent)
    }

    pub fn visits(&self, take: impl FnMut(KeptVisit)) -> Result<(), StoreError> {
        self.with(|database| marks::visits(database, take))
    }

    pub fn nonces(&self) -> Result<Vec<([u8; NONCE_BYTES], i64)>, StoreError> {
        self.with(marks::nonces)
    }

    /// The encoded event of a click that went to a landing page.
    pub fn landing(&self, click_id: &[u8; RAW_BYTES]) -> Result<Option<Vec<u8>>, StoreError> {
        // A click waits for the disk, and not for a file that is being opened again.
        let slot = match self.database.try_read() {
            Ok(slot) => slot,
            Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
            Err(TryLockError::WouldBlock) => return Err(StoreError::Reopening),
        };
        let database = slot.as_ref().ok_or(StoreError::Reopening)?;
        unpanicked(|| marks::landing(database, click_id))
    }

    /// Removes some of the marks that are past their time. Only for the writer thread.
    pub fn sweep(&self, now_ms: i64) -> Result<(), StoreError> {
        let mut cursor = lock(&self.sweep_cursor);
        let work = |database: &Database| {
            let write = database.begin_write()?;
            let (until, mut removed) = (Instant::now() + SWEEP_TIME, false);
            loop {
                let swept = marks::sweep(&write, &mut cursor, now_ms)?;
                removed |= swept.removed;
                if swept.is_done || Instant::now() >= until {
                    break;
                }
            }
            if removed { Ok(write.commit()?) } else { Ok(write.abort()?) }
        };
        unpanicked(|| self.with(work))
    }

    /// Blocks from `from_seq` on, in order, until `max_bytes` or `max_events` are reached; at least
    /// one if there is any. Also says whether there are more.
    pub fn read_from(
        &self,
        from_seq: u64,
        max_bytes: usize,
        max_events: u64,
    ) -> Result<(Vec<StoredBlock>, bool), StoreError> {
        self.with(|database| {
            let (mut found, mut bytes, mut events) = (Vec::new(), 0, 0);
            let read = database.begin_read()?;
            let blocks = match read.open_table(BLOCKS) {
                Ok(blocks) => blocks,
                Err(redb::TableError::TableDoesNotExist(_)) => return Ok((found, false)),
                Err(error) => return Err(error.into()),
            };
            for row in blocks.range(from_seq..)? {
                let (first_seq, value) = row?;
                let value = value.value();
                let count = block::head(value).map_or(1, |(_, count)| u64::from(count));
                if !found.is_empty() && (bytes + value.len() > max_bytes || events + count > max_events) {
                    return Ok((found, true));
                }
                bytes += value.len();
                events += count;
                found.push(StoredBlock { first_seq: first_seq.value(), bytes: value.to_vec() });
            }
            Ok((found, false))
        })
    }

    /// Moves a block that cannot be read out of the way, where an operator finds it. Returns its
    /// size in bytes and its events, as far as its head says.
    pub fn quarantine(&self, first_seq: u64) -> Result<(u64, u64), StoreError> {
        self.with(|database| {
            let write = database.begin_write()?;
            let mut moved = (0, 0);
            {
                let mut blocks = write.open_table(BLOCKS)?;
                if let Some(bytes) = blocks.remove(first_seq)? {
                    let bytes = bytes.value();
                    moved = (bytes.len() as u64, block::head(bytes).map_or(0, |(_, count)| u64::from(count)));
                    write.open_table(QUARANTINE)?.insert(first_seq, bytes)?;
                }
            }
            write.commit()?;
            Ok(moved)
        })
    }

    pub(super) fn read<T>(
        &self,
        work: impl FnOnce(&Database) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        unpanicked(|| self.with(work))
    }

    fn with<T>(&self, work: impl FnOnce(&Database) -> Result<T, StoreError>) -> Result<T, StoreError> {
        let slot = self.database.read().unwrap_or_else(|poisoned| poisoned.into_inner());
        work(slot.as_ref().ok_or(StoreError::Reopening)?)
    }
}

/// redb reports most damage as an error and some by a panic: either is a failed write.
fn unpanicked<T>(work: impl FnOnce() -> Result<T, StoreError>) -> Result<T, StoreError> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or(Err(StoreError::Panicked))
}

fn epoch_of(database: &Database) -> Result<Option<u64>, StoreError> {
    let read = database.begin_read()?;
    match read.open_table(META) {
        Ok(meta) => Ok(meta.get(EPOCH)?.map(|value| value.value())),
        Err(redb::TableError::TableDoesNotExist(_)) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
}

/// Reads every block's head: what the file holds, or why it cannot be trusted.
fn inspect(database: &Database) -> Result<(u64, Held, u64), StoreError> {
    let read = database.begin_read()?;
    let next_seq = match read.open_table(META) {
        Ok(meta) => meta.get(NEXT_SEQ)?.map_or(1, |value| value.value()),
        Err(redb::TableError::TableDoesNotExist(_)) => 1,
        Err(error) => return Err(error.into()),
    };
    let mut held = Held::default();
    match read.open_table(BLOCKS) {
        Ok(blocks) => {
            for row in blocks.iter()? {
                let (_, value) = row?;
                let value = value.value();
                held.blocks += 1;
                held.bytes += value.len() as u64;
                // A block of another format goes to quarantine when the drain meets it.
                if let Ok((committed_at_ms, count)) = block::head(value) {
                    held.events += u64::from(count);
                    if held.oldest_ms == 0 {
                        held.oldest_ms = committed_at_ms;
                    }
                }
            }
        }
        Err(redb::TableError::TableDoesNotExist(_)) => {}
        Err(error) => return Err(error.into()),
    }
    let quarantined = match read.open_table(QUARANTINE) {
        Ok(table) => redb::ReadableTableMetadata::len(&table)?,
        Err(redb::TableError::TableDoesNotExist(_)) => 0,
        Err(error) => return Err(error.into()),
    };
    Ok((next_seq, held, quarantined))
}

/// The file's epoch; a new file gets one above every earlier file's in this directory.
fn ensure_epoch(database: &Database, epoch_file: &Path, now_ms: i64) -> Result<u64, StoreError> {
    let write = database.begin_write()?;
    let epoch = {
        let mut meta = write.open_table(META)?;
        let kept = meta.get(EPOCH)?.map(|value| value.value());
        match kept {
            Some(epoch) => epoch,
            None => {
                let last =
                    std::fs::read_to_string(epoch_file).ok().and_then(|text| text.trim().parse::<u64>().ok());
                let epoch = (now_ms.max(1) as u64).max(last.unwrap_or(0) + 1);
                write_epoch_file(epoch_file, epoch)
                    .map_err(|source| StoreError::EpochFile { path: epoch_file.to_owned(), source })?;
                meta.insert(EPOCH, epoch)?;
                epoch
            }
        }
    };
    write.commit()?;
    Ok(epoch)
}

/// Synced before the epoch is used.
fn write_epoch_file(path: &Path, epoch: u64) -> std::io::Result<()> {
    let mut file = std::fs::File::create(path)?;
    write!(file, "{epoch}")?;
    file.sync_all()
}
