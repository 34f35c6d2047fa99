//! What is kept of postbacks, in the transaction of their events: those that are accepted and not yet
//! settled (the journal), what this node knows of conversions, and postbacks that central refused.
//!
//! Tables of `outbox.redb`: `postback_journal` postback -> (queue, due, conversion, record);
//! `postback_due` (queue, due, postback), the order in which the journal is worked off;
//! `postback_order` (conversion, postback) of those not yet claimed, since a conversion's postbacks are
//! claimed in the order they came; `postback_known` conversion -> (forgotten at, record), and
//! `postback_forget` (forgotten at, conversion);
//! `postback_aside` postback -> record. A postback's id begins with the time it came, so ids are in order.
//! Times are UTC milliseconds.
//!
//! No reader takes more than a bound of the journal into memory, however long central was away.

use hashbrown::HashSet;
use redb::{
    Database, ReadableDatabase, ReadableTable, ReadableTableMetadata, TableDefinition, WriteTransaction,
};

use super::{
    Outbox,
    marks::{Mark, SWEPT_ROWS},
    store::StoreError,
};

/// A postback's id as a number.
pub type PostbackKey = u128;
/// The hash in a conversion's id.
pub type ConversionKey = u128;

const JOURNAL: TableDefinition<'_, PostbackKey, (u8, i64, ConversionKey, &[u8])> =
    TableDefinition::new("postback_journal");
const DUE: TableDefinition<'_, (u8, i64, PostbackKey), ()> = TableDefinition::new("postback_due");
const ORDER: TableDefinition<'_, (ConversionKey, PostbackKey), ()> = TableDefinition::new("postback_order");
const KNOWN: TableDefinition<'_, ConversionKey, (i64, &[u8])> = TableDefinition::new("postback_known");
const FORGET: TableDefinition<'_, (i64, ConversionKey), ()> = TableDefinition::new("postback_forget");
const ASIDE: TableDefinition<'_, PostbackKey, &[u8]> = TableDefinition::new("postback_aside");

/// Conversions and rows of imports known at once; beyond, those that were heard of longest ago are forgotten
/// early. About 4 GB.
pub(super) const MAX_KNOWN: u64 = 20_000_000;

/// Where a postback of the journal waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Queue {
    /// Not yet claimed.
    Unclaimed = 0,
    /// Claimed; its click, or calls to its source, are still to come.
    Claimed = 1,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PostbackMark {
    /// Into the journal, in place of what it held of this postback; also back from those set aside.
    Journal { id: PostbackKey, queue: Queue, due_ms: i64, conversion: ConversionKey, record: Vec<u8> },
    /// Nothing is left to do.
    Settled { id: PostbackKey },
    /// Out of the journal, for an operator to look at.
    Aside { id: PostbackKey, record: Vec<u8> },
    /// What this node knows of a conversion.
    Known { conversion: ConversionKey, forget_ms: i64, record: Vec<u8> },
}

/// A postback of the journal whose time has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DueRow {
    pub id: PostbackKey,
    pub queue: Queue,
    pub conversion: ConversionKey,
    pub record: Vec<u8>,
    /// Not all that came before it for its conversion is with it: it may not be claimed yet.
    pub is_ahead: bool,
}

#[derive(Debug, Default, PartialEq, Eq)]
pub struct DueRows {
    pub rows: Vec<DueRow>,
    /// When the next one is due that is not yet.
    pub next_ms: Option<i64>,
}

/// A postback set aside, and its record.
pub type AsideRow = (PostbackKey, Vec<u8>);

