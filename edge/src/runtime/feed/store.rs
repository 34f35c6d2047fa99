//! `runtime.redb`: the last feed, and the visits at other nodes that the feeds so far told of, so that
//! a node that starts with central down knows what it knew.
//!
//! `feed`: the last one without its visits, a record; `visits`: visit -> when, UTC milliseconds. A feed's
//! visits and the cursor that says they were read are one transaction.

use std::{
    path::{Path, PathBuf},
    sync::Mutex,
};

use redb::{Database, ReadableDatabase, ReadableTable, TableDefinition};
use traffoflex_routing::runtime::Visit;
use traffoflex_wire::{
    codec::{self, CodecError},
    runtime::RuntimeFeed,
};

use super::{MS_PER_HOUR, visits};
use crate::{
    database_file::{self, OpenError, SetAside},
    outbox::marks::KeptVisit,
};

const FEED: TableDefinition<'_, &str, &[u8]> = TableDefinition::new("feed");
const FEED_KEY: &str = "last";
const VISITS: TableDefinition<'_, u64, i64> = TableDefinition::new("visits");
pub const FILE_NAME: &str = "runtime.redb";
/// redb's page cache. The file is read once at start and then only written.
const CACHE_BYTES: usize = 16 << 20;
/// Visits outside every window are removed this often, in milliseconds.
const SWEEP_MS: i64 = 3_600_000;

