//! What is kept beside a click's events, in the same transaction: what it took from caps, where its
//! user was sent, what its second step will need. Either all of it survives a crash or nothing does.
//!
//! Tables of `outbox.redb`: `spent` (cap, start of the window's step) -> units; `visits` visit ->
//! (sent at, forgotten at); `landings` click id -> its encoded event; `nonces` nonce -> forgotten at.
//! Click ids begin with their time, so that old landings are one range. Times are UTC milliseconds.

use redb::{
    Database, ReadableDatabase, ReadableTable, ReadableTableMetadata, TableDefinition, WriteTransaction,
};
use traffoflex_routing::{
    cap::{CapId, Charge},
    click_id::RAW_BYTES,
    runtime::Visit,
};

use super::{
    postbacks::{self, PostbackMark},
    store::StoreError,
};

const SPENT: TableDefinition<'_, (u64, i64), i64> = TableDefinition::new("spent");
const VISITS: TableDefinition<'_, u64, (i64, i64)> = TableDefinition::new("visits");
const LANDINGS: TableDefinition<'_, [u8; RAW_BYTES], &[u8]> = TableDefinition::new("landings");
const NONCES: TableDefinition<'_, [u8; NONCE_BYTES], i64> = TableDefinition::new("nonces");

pub const NONCE_BYTES: usize = 16;
/// How long a visitor may take on a landing page.
pub const LANDING_KEPT_HOURS: u32 = 7 * 24;
pub const LANDING_KEPT_MS: i64 = LANDING_KEPT_HOURS as i64 * MS_PER_HOUR;
const MS_PER_HOUR: i64 = 3_600_000;
/// Landing pages' clicks kept at once; beyond, the oldest go early. About 0.8 GB, not counted by `OUTBOX_MAX_BYTES`.
pub const MAX_LANDINGS: u64 = 1_000_000;
/// Rows of a table looked at in one step of a sweep.
pub(super) const SWEPT_ROWS: usize = 2_000;
const TIME_BYTES: usize = 6;

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mark {
    Spent(Charge),
    Visit(KeptVisit),
    /// The encoded event of a click that was sent to a landing page.
    Landing {
        click_id: [u8; RAW_BYTES],
        event: Vec<u8>,
    },
    Nonce {
        nonce: [u8; NONCE_BYTES],
        forget_ms: i64,
    },
    /// Of postbacks, see [`postbacks`].
    Postback(PostbackMark),
}

/// A user at a destination, as it was kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeptVisit {
    pub visit: Visit,
    pub at_ms: i64,
    pub forget_ms: i64,
}

impl KeptVisit {
    /// One that counts for so many hours from `at_ms` on.
    pub fn of(visit: Visit, at_ms: i64, window_hours: u32) -> Self {
        let forget_ms = at_ms.saturating_add(i64::from(window_hours) * MS_PER_HOUR);
        Self { visit, at_ms, forget_ms }
    }
}

/// Where the next sweep goes on.
#[derive(Debug, Default)]
pub struct SweepCursor {
    visit: u64,
    nonce: [u8; NONCE_BYTES],
}

pub(super) fn write<'m>(
    transaction: &WriteTransaction,
    marks: impl Iterator<Item = &'m Mark> + Clone,
) -> Result<(), StoreError> {
    postbacks::write(transaction, marks.clone())?;
    for mark in marks {
        match mark {
            Mark::Spent(Charge { cap, bucket_ms, units }) => {
                let mut spent = transaction.open_table(SPENT)?;
                let before = spent.get((cap.0, *bucket_ms))?.map_or(0, |units| units.value());
                spent.insert((cap.0, *bucket_ms), before.saturating_add(*units))?;
            }
            Mark::Visit(KeptVisit { visit, at_ms, forget_ms }) => {
                transaction.open_table(VISITS)?.insert(visit.0, (*at_ms, *forget_ms))?;
            }
            Mark::Landing { click_id, event } => {
                transaction.open_table(LANDINGS)?.insert(click_id, event.as_slice())?;
            }
            Mark::Nonce { nonce, forget_ms } => {
                transaction.open_table(NONCES)?.insert(nonce, *forget_ms)?;
            }
            Mark::Postback(_) => {}
        }
    }
    Ok(())
}

