//! Who clicked on which campaign: uniqueness and duplicates.
//!
//! A visitor is told by address and agent. Kept in memory, bounded (see [`super::expiring`]), and written to
//! `visitors.redb` every [`FLUSH_INTERVAL`]: a crash forgets the visitors of that last moment, who then count
//! as unique once more. Each node knows its own visitors.

use std::{
    net::IpAddr,
    path::Path,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    time::Duration,
};

use redb::{Database, ReadableDatabase, ReadableTable, TableDefinition};
use tokio_util::sync::CancellationToken;
use xxhash_rust::xxh3::{Xxh3, xxh3_64};

use super::{
    NodeRuntime,
    expiring::{Entry, ExpiringTable},
    history::seconds,
};
use crate::database_file::{self, OpenError};

pub const FILE_NAME: &str = "visitors.redb";
/// `VISITORS_MAX_KEYS` when nothing is set.
pub const DEFAULT_MAX_KEYS: usize = 10_000_000;
pub const FLUSH_INTERVAL: Duration = Duration::from_secs(1);
/// Expired ones go this often, in flushes: the whole memory is looked at.
const EXPIRE_EVERY: u64 = 600;
/// Visitors that wait to be written, at most: beyond it they are only remembered in memory.
const MAX_UNWRITTEN: usize = 1_000_000;
const CACHE_BYTES: usize = 16 << 20;
const S_PER_HOUR: u32 = 3600;
const VISITORS: TableDefinition<'_, u64, (u32, u32)> = TableDefinition::new("visitors");

#[derive(Debug, thiserror::Error)]
pub enum VisitorsError {
    #[error(transparent)]
    Open(#[from] OpenError),
    #[error("visitors: {0}")]
    Redb(Box<redb::Error>),
}

impl<E: Into<redb::Error>> From<E> for VisitorsError {
    fn from(error: E) -> Self {
        Self::Redb(Box::new(error.into()))
    }
}

/// What a click is to its visitor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seen {
    pub is_unique: bool,
    pub is_duplicate: bool,
}

/// One visitor of one campaign.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Visitor(u64);

impl Visitor {
    pub fn of(campaign_id: &str, ip: IpAddr, user_agent: &str) -> Self {
        let mut hasher = Xxh3::new();
        hasher.update(campaign_id.as_bytes());
        match ip {
            IpAddr::V4(ip) => hasher.update(&ip.octets()),
            IpAddr::V6(ip) => hasher.update(&ip.octets()),
        }
        hasher.update(user_agent.as_bytes());
        Self(hasher.digest())
    }

    /// The one of a click that goes on from its landing page.
    pub fn of_click(click_id: &str) -> Self {
        Self(xxh3_64(click_id.as_bytes()))
    }

    /// The one of a click whose offer was paid for.
    pub fn of_paid_click(click_id: &str) -> Self {
        Self(!xxh3_64(click_id.as_bytes()))
    }
}

pub struct Visitors {
    table: ExpiringTable,
    unwritten: Mutex<Vec<u64>>,
    /// Not before there is a file to write to.
    is_kept: AtomicBool,
}

impl Default for Visitors {
    fn default() -> Self {
        Self::new(DEFAULT_MAX_KEYS)
    }
}

impl Visitors {
    pub fn new(max_keys: usize) -> Self {
        Self {
            table: ExpiringTable::new(max_keys),
            unwritten: Mutex::default(),
            is_kept: AtomicBool::default(),
        }
    }

    /// Looks, and remembers the click when `counts`. Unique: none within the window before it.
    pub fn see(
        &self,
        visitor: Visitor,
        now_ms: i64,
        unique_window_hours: u32,
        duplicate_window_s: u32,
        counts: bool,
    ) -> Seen {
        let (now_s, key) = (seconds(now_ms), visitor.0);
        let judged = |before: Option<Entry>| Seen {
            is_unique: before.is_none_or(|entry| now_s >= entry.until_s),
            is_duplicate: duplicate_window_s > 0
                && before.is_some_and(|entry| now_s.saturating_sub(entry.at_s) < duplicate_window_s),
        };
        if !counts {
            return judged(self.table.get(key));
        }
        let mut seen = Seen { is_unique: true, is_duplicate: false };
        let mut is_new = true;
        self.table.update(key, now_s, |before| {
            seen = judged(before);
            is_new = before.is_none_or(|entry| entry.at_s != now_s || seen.is_unique);
            let until_s = match before {
                Some(before) if !seen.is_unique => before.until_s,
                _ => now_s.saturating_add(unique_window_hours.saturating_mul(S_PER_HOUR)),
            };
            Entry { key, at_s: now_s, until_s }
        });
        // A visitor's clicks of one second are one row.
        if is_new && self.is_kept.load(Relaxed) {
            let mut unwritten = self.unwritten.lock().unwrap_or_else(PoisonError::into_inner);
            if unwritten.len() < MAX_UNWRITTEN {
                unwritten.push(key);
            }
        }
        seen
    }

    pub fn count(&self) -> usize {
        self.table.count()
    }

