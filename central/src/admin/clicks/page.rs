//! One page of clicks.

use std::collections::HashMap;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jiff::Timestamp;
use serde::Deserialize;

use super::{
    columns,
    filter::{self, IDS},
    item::{self, ClickItem},
};
use crate::{
    access::WorkspaceApp,
    admin::{
        log_page::{Counted, LogPage},
        log_query::LogQuery,
    },
    error::ApiError,
};

/// 7 days.
pub const DEFAULT_PERIOD_MS: i64 = 7 * 24 * MS_PER_HOUR;
/// Clicks that are counted for a total.
pub const MAX_COUNTED: u64 = 100_000;
const MS_PER_HOUR: i64 = 3_600_000;
/// A node's clock may be ahead of ours by so much.
const AHEAD_MS: i64 = 5 * 60 * 1000;
/// A click's row is of the time of its id, or a landing page's week later.
const ID_BEFORE_MS: i64 = 1000;
const ID_AFTER_MS: i64 = 8 * 24 * MS_PER_HOUR;
/// Periods in which the rows of a page are looked for, back from its beginning; after these, all that is asked for.
const LOOK_BACK_MS: [i64; 3] = [MS_PER_HOUR / 4, 6 * MS_PER_HOUR, 48 * MS_PER_HOUR];
/// Latest first; the identity tells clicks of the same millisecond apart.
const LATEST_FIRST: &str = "created_at DESC, node_id DESC, node_epoch DESC, node_seq DESC";

/// Of a row in the order of the log.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Position {
    pub at_ms: i64,
    pub node: String,
    pub epoch: u64,
    pub seq: u64,
}

impl Position {
    fn seal(&self) -> String {
        URL_SAFE_NO_PAD.encode(format!("{}.{}.{}.{}", self.at_ms, self.epoch, self.seq, self.node))
    }

    fn open(text: &str) -> Option<Self> {
        let text = String::from_utf8(URL_SAFE_NO_PAD.decode(text).ok()?).ok()?;
        let mut parts = text.splitn(4, '.');
        let at_ms = parts.next()?.parse().ok().filter(|ms| (0..=i64::MAX / 2).contains(ms))?;
        let (epoch, seq) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
        Some(Self { at_ms, node: parts.next()?.to_owned(), epoch, seq })
    }
}

/// What is looked through, UTC milliseconds; the end is excluded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Period {
    from_ms: i64,
    to_ms: i64,
}

pub async fn read(app: &WorkspaceApp, query: &LogQuery) -> Result<LogPage<ClickItem>, ApiError> {
    let before = query.before.as_deref().map(|text| {
        Position::open(text).ok_or_else(|| ApiError::field("before", "the `next` of an earlier page"))
    });
    let before = before.transpose()?;
    let period = period_of(query, Timestamp::now().as_millisecond());
    let counted = async {
        match query.wants_total {
            true => count(app, query, period).await.map(Some),
            false => Ok(None),
        }
    };
    let (mut found, counted) = tokio::try_join!(positions(app, query, period, before.as_ref()), counted)?;
    let has_more = found.len() as i64 > query.limit;
    found.truncate(query.limit as usize);
    let next = found.last().filter(|_| has_more).map(Position::seal);
    let mut items = rows(app, &found).await?;
    item::dress(app, &mut items).await?;
    Ok(LogPage {
        items,
        limit: query.limit,
        offset: 0,
        total: counted.map(|counted| counted.total),
        total_is_exact: counted.is_none_or(|counted| counted.is_exact),
        next,
    })
}

fn period_of(query: &LogQuery, now_ms: i64) -> Period {
    let end_ms = query.to_ms.unwrap_or(now_ms + AHEAD_MS);
    let asked_from_ms = query.from_ms.unwrap_or_else(|| match query.is_filtered_by(&IDS) {
        true => 0,
        false => end_ms.min(now_ms) - DEFAULT_PERIOD_MS,
    });
    let asked = Period { from_ms: asked_from_ms.max(0), to_ms: end_ms };
    match filter::times_of_ids(query) {
        None => asked,
        Some((first_ms, last_ms)) => Period {
            from_ms: asked.from_ms.max(first_ms - ID_BEFORE_MS),
            to_ms: asked.to_ms.min(last_ms + ID_AFTER_MS),
        },
    }
}

/// One more than the limit, when there are more.
async fn positions(
    app: &WorkspaceApp,
    query: &LogQuery,
    period: Period,
    before: Option<&Position>,
) -> Result<Vec<Position>, ApiError> {
    let to_ms = before.map_or(period.to_ms, |before| period.to_ms.min(before.at_ms + 1));
    let mut starts: Vec<i64> =
        LOOK_BACK_MS.iter().map(|back_ms| to_ms - back_ms).filter(|start| *start > period.from_ms).collect();
    starts.push(period.from_ms);
    let mut found = Vec::new();
    for from_ms in starts {
        if from_ms >= to_ms {
            continue;
        }
        found = positions_in(app, query, Period { from_ms, to_ms }, before).await?;
        if found.len() as i64 > query.limit {
            break;
        }
    }
    Ok(found)
}

