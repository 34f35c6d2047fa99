//! Opening a redb file that may be damaged.
//!
//! A file that redb cannot read is never deleted and never stops the node: it is renamed to
//! `<name>.corrupt-<unix ms>` for the operator to look at, and a new one takes its place. A file
//! that another process holds open is no damage; that is an error the operator must see.

use std::{
    io,
    panic::{AssertUnwindSafe, catch_unwind},
    path::{Path, PathBuf},
};

use redb::{Database, DatabaseError, StorageError};

/// Makes every error of redb the given variant of a store's own error, which holds a `Box<redb::Error>`.
macro_rules! from_redb {
    ($store:ident::$variant:ident) => {
        $crate::database_file::from_redb!(
            $store::$variant: DatabaseError, TransactionError, TableError, StorageError, CommitError,
            SetDurabilityError
        );
    };
    ($store:ident::$variant:ident: $($error:ident),*) => {$(
        impl From<redb::$error> for $store {
            fn from(error: redb::$error) -> Self {
                Self::$variant(Box::new(error.into()))
            }
        }
    )*};
}
pub(crate) use from_redb;

#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error("{path} is in use by another process: is a second node running on the same EDGE_DATA_DIR?")]
    InUse { path: PathBuf },
    #[error("{path}: {source}")]
    Io { path: PathBuf, source: io::Error },
    #[error("{path} could not be created: {source}")]
    Create { path: PathBuf, source: Box<DatabaseError> },
}

/// A database and, when a damaged file was found in its place, where that went.
pub struct Opened {
    pub database: Database,
    pub set_aside: Option<SetAside>,
}

#[derive(Debug)]
pub struct SetAside {
    pub path: PathBuf,
    pub reason: String,
}

/// Opens `path`, creating it when missing. `read_all` must read everything the caller will rely on
/// later: damage that only shows there counts as damage.
pub fn open(
    path: &Path,
    cache_bytes: usize,
    now_ms: i64,
    read_all: impl Fn(&Database) -> Result<(), String>,
) -> Result<Opened, OpenError> {
    let create = || Database::builder().set_cache_size(cache_bytes).create(path);
    // redb reports most damage as an error and some by a panic deep in its page code.
    let attempt = catch_unwind(AssertUnwindSafe(|| {
        let database = create()?;
        Ok::<_, DatabaseError>(read_all(&database).map(|()| database))
    }));
    let reason = match attempt {
        Ok(Ok(Ok(database))) => return Ok(Opened { database, set_aside: None }),
        Ok(Ok(Err(reason))) => reason,
        Ok(Err(DatabaseError::DatabaseAlreadyOpen)) => {
            return Err(OpenError::InUse { path: path.to_owned() });
        }
        Ok(Err(DatabaseError::Storage(StorageError::Io(source)))) if !is_damage(&source) => {
            return Err(OpenError::Io { path: path.to_owned(), source });
        }
        Ok(Err(error)) => error.to_string(),
        Err(_) => "redb panicked while reading it".to_owned(),
    };
    let mut aside = path.as_os_str().to_owned();
    aside.push(format!(".corrupt-{now_ms}"));
    let aside = PathBuf::from(aside);
    std::fs::rename(path, &aside).map_err(|source| OpenError::Io { path: path.to_owned(), source })?;
    let database =
        create().map_err(|source| OpenError::Create { path: path.to_owned(), source: Box::new(source) })?;
    Ok(Opened { database, set_aside: Some(SetAside { path: aside, reason }) })
}

/// redb also says with an I/O error that a file is not one of its own or ends too early.
fn is_damage(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof | io::ErrorKind::InvalidInput
    )
}

#[cfg(test)]
mod tests {
    use redb::{ReadableDatabase, TableDefinition};

    use super::*;

    const TABLE: TableDefinition<'_, u64, &[u8]> = TableDefinition::new("t");
    const CACHE_BYTES: usize = 1 << 20;

    fn read_all(database: &Database) -> Result<(), String> {
        use redb::ReadableTable;
        let read = database.begin_read().map_err(|e| e.to_string())?;
        match read.open_table(TABLE) {
            Ok(table) => {
                for row in table.iter().map_err(|e| e.to_string())? {
                    row.map_err(|e| e.to_string())?;
                }
                Ok(())
            }
            Err(redb::TableError::TableDoesNotExist(_)) => Ok(()),
            Err(error) => Err(error.to_string()),
        }
    }

    fn written(dir: &Path) -> PathBuf {
        let path = dir.join("x.redb");
        let opened = open(&path, CACHE_BYTES, 1, read_all).unwrap();
        let write = opened.database.begin_write().unwrap();
        {
            let mut table = write.open_table(TABLE).unwrap();
            for key in 0..50 {
                table.insert(key, vec![key as u8; 3000].as_slice()).unwrap();
            }
        }
        write.commit().unwrap();
        path
    }

    #[test]
    fn damage_is_set_aside_and_kept() {
        type Damage = fn(&mut Vec<u8>);
        let damages: [(&str, Damage); 6] = [
            ("random bytes", |file| {
                file.iter_mut().enumerate().for_each(|(i, b)| *b = (i * 131 % 251) as u8)
            }),
            ("all zero", |file| file.fill(0)),
            ("zeroed header", |file| file[..512].fill(0)),
            ("cut in the middle", |file| file.truncate(file.len() / 3)),
            ("cut to a few bytes", |file| file.truncate(10)),
            ("pages overwritten", |file| file[4096..].fill(0xA5)),
        ];
        for (name, damage) in damages {
            let dir = tempfile::tempdir().unwrap();
            let path = written(dir.path());
            let mut file = std::fs::read(&path).unwrap();
            damage(&mut file);
            std::fs::write(&path, &file).unwrap();

            let opened = open(&path, CACHE_BYTES, 42, read_all).unwrap();
            let aside = opened.set_aside.unwrap_or_else(|| panic!("{name}: not noticed"));
            assert_eq!(aside.path, dir.path().join("x.redb.corrupt-42"), "{name}");
            assert_eq!(
                std::fs::read(&aside.path).unwrap().len(),
                file.len(),
                "{name}: must be kept as it was"
            );
            assert!(opened.database.begin_write().is_ok(), "{name}");
        }
    }

    #[test]
    fn a_second_opener_is_told_and_nothing_is_moved() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x.redb");
        let _held = open(&path, CACHE_BYTES, 1, read_all).unwrap();
        assert!(matches!(open(&path, CACHE_BYTES, 2, read_all), Err(OpenError::InUse { .. })));
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1);
    }
}