/// How much is taken from the journal at once.
#[derive(Debug, Clone, Copy)]
pub struct DueLimits {
    pub rows: usize,
    /// Of the rows, places that those claimed already have for themselves.
    pub claimed_rows: usize,
    pub bytes: usize,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct JournalSize {
    pub entries: u64,
    /// Id of the oldest.
    pub oldest: Option<PostbackKey>,
    /// Id of the newest.
    pub newest: Option<PostbackKey>,
    pub aside: u64,
}

pub(super) fn write<'m>(
    transaction: &WriteTransaction,
    marks: impl Iterator<Item = &'m Mark>,
) -> Result<(), StoreError> {
    let mut marks = marks
        .filter_map(|mark| match mark {
            Mark::Postback(mark) => Some(mark),
            _ => None,
        })
        .peekable();
    // A node that takes clicks has none of these.
    if marks.peek().is_none() {
        return Ok(());
    }
    let mut journal = transaction.open_table(JOURNAL)?;
    let mut due = transaction.open_table(DUE)?;
    let mut order = transaction.open_table(ORDER)?;
    let mut known = transaction.open_table(KNOWN)?;
    let mut forget = transaction.open_table(FORGET)?;
    let mut aside = transaction.open_table(ASIDE)?;
    for mark in marks {
        if let PostbackMark::Known { conversion, forget_ms, record } = mark {
            let before = known.insert(conversion, (*forget_ms, record.as_slice()))?;
            if let Some(before_ms) = before.map(|row| row.value().0) {
                forget.remove((before_ms, *conversion))?;
            }
            forget.insert((*forget_ms, *conversion), ())?;
            continue;
        }
        let (PostbackMark::Journal { id, .. }
        | PostbackMark::Settled { id }
        | PostbackMark::Aside { id, .. }
        | PostbackMark::Known { conversion: id, .. }) = mark;
        let before = journal.remove(id)?.map(|row| {
            let (queue, due_ms, conversion, _) = row.value();
            (queue, due_ms, conversion)
        });
        if let Some((queue, due_ms, conversion)) = before {
            due.remove((queue, due_ms, *id))?;
            order.remove((conversion, *id))?;
        }
        match mark {
            PostbackMark::Journal { id, queue, due_ms, conversion, record } => {
                journal.insert(id, (*queue as u8, *due_ms, *conversion, record.as_slice()))?;
                due.insert((*queue as u8, *due_ms, *id), ())?;
                if *queue == Queue::Unclaimed {
                    order.insert((*conversion, *id), ())?;
                }
                if aside.len()? > 0 {
                    aside.remove(id)?;
                }
            }
            PostbackMark::Aside { id, record } => drop(aside.insert(id, record.as_slice())?),
            PostbackMark::Settled { .. } | PostbackMark::Known { .. } => {}
        }
    }
    Ok(())
}

/// Forgets some conversions that are past their time, and of those that are too many. How many.
pub(super) fn sweep(
    transaction: &WriteTransaction,
    now_ms: i64,
    max_known: u64,
) -> Result<usize, StoreError> {
    let mut forget = transaction.open_table(FORGET)?;
    let mut known = transaction.open_table(KNOWN)?;
    let mut surplus = known.len()?.saturating_sub(max_known);
    let mut forgotten = 0;
    while forgotten < SWEPT_ROWS {
        let Some((at_ms, conversion)) = forget.first()?.map(|(row, _)| row.value()) else { break };
        if at_ms > now_ms && surplus == 0 {
            break;
        }
        forget.remove((at_ms, conversion))?;
        known.remove(conversion)?;
        surplus = surplus.saturating_sub(1);
        forgotten += 1;
    }
    Ok(forgotten)
}

/// Reads the journal, which a node relies on.
pub(super) fn check(database: &Database) -> Result<(), StoreError> {
    if let Some(journal) = table(database, JOURNAL)? {
        for row in journal.iter()? {
            row?;
        }
    }
    Ok(())
}

type Opened<K, V> = Option<redb::ReadOnlyTable<K, V>>;