async fn positions_in(
    app: &WorkspaceApp,
    query: &LogQuery,
    period: Period,
    before: Option<&Position>,
) -> Result<Vec<Position>, ApiError> {
    let after = match before {
        None => "",
        Some(_) => {
            " AND (created_at, node_id, node_epoch, node_seq) < \
             (fromUnixTimestamp64Milli({at:Int64}, 'UTC'), {node:String}, {epoch:UInt64}, {seq:UInt64})"
        }
    };
    let sql = format!(
        "SELECT toUnixTimestamp64Milli(created_at) AS at_ms, node_id AS node, node_epoch AS epoch, node_seq AS seq \
         FROM click_events WHERE {}{after} ORDER BY {LATEST_FIRST} \
         LIMIT 1 BY created_at, node_id, node_epoch, node_seq LIMIT {}",
        in_period(app, query),
        query.limit + 1
    );
    let mut statement = bound(app, &sql, query, period);
    if let Some(Position { at_ms, node, epoch, seq }) = before {
        statement = statement.param("at", at_ms).param("node", node).param("epoch", epoch).param("seq", seq);
    }
    Ok(app.warehouse.rows_of(app.reports.limited(statement)).await?)
}

async fn count(app: &WorkspaceApp, query: &LogQuery, period: Period) -> Result<Counted, ApiError> {
    #[derive(Deserialize)]
    struct Total {
        total: u64,
    }
    let sql = format!(
        "SELECT count() AS total FROM (SELECT DISTINCT created_at, node_id, node_epoch, node_seq FROM click_events \
         WHERE {} LIMIT {})",
        in_period(app, query),
        MAX_COUNTED + 1
    );
    let found: Vec<Total> =
        app.warehouse.rows_of(app.reports.limited(bound(app, &sql, query, period))).await?;
    Ok(Counted::bounded(found.first().map_or(0, |found| found.total), MAX_COUNTED))
}

fn in_period(app: &WorkspaceApp, query: &LogQuery) -> String {
    format!(
        "{} AND created_at >= fromUnixTimestamp64Milli({{from:Int64}}, 'UTC') \
         AND created_at < fromUnixTimestamp64Milli({{to:Int64}}, 'UTC')",
        filter::condition(query, app.caller.masks_money)
    )
}

fn bound(app: &WorkspaceApp, sql: &str, query: &LogQuery, period: Period) -> clickhouse::query::Query {
    let statement = filter::bind(app.warehouse.client().query_raw(sql), &app.workspace_id, query);
    statement.param("from", period.from_ms).param("to", period.to_ms)
}

/// All columns of these rows, in their order.
pub async fn rows(app: &WorkspaceApp, positions: &[Position]) -> Result<Vec<ClickItem>, ApiError> {
    let times = positions.iter().map(|position| position.at_ms);
    let (Some(first_ms), Some(last_ms)) = (times.clone().min(), times.max()) else { return Ok(Vec::new()) };
    let named: Vec<String> = positions
        .iter()
        .map(|Position { node, epoch, seq, .. }| {
            format!("('{}', {epoch}, {seq})", node.replace('\\', "\\\\").replace('\'', "\\'"))
        })
        .collect();
    let condition = format!(
        "workspace_id = {{ws:String}} AND created_at BETWEEN fromUnixTimestamp64Milli({first_ms}, 'UTC') \
         AND fromUnixTimestamp64Milli({last_ms}, 'UTC') AND (node_id, node_epoch, node_seq) IN ({})",
        named.join(", ")
    );
    let sql = columns::select(&condition);
    let statement = app.warehouse.client().query_raw(&sql).param("ws", &*app.workspace_id);
    let found: Vec<ClickItem> = app.warehouse.rows_of(app.reports.limited(statement)).await?;
    let mut found: HashMap<(String, u64, u64), ClickItem> = found
        .into_iter()
        .map(|item| ((item.node_id.clone(), item.node_epoch, item.node_seq), item))
        .collect();
    let at = |position: &Position| found.remove(&(position.node.clone(), position.epoch, position.seq));
    Ok(positions.iter().filter_map(at).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::admin::clicks::filter::LIST;

    #[test]
    fn a_position_survives_the_way_and_nothing_else_is_one() {
        let position = Position { at_ms: 1_790_000_000_123, node: "fra.1".into(), epoch: 7, seq: u64::MAX };
        assert_eq!(Position::open(&position.seal()), Some(position));
        let strange = ["", "x", "MS4yLjM", "LTEuMi4zLm4", "!!"];
        assert!(strange.into_iter().all(|text| Position::open(text).is_none()));
    }

    #[test]
    fn a_period_is_the_last_week_unless_it_is_named() {
        let now_ms = 100 * 24 * MS_PER_HOUR;
        let of = |raw: &str| period_of(&LogQuery::parse(raw, &LIST).unwrap(), now_ms);
        assert_eq!(of(""), Period { from_ms: now_ms - DEFAULT_PERIOD_MS, to_ms: now_ms + AHEAD_MS });
        assert_eq!(of("source_click_id=x").from_ms, 0);
        assert_eq!(of("from=1970-01-01T00:00:01Z").from_ms, 1000);
        let ended = of("to=1970-02-01T00:00:00Z");
        assert_eq!(ended.to_ms - ended.from_ms, DEFAULT_PERIOD_MS);
    }
}