pub(super) fn forget_spent(transaction: &WriteTransaction, spent: &[(CapId, i64)]) -> Result<(), StoreError> {
    if spent.is_empty() {
        return Ok(());
    }
    let mut table = transaction.open_table(SPENT)?;
    for (cap, bucket_ms) in spent {
        table.remove((cap.0, *bucket_ms))?;
    }
    Ok(())
}

/// What a step of a sweep did.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) struct Swept {
    pub removed: bool,
    /// Every table was looked through to its end.
    pub is_done: bool,
}

/// Removes some of what is past its time, and the oldest landings beyond [`MAX_LANDINGS`].
pub(super) fn sweep(
    transaction: &WriteTransaction,
    cursor: &mut SweepCursor,
    now_ms: i64,
) -> Result<Swept, StoreError> {
    let mut swept = Swept::default();
    let landings_left = {
        let mut landings = transaction.open_table(LANDINGS)?;
        let excess = landings.len()?.saturating_sub(MAX_LANDINGS) as usize;
        let surplus = landings.extract_from_if::<[u8; RAW_BYTES], _>(.., |_, _| true)?;
        let mut removed = surplus.take(excess.min(SWEPT_ROWS)).count();
        let oldest = first_id_of(now_ms - LANDING_KEPT_MS);
        removed += landings.extract_from_if(..oldest, |_, _| true)?.take(SWEPT_ROWS).count();
        swept.removed |= removed > 0;
        removed >= SWEPT_ROWS
    };
    {
        let mut visits = transaction.open_table(VISITS)?;
        let (mut looked_at, mut next) = (0, 0);
        let mut old = Vec::new();
        for row in visits.range(cursor.visit..)?.take(SWEPT_ROWS) {
            let (visit, times) = row?;
            looked_at += 1;
            next = visit.value().wrapping_add(1);
            if times.value().1 <= now_ms {
                old.push(visit.value());
            }
        }
        cursor.visit = if looked_at < SWEPT_ROWS { 0 } else { next };
        for visit in &old {
            visits.remove(visit)?;
        }
        swept.removed |= !old.is_empty();
    }
    let mut nonces = transaction.open_table(NONCES)?;
    let (mut looked_at, mut last) = (0, [0; NONCE_BYTES]);
    let mut old = Vec::new();
    for row in nonces.range(cursor.nonce..)?.take(SWEPT_ROWS) {
        let (nonce, forget_ms) = row?;
        looked_at += 1;
        last = nonce.value();
        if forget_ms.value() <= now_ms {
            old.push(last);
        }
    }
    cursor.nonce = if looked_at < SWEPT_ROWS { [0; NONCE_BYTES] } else { last };
    for nonce in &old {
        nonces.remove(nonce)?;
    }
    swept.removed |= !old.is_empty();
    let forgotten = postbacks::sweep(transaction, now_ms, postbacks::MAX_KNOWN)?;
    swept.removed |= forgotten > 0;
    swept.is_done =
        !landings_left && cursor.visit == 0 && cursor.nonce == [0; NONCE_BYTES] && forgotten < SWEPT_ROWS;
    Ok(swept)
}

/// The smallest click id of a time.
fn first_id_of(at_ms: i64) -> [u8; RAW_BYTES] {
    let mut id = [0; RAW_BYTES];
    id[..TIME_BYTES].copy_from_slice(&at_ms.max(0).to_be_bytes()[8 - TIME_BYTES..]);
    id
}

/// Everything in a table; empty when it was never written.
macro_rules! rows {
    ($database:expr, $table:expr, $row:expr) => {{
        let read = $database.begin_read()?;
        match read.open_table($table) {
            Ok(table) => {
                let mut found = Vec::new();
                for row in table.iter()? {
                    let (key, value) = row?;
                    found.push($row(key.value(), value.value()));
                }
                Ok(found)
            }
            Err(redb::TableError::TableDoesNotExist(_)) => Ok(Vec::new()),
            Err(error) => Err(error.into()),
        }
    }};
}

pub(super) fn spent(database: &Database) -> Result<Vec<Charge>, StoreError> {
    let charge = |(cap, bucket_ms): (u64, i64), units: i64| Charge { cap: CapId(cap), bucket_ms, units };
    rows!(database, SPENT, charge)
}