/// None when it was never written.
fn table<K: redb::Key + 'static, V: redb::Value + 'static>(
    database: &Database,
    definition: TableDefinition<'_, K, V>,
) -> Result<Opened<K, V>, StoreError> {
    match database.begin_read()?.open_table(definition) {
        Ok(table) => Ok(Some(table)),
        Err(redb::TableError::TableDoesNotExist(_)) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

fn due(database: &Database, now_ms: i64, limits: DueLimits) -> Result<DueRows, StoreError> {
    let read = database.begin_read()?;
    let (journal, due, order) = match (read.open_table(JOURNAL), read.open_table(DUE), read.open_table(ORDER))
    {
        (Ok(journal), Ok(due), Ok(order)) => (journal, due, order),
        (Err(redb::TableError::TableDoesNotExist(_)), ..) => return Ok(DueRows::default()),
        (Err(error), ..) | (_, Err(error), _) | (.., Err(error)) => return Err(error.into()),
    };
    let mut taking = Taking { journal, limits, taken: HashSet::new(), bytes: 0, rows: Vec::new() };
    let mut next_ms: Option<i64> = None;
    let unclaimed_rows = limits.rows.saturating_sub(limits.claimed_rows);
    for (queue, up_to) in [(Queue::Unclaimed, unclaimed_rows), (Queue::Claimed, limits.rows)] {
        for row in due.range((queue as u8, i64::MIN, 0)..=(queue as u8, i64::MAX, u128::MAX))? {
            let (_, due_ms, id) = row?.0.value();
            if due_ms > now_ms {
                next_ms = Some(next_ms.map_or(due_ms, |next| next.min(due_ms)));
                break;
            }
            if taking.is_full(up_to) {
                next_ms = Some(now_ms);
                break;
            }
            taking.take_in_order(id, queue, &order)?;
        }
    }
    Ok(DueRows { rows: taking.rows, next_ms })
}

struct Taking {
    journal: redb::ReadOnlyTable<PostbackKey, (u8, i64, ConversionKey, &'static [u8])>,
    limits: DueLimits,
    taken: HashSet<PostbackKey>,
    bytes: usize,
    rows: Vec<DueRow>,
}

impl Taking {
    fn is_full(&self, up_to: usize) -> bool {
        self.rows.len() >= up_to || self.bytes >= self.limits.bytes
    }

    /// Before it, whatever came earlier for its conversion, due or not.
    fn take_in_order(
        &mut self,
        id: PostbackKey,
        queue: Queue,
        order: &redb::ReadOnlyTable<(ConversionKey, PostbackKey), ()>,
    ) -> Result<(), StoreError> {
        let Some(row) = self.journal.get(id)? else { return Ok(()) };
        let conversion = row.value().2;
        drop(row);
        if queue == Queue::Unclaimed {
            for earlier in order.range((conversion, 0)..(conversion, id))? {
                let (_, earlier) = earlier?.0.value();
                if self.is_full(self.limits.rows) {
                    // One more than there is room for: left out, it would be the first one due for ever when
                    // those before it only wait.
                    return self.take(id, queue, true);
                }
                self.take(earlier, queue, false)?;
            }
        }
        self.take(id, queue, false)
    }

    fn take(&mut self, id: PostbackKey, queue: Queue, is_ahead: bool) -> Result<(), StoreError> {
        if let Some(row) = self.journal.get(id)?
            && self.taken.insert(id)
        {
            let (_, _, conversion, record) = row.value();
            self.bytes += record.len();
            self.rows.push(DueRow { id, queue, conversion, record: record.to_vec(), is_ahead });
        }
        Ok(())
    }
}

impl Outbox {
    /// What is due by now, earlier postbacks of the same conversion always before later ones. Reads the disk.
    pub fn due_postbacks(&self, now_ms: i64, limits: DueLimits) -> Result<DueRows, StoreError> {
        self.0.store.read(|database| due(database, now_ms, limits))
    }

    pub fn journal_size(&self) -> Result<JournalSize, StoreError> {
        self.0.store.read(|database| {
            let mut size = JournalSize::default();
            if let Some(journal) = table(database, JOURNAL)? {
                size.entries = journal.len()?;
                size.oldest = journal.first()?.map(|(id, _)| id.value());
                size.newest = journal.last()?.map(|(id, _)| id.value());
            }
            size.aside = table(database, ASIDE)?.map_or(Ok(0), |aside| aside.len())?;
            Ok(size)
        })
    }

    /// What this node knows of a conversion. Reads the disk.
    pub fn known_conversion(&self, conversion: ConversionKey) -> Result<Option<Vec<u8>>, StoreError> {
        self.0.store.read(|database| {
            let Some(known) = table(database, KNOWN)? else { return Ok(None) };
            Ok(known.get(conversion)?.map(|row| row.value().1.to_vec()))
        })
    }

    /// Postbacks set aside, from the oldest on; and how many there are.
    pub fn postbacks_aside(&self, offset: usize, limit: usize) -> Result<(Vec<AsideRow>, u64), StoreError> {
        self.0.store.read(|database| {
            let Some(aside) = table(database, ASIDE)? else { return Ok((Vec::new(), 0)) };
            let mut found = Vec::new();
            for row in aside.iter()?.skip(offset).take(limit) {
                let (id, record) = row?;
                found.push((id.value(), record.value().to_vec()));
            }
            Ok((found, aside.len()?))
        })
    }

    pub fn postback_aside(&self, id: PostbackKey) -> Result<Option<Vec<u8>>, StoreError> {
        self.0.store.read(|database| {
            let Some(aside) = table(database, ASIDE)? else { return Ok(None) };
            Ok(aside.get(id)?.map(|record| record.value().to_vec()))
        })
    }
}

#[cfg(test)]
mod tests;
