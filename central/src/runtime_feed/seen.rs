//! Who was sent where, in the order in which it arrived in ClickHouse, page by page.
//!
//! Rows of one insert share their time of arrival, so that a page may end among them: the cursor then
//! names the last visit of the page as well. A cursor that names none is a finished reading up to that
//! time, and the next one starts a little earlier for rows that became visible late. Repeats of a
//! click are the same visit.

use std::{fmt, str::FromStr};

use serde::Deserialize;
use traffoflex_wire::runtime::{MAX_SEEN, SeenVisit};

use super::{Computed, LATE_MS, RuntimeFeedError, demand::Demand, rows};
use crate::warehouse::Warehouse;

const MS_PER_HOUR: i64 = 3_600_000;

const SQL: &str = "SELECT toUnixTimestamp64Milli(ingested_at) AS arrived_ms, user_key, destination_id, \
     max(toUnixTimestamp64Milli(created_at)) AS at_ms FROM click_events \
     WHERE ingested_at >= fromUnixTimestamp64Milli({arrived:Int64}) \
     AND created_at >= fromUnixTimestamp64Milli({oldest:Int64}) AND user_key != '' AND destination_id != '' \
     AND (ingested_at, user_key, destination_id) > \
     (fromUnixTimestamp64Milli({arrived:Int64}), {user:String}, {destination:String}) \
     GROUP BY ingested_at, user_key, destination_id \
     ORDER BY ingested_at, user_key, destination_id LIMIT {limit:UInt64}";

/// `<arrived ms>` or `<arrived ms>.<user key>.<destination>`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cursor {
    arrived_ms: i64,
    /// User key and destination of the last visit of a page that is not the last.
    after: Option<(String, String)>,
}

#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("not the cursor of an earlier answer")]
pub struct CursorError;

impl FromStr for Cursor {
    type Err = CursorError;
    fn from_str(text: &str) -> Result<Self, CursorError> {
        let mut parts = text.splitn(3, '.');
        let arrived_ms = parts.next().and_then(|ms| ms.parse().ok()).ok_or(CursorError)?;
        match (parts.next(), parts.next()) {
            (None, None) => Ok(Self { arrived_ms, after: None }),
            (Some(user), Some(destination)) => {
                Ok(Self { arrived_ms, after: Some((user.to_owned(), destination.to_owned())) })
            }
            _ => Err(CursorError),
        }
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.arrived_ms)?;
        match &self.after {
            Some((user, destination)) => write!(f, ".{user}.{destination}"),
            None => Ok(()),
        }
    }
}

pub(super) struct Page {
    pub visits: Vec<SeenVisit>,
    pub cursor: Cursor,
    pub more: bool,
}

impl Page {
    /// Nothing was read after `since`: the next page begins there as well.
    pub fn empty_at(since: Option<Cursor>) -> Self {
        let cursor = since.unwrap_or(Cursor { arrived_ms: 0, after: None });
        Self { visits: Vec::new(), cursor, more: false }
    }
}

#[derive(Deserialize)]
struct Row {
    arrived_ms: i64,
    user_key: String,
    destination_id: String,
    at_ms: i64,
}

pub(super) async fn page(
    warehouse: &Warehouse,
    demand: &Demand,
    computed: &Computed,
    since: Option<Cursor>,
) -> Result<Page, RuntimeFeedError> {
    let all_read = Cursor { arrived_ms: computed.warehouse_ms, after: None };
    if demand.seen_window_hours == 0 {
        // Should somebody ask for visits later, they begin where nothing was read.
        return Ok(Page::empty_at(since));
    }
    let oldest_ms = computed.at_ms - i64::from(demand.seen_window_hours) * MS_PER_HOUR;
    let (arrived_ms, (user, destination)) = match since {
        Some(Cursor { arrived_ms, after: Some(after) }) => (arrived_ms, after),
        Some(Cursor { arrived_ms, after: None }) => ((arrived_ms - LATE_MS).max(0), Default::default()),
        None => (0, Default::default()),
    };
    let query = warehouse
        .client()
        .query_raw(SQL)
        .param("arrived", arrived_ms)
        .param("oldest", oldest_ms)
        .param("user", user)
        .param("destination", destination)
        .param("limit", MAX_SEEN as u64 + 1);
    let mut found: Vec<Row> = rows(warehouse, query).await?;
    let more = found.len() > MAX_SEEN;
    found.truncate(MAX_SEEN);
    let last = found.last().filter(|_| more).map(|row| Cursor {
        arrived_ms: row.arrived_ms,
        after: Some((row.user_key.clone(), row.destination_id.clone())),
    });
    let visits = found.into_iter().filter_map(|row| {
        let user = u64::from_str_radix(&row.user_key, 16).ok()?;
        Some(SeenVisit { user, destination_id: row.destination_id.into(), at_ms: row.at_ms })
    });
    Ok(Page { visits: visits.collect(), cursor: last.unwrap_or(all_read), more })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_that_could_not_be_read_leaves_the_cursor() {
        let within: Cursor = "1763731234567.00ff.d".parse().unwrap();
        assert_eq!(Page::empty_at(Some(within.clone())).cursor, within);
        assert_eq!(Page::empty_at(None).cursor.to_string(), "0");
    }

    #[test]
    fn cursors_round_trip() {
        for text in ["0", "1763731234567", "1763731234567.00ff.01D.x"] {
            assert_eq!(text.parse::<Cursor>().unwrap().to_string(), text);
        }
        for bad in ["", "x", "1.2", "1763731234567.00ff"] {
            assert_eq!(bad.parse::<Cursor>(), Err(CursorError), "{bad:?}");
        }
    }
}