/// Calls `take` with each, so that millions need no list.
pub(super) fn visits(database: &Database, mut take: impl FnMut(KeptVisit)) -> Result<(), StoreError> {
    let read = database.begin_read()?;
    let visits = match read.open_table(VISITS) {
        Ok(visits) => visits,
        Err(redb::TableError::TableDoesNotExist(_)) => return Ok(()),
        Err(error) => return Err(error.into()),
    };
    for row in visits.iter()? {
        let (visit, times) = row?;
        let (at_ms, forget_ms) = times.value();
        take(KeptVisit { visit: Visit(visit.value()), at_ms, forget_ms });
    }
    Ok(())
}

/// Reads what a node relies on from its start.
pub(super) fn check(database: &Database) -> Result<(), StoreError> {
    visits(database, |_| {})?;
    spent(database)?;
    postbacks::check(database)?;
    nonces(database).map(drop)
}

pub(super) fn nonces(database: &Database) -> Result<Vec<([u8; NONCE_BYTES], i64)>, StoreError> {
    rows!(database, NONCES, |nonce, forget_ms| (nonce, forget_ms))
}

pub(super) fn landing(
    database: &Database,
    click_id: &[u8; RAW_BYTES],
) -> Result<Option<Vec<u8>>, StoreError> {
    let read = database.begin_read()?;
    match read.open_table(LANDINGS) {
        Ok(landings) => Ok(landings.get(click_id)?.map(|event| event.value().to_vec())),
        Err(redb::TableError::TableDoesNotExist(_)) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

#[cfg(test)]
mod tests {
    use redb::backends::InMemoryBackend;

    use super::*;

    fn id(at_ms: i64, last: u8) -> [u8; RAW_BYTES] {
        let mut id = first_id_of(at_ms);
        id[RAW_BYTES - 1] = last;
        id
    }

    #[test]
    fn marks_are_kept_added_up_and_swept() {
        let database = Database::builder().create_with_backend(InMemoryBackend::new()).unwrap();
        assert_eq!(spent(&database).unwrap(), []);
        assert_eq!(landing(&database, &id(1, 1)).unwrap(), None);
        let charge = |cap: u64, bucket_ms: i64, units: i64| Charge { cap: CapId(cap), bucket_ms, units };
        let now = LANDING_KEPT_MS + 1000;
        let visit = |n: u64, forget_ms: i64| Mark::Visit(KeptVisit { visit: Visit(n), at_ms: 5, forget_ms });
        let marks = [
            Mark::Spent(charge(1, 0, 2)),
            Mark::Spent(charge(1, 0, 3)),
            Mark::Spent(charge(1, 60, 1)),
            visit(7, now),
            visit(8, now + 1),
            Mark::Landing { click_id: id(999, 1), event: vec![1] },
            Mark::Landing { click_id: id(1000, 2), event: vec![2] },
            Mark::Nonce { nonce: [1; 16], forget_ms: now },
            Mark::Nonce { nonce: [2; 16], forget_ms: now + 1 },
        ];
        let transaction = database.begin_write().unwrap();
        write(&transaction, marks.iter()).unwrap();
        forget_spent(&transaction, &[(CapId(1), 60)]).unwrap();
        transaction.commit().unwrap();
        assert_eq!(spent(&database).unwrap(), [charge(1, 0, 5)]);
        assert_eq!(landing(&database, &id(999, 1)).unwrap(), Some(vec![1]));

        let transaction = database.begin_write().unwrap();
        let swept = |removed: bool| Swept { removed, is_done: true };
        assert_eq!(sweep(&transaction, &mut SweepCursor::default(), now).unwrap(), swept(true));
        assert_eq!(sweep(&transaction, &mut SweepCursor::default(), now).unwrap(), swept(false));
        transaction.commit().unwrap();
        let mut kept = Vec::new();
        visits(&database, |visit| kept.push(visit.visit.0)).unwrap();
        assert_eq!(kept, [8]);
        assert_eq!(nonces(&database).unwrap(), [([2; 16], now + 1)]);
        assert_eq!(landing(&database, &id(999, 1)).unwrap(), None);
        assert_eq!(landing(&database, &id(1000, 2)).unwrap(), Some(vec![2]));
    }
}