    /// Reads what an earlier run kept.
    pub fn open(&self, dir: &Path, now_ms: i64) -> Result<Database, VisitorsError> {
        let readable = |database: &Database| each(database, |_| {}).map_err(|error| error.to_string());
        let opened = database_file::open(&dir.join(FILE_NAME), CACHE_BYTES, now_ms, readable)?;
        if let Some(aside) = opened.set_aside {
            metrics::counter!("traffoflex_store_set_aside_total", "store" => "visitors").increment(1);
            tracing::error!(kept_as = %aside.path.display(), reason = aside.reason, "visitors were damaged: set aside");
        }
        let now_s = seconds(now_ms);
        each(&opened.database, |entry| {
            if entry.until_s > now_s {
                self.table.update(entry.key, now_s, |_| entry);
            }
        })?;
        self.is_kept.store(true, Relaxed);
        Ok(opened.database)
    }

    fn flush(&self, database: &Database) -> Result<(), VisitorsError> {
        let keys = std::mem::take(&mut *self.unwritten.lock().unwrap_or_else(PoisonError::into_inner));
        if keys.is_empty() {
            return Ok(());
        }
        let write = database.begin_write()?;
        {
            let mut visitors = write.open_table(VISITORS)?;
            for key in keys {
                if let Some(entry) = self.table.get(key) {
                    visitors.insert(key, (entry.at_s, entry.until_s))?;
                }
            }
        }
        Ok(write.commit()?)
    }

    fn expire(&self, database: &Database, now_ms: i64) -> Result<(), VisitorsError> {
        let now_s = seconds(now_ms);
        self.table.expire(now_s);
        let write = database.begin_write()?;
        write.open_table(VISITORS)?.retain(|_, (_, until_s)| until_s > now_s)?;
        Ok(write.commit()?)
    }
}

fn each(database: &Database, mut take: impl FnMut(Entry)) -> Result<(), VisitorsError> {
    let read = database.begin_read()?;
    let visitors = match read.open_table(VISITORS) {
        Ok(visitors) => visitors,
        Err(redb::TableError::TableDoesNotExist(_)) => return Ok(()),
        Err(error) => return Err(error.into()),
    };
    for row in visitors.iter()? {
        let (key, value) = row?;
        let (at_s, until_s) = value.value();
        take(Entry { key: key.value(), at_s, until_s });
    }
    Ok(())
}

/// Writes visitors down until cancelled, and once more then.
pub async fn keep(
    runtime: NodeRuntime,
    database: Database,
    now_ms: fn() -> i64,
    cancelled: CancellationToken,
) {
    let database = std::sync::Arc::new(database);
    let mut flushes = 0_u64;
    loop {
        let stop = tokio::select! {
            () = cancelled.cancelled() => true,
            () = tokio::time::sleep(FLUSH_INTERVAL) => false,
        };
        flushes += 1;
        let (runtime, database) = (runtime.clone(), database.clone());
        let done = tokio::task::spawn_blocking(move || {
            runtime.visitors().flush(&database)?;
            if flushes.is_multiple_of(EXPIRE_EVERY) {
                runtime.visitors().expire(&database, now_ms())?;
                runtime.history().expire(now_ms());
            }
            metrics::gauge!("traffoflex_visitors_known").set(runtime.visitors().count() as f64);
            metrics::gauge!("traffoflex_history_visits").set(runtime.history().count() as f64);
            Ok::<_, VisitorsError>(())
        });
        if let Ok(Err(error)) = done.await {
            metrics::counter!("traffoflex_visitors_write_failures_total").increment(1);
            tracing::warn!(%error, "visitors could not be written down; they are still known in memory");
        }
        if stop {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_795_305_600_000;

    #[test]
    fn unique_once_a_window_and_duplicate_for_a_moment() {
        let visitors = Visitors::new(1000);
        let ip = "192.0.2.1".parse().unwrap();
        let one = Visitor::of("c", ip, "agent");
        let at = |seconds: i64| {
            let seen = visitors.see(one, NOW + seconds * 1000, 1, 10, true);
            (seen.is_unique, seen.is_duplicate)
        };
        assert_eq!(at(0), (true, false));
        assert_eq!(at(9), (false, true));
        assert_eq!(at(18), (false, true), "a duplicate of the duplicate");
        assert_eq!(at(28), (false, false));
        assert_eq!(at(3599), (false, false));
        assert_eq!(at(3600), (true, true), "the window begins with the first click");
        for other in [Visitor::of("d", ip, "agent"), Visitor::of("c", ip, "other")] {
            assert!(visitors.see(other, NOW, 1, 10, false).is_unique);
            assert!(visitors.see(other, NOW, 1, 10, true).is_unique, "looking alone changes nothing");
        }
        assert!(!visitors.see(one, NOW + 3_600_000, 1, 0, true).is_duplicate, "switched off");
    }

    #[test]
    fn they_are_known_after_a_restart() {
        let dir = tempfile::tempdir().unwrap();
        let one = Visitor::of("c", "192.0.2.1".parse().unwrap(), "agent");
        let first = Visitors::new(1000);
        let database = first.open(dir.path(), NOW).unwrap();
        assert!(first.see(one, NOW, 24, 10, true).is_unique);
        first.flush(&database).unwrap();
        drop(database);
        let second = Visitors::new(1000);
        let database = second.open(dir.path(), NOW + 1000).unwrap();
        assert!(!second.see(one, NOW + 1000, 24, 10, true).is_unique);
        second.expire(&database, NOW + 24 * 3_600_000).unwrap();
        drop(database);
        let third = Visitors::new(1000);
        third.open(dir.path(), NOW + 2000).unwrap();
        assert!(third.see(one, NOW + 2000, 24, 10, true).is_unique, "expired on disk as well");
    }
}