#[derive(Debug, thiserror::Error)]
pub enum FeedStoreError {
    #[error(transparent)]
    Open(#[from] OpenError),
    #[error("runtime store: {0}")]
    Store(Box<redb::Error>),
    #[error("runtime store holds what this build cannot read: {0}")]
    Codec(#[from] CodecError),
}

database_file::from_redb!(FeedStoreError::Store);

/// What an earlier run knew.
#[derive(Debug, Default, PartialEq)]
pub struct Kept {
    /// Without visits.
    pub feed: Option<RuntimeFeed>,
    pub visits: Vec<KeptVisit>,
}

pub struct FeedStore {
    path: PathBuf,
    inner: Mutex<Inner>,
}

struct Inner {
    /// None after an I/O error: redb refuses further work then, and the file is opened anew.
    database: Option<Database>,
    swept_at_ms: i64,
}

impl FeedStore {
    /// Opens or creates the store in `dir`. A damaged file is set aside and said so.
    pub fn open(dir: &Path, now_ms: i64) -> Result<(Self, Option<SetAside>), FeedStoreError> {
        let readable = |database: &Database| match read(database) {
            Ok(_) => Ok(()),
            Err(error) => Err(error.to_string()),
        };
        let path = dir.join(FILE_NAME);
        let opened = database_file::open(&path, CACHE_BYTES, now_ms, readable)?;
        let inner = Mutex::new(Inner { database: Some(opened.database), swept_at_ms: 0 });
        Ok((Self { path, inner }, opened.set_aside))
    }

    fn with<T>(
        &self,
        work: impl FnOnce(&Database, &mut i64) -> Result<T, FeedStoreError>,
    ) -> Result<T, FeedStoreError> {
        let mut inner = self.inner.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        let database = match inner.database.take() {
            Some(database) => database,
            None => Database::builder().set_cache_size(CACHE_BYTES).create(&self.path)?,
        };
        let result = work(&database, &mut inner.swept_at_ms);
        if !matches!(result, Err(FeedStoreError::Store(_))) {
            inner.database = Some(database);
        }
        result
    }

    pub fn read(&self) -> Result<Kept, FeedStoreError> {
        self.with(|database, _| read(database))
    }

    /// Keeps the feed in place of the last one, and adds its visits.
    pub fn write(&self, feed: &RuntimeFeed, now_ms: i64) -> Result<(), FeedStoreError> {
        self.with(|database, swept_at_ms| {
            let is_due = now_ms - *swept_at_ms >= SWEEP_MS;
            write(database, feed, is_due.then_some(now_ms))?;
            if is_due {
                *swept_at_ms = now_ms;
            }
            Ok(())
        })
    }
}

fn write(database: &Database, feed: &RuntimeFeed, sweep_at_ms: Option<i64>) -> Result<(), FeedStoreError> {
    let transaction = database.begin_write()?;
    {
        let head = RuntimeFeed { seen: Vec::new(), ..feed.clone() };
        let bytes = codec::encode_record(&head)?;
        transaction.open_table(FEED)?.insert(FEED_KEY, bytes.as_slice())?;
        let mut table = transaction.open_table(VISITS)?;
        for KeptVisit { visit, at_ms, .. } in visits(feed) {
            let latest = table.get(visit.0)?.map_or(at_ms, |before| before.value().max(at_ms));
            table.insert(visit.0, latest)?;
        }
        if let Some(now_ms) = sweep_at_ms {
            let oldest_ms = now_ms - i64::from(feed.seen_window_hours) * MS_PER_HOUR;
            table.retain(|_, at_ms| at_ms >= oldest_ms)?;
        }
    }
    Ok(transaction.commit()?)
}

fn read(database: &Database) -> Result<Kept, FeedStoreError> {
    let transaction = database.begin_read()?;
    let feed: Option<RuntimeFeed> = match transaction.open_table(FEED) {
        Ok(table) => match table.get(FEED_KEY)? {
            Some(bytes) => Some(codec::decode_record_of_any_age(bytes.value(), &mut Vec::new())?),
            None => None,
        },
        Err(redb::TableError::TableDoesNotExist(_)) => None,
        Err(error) => return Err(error.into()),
    };
    let window_hours = feed.as_ref().map_or(0, |feed| feed.seen_window_hours);
    let mut visits = Vec::new();
    match transaction.open_table(VISITS) {
        Ok(table) => {
            for row in table.iter()? {
                let (visit, at_ms) = row?;
                visits.push(KeptVisit::of(Visit(visit.value()), at_ms.value(), window_hours));
            }
        }
        Err(redb::TableError::TableDoesNotExist(_)) => {}
        Err(error) => return Err(error.into()),
    }
    Ok(Kept { feed, visits })
}

#[cfg(test)]
mod tests {
    use traffoflex_wire::runtime::SeenVisit;

    use super::*;

    fn feed(cursor: &str, seen: &[(u64, i64)]) -> RuntimeFeed {
        let visit =
            |(user, at_ms): &(u64, i64)| SeenVisit { user: *user, destination_id: "d".into(), at_ms: *at_ms };
        RuntimeFeed {
            cursor: cursor.into(),
            seen_window_hours: 1,
            seen: seen.iter().map(visit).collect(),
            ..RuntimeFeed::default()
        }
    }

    #[test]
    fn the_last_feed_and_the_latest_visits_outlive_the_process_and_old_visits_go() {
        let dir = tempfile::tempdir().unwrap();
        let now_ms = 10 * SWEEP_MS;
        {
            let (store, aside) = FeedStore::open(dir.path(), now_ms).unwrap();
            assert!(aside.is_none());
            assert_eq!(store.read().unwrap(), Kept::default());
            store.write(&feed("1", &[(1, now_ms), (2, now_ms - SWEEP_MS - 1)]), now_ms).unwrap();
            store.write(&feed("2", &[(1, now_ms - 5), (3, now_ms + 7)]), now_ms + 1).unwrap();
        }
        let (store, _) = FeedStore::open(dir.path(), now_ms).unwrap();
        let mut kept = store.read().unwrap();
        assert_eq!(kept.feed, Some(feed("2", &[])));
        kept.visits.sort_by_key(|visit| visit.at_ms);
        let times: Vec<_> = kept.visits.iter().map(|visit| (visit.at_ms, visit.forget_ms)).collect();
        assert_eq!(times, [(now_ms, now_ms + MS_PER_HOUR), (now_ms + 7, now_ms + 7 + MS_PER_HOUR)]);
        store.write(&feed("3", &[]), now_ms + 2 * SWEEP_MS).unwrap();
        assert_eq!(store.read().unwrap().visits, []);
    }

    #[test]
    fn a_damaged_file_is_set_aside() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join(FILE_NAME), vec![7; 5000]).unwrap();
        let (store, aside) = FeedStore::open(dir.path(), 42).unwrap();
        assert!(aside.is_some_and(|aside| aside.path.ends_with("runtime.redb.corrupt-42")));
        store.write(&feed("1", &[(1, 1)]), 1).unwrap();
        assert_eq!(store.read().unwrap().feed, Some(feed("1", &[])));
    }
}
