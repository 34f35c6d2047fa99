//! `leases.redb`: what this node was granted of caps, what it gave back and what it said it spent.
//!
//! `leases` cap -> [`Kept`]; `meta`: `epoch` of this file, and `outbox_epoch` of the outbox that it
//! belongs to: what was spent is there, so with another outbox the leases are worth nothing and the
//! file begins anew.

use std::{
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

use hashbrown::HashMap;
use redb::{Database, ReadableDatabase, ReadableTable, TableDefinition};
use traffoflex_routing::{cap::CapId, lease::holder::Kept};
use traffoflex_wire::codec::{self, CodecError};

use crate::database_file::{self, OpenError, SetAside};

const LEASES: TableDefinition<'_, u64, &[u8]> = TableDefinition::new("leases");
const META: TableDefinition<'_, &str, u64> = TableDefinition::new("meta");
const EPOCH: &str = "epoch";
const OUTBOX_EPOCH: &str = "outbox_epoch";
pub const FILE_NAME: &str = "leases.redb";
/// redb's page cache. The file is read once at start and then only written.
const CACHE_BYTES: usize = 4 << 20;

#[derive(Debug, thiserror::Error)]
pub enum LeaseFileError {
    #[error(transparent)]
    Open(#[from] OpenError),
    #[error("lease file: {0}")]
    Redb(Box<redb::Error>),
    #[error("lease file holds what this build cannot read: {0}")]
    Codec(#[from] CodecError),
}

database_file::from_redb!(LeaseFileError::Redb);

pub struct LeaseFile {
    path: PathBuf,
    /// None after an I/O error: redb refuses further work then, and the file is opened anew.
    database: Mutex<Option<Database>>,
}

/// What the file held.
pub struct OpenedLeases {
    pub file: LeaseFile,
    pub epoch: u64,
    pub leases: HashMap<CapId, Kept>,
    /// It begins anew: nothing that was spent before is of its leases.
    pub is_new: bool,
    pub set_aside: Option<SetAside>,
}

impl LeaseFile {
    pub fn open(dir: &Path, outbox_epoch: u64, now_ms: i64) -> Result<OpenedLeases, LeaseFileError> {
        let path = dir.join(FILE_NAME);
        let readable = |database: &Database| match read(database) {
            Ok(_) => Ok(()),
            Err(error) => Err(error.to_string()),
        };
        let opened = database_file::open(&path, CACHE_BYTES, now_ms, readable)?;
        let (epochs, leases) = read(&opened.database)?;
        let (epoch, leases, is_new) = match epochs {
            Some((epoch, of)) if of == outbox_epoch => (epoch, leases, false),
            before => {
                let last = before.map_or(0, |(epoch, _)| epoch);
                let epoch = (now_ms.max(1) as u64).max(last + 1);
                begin(&opened.database, epoch, outbox_epoch)?;
                (epoch, HashMap::new(), true)
            }
        };
        let file = Self { path, database: Mutex::new(Some(opened.database)) };
        Ok(OpenedLeases { file, epoch, leases, is_new, set_aside: opened.set_aside })
    }

    /// On disk when it returns. Blocks.
    pub fn write(&self, leases: &[(CapId, Kept)]) -> Result<(), LeaseFileError> {
        if leases.is_empty() {
            return Ok(());
        }
        let mut slot = self.database.lock().unwrap_or_else(PoisonError::into_inner);
        let database = match slot.take() {
            Some(database) => database,
            // Not created: a new file would begin an epoch.
            None => Database::builder().set_cache_size(CACHE_BYTES).open(&self.path)?,
        };
        let written = write(&database, leases);
        if !matches!(written, Err(LeaseFileError::Redb(_))) {
            *slot = Some(database);
        }
        written
    }
}

fn write(database: &Database, leases: &[(CapId, Kept)]) -> Result<(), LeaseFileError> {
    let transaction = database.begin_write()?;
    {
        let mut table = transaction.open_table(LEASES)?;
        for (cap, kept) in leases {
            table.insert(cap.0, codec::encode_record(kept)?.as_slice())?;
        }
    }
    Ok(transaction.commit()?)
}

fn begin(database: &Database, epoch: u64, outbox_epoch: u64) -> Result<(), LeaseFileError> {
    let transaction = database.begin_write()?;
    transaction.delete_table(LEASES)?;
    {
        let mut meta = transaction.open_table(META)?;
        meta.insert(EPOCH, epoch)?;
        meta.insert(OUTBOX_EPOCH, outbox_epoch)?;
    }
    Ok(transaction.commit()?)
}

type Contents = (Option<(u64, u64)>, HashMap<CapId, Kept>);

fn read(database: &Database) -> Result<Contents, LeaseFileError> {
    let transaction = database.begin_read()?;
    let epochs = match transaction.open_table(META) {
        Ok(meta) => {
            let value = |name| Ok::<_, LeaseFileError>(meta.get(name)?.map(|value| value.value()));
            value(EPOCH)?.zip(value(OUTBOX_EPOCH)?)
        }
        Err(redb::TableError::TableDoesNotExist(_)) => None,
        Err(error) => return Err(error.into()),
    };
    let mut leases = HashMap::new();
    match transaction.open_table(LEASES) {
        Ok(table) => {
            for row in table.iter()? {
                let (cap, kept) = row?;
                let kept = codec::decode_record_of_any_age(kept.value(), &mut Vec::new())?;
                leases.insert(CapId(cap.value()), kept);
            }
        }
        Err(redb::TableError::TableDoesNotExist(_)) => {}
        Err(error) => return Err(error.into()),
    }
    Ok((epochs, leases))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leases_outlive_a_restart_and_end_with_their_outbox() {
        let dir = tempfile::tempdir().unwrap();
        let kept = Kept { granted: 7, returned: 1, synced_at_ms: 5, ..Kept::default() };
        let first = LeaseFile::open(dir.path(), 3, 100).unwrap();
        assert!(first.is_new && first.epoch == 100);
        first.file.write(&[(CapId(9), kept)]).unwrap();
        drop(first);
        let again = LeaseFile::open(dir.path(), 3, 200).unwrap();
        assert_eq!((again.epoch, again.is_new, again.leases[&CapId(9)]), (100, false, kept));
        drop(again);
        let other = LeaseFile::open(dir.path(), 4, 50).unwrap();
        assert_eq!((other.epoch, other.is_new, other.leases.len()), (101, true, 0));
    }
}
