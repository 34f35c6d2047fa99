//! What arrived since it was last asked.
//!
//! ClickHouse gives a row its `ingested_at` when its insert begins, and shows it when that is done. So each poll reads
//! again what arrived in the last [`LATE_MS`] before the end of the poll before, and passes over what was seen. A
//! row that is delivered again arrives again with another `ingested_at`, and is known by its identity.
//!
//! # Limits
//! - A row that becomes visible later than [`LATE_MS`] after its `ingested_at` is not sent.
//! - [`MAX_CLICKS`] are sent of a poll. When more than [`MAX_BEHIND`] wait, the oldest of them are passed over and counted.
//! - The last [`MAX_SEEN`] clicks are known: one that is delivered again after more than that is sent again.

use std::collections::{HashSet, VecDeque};

use serde::Deserialize;

use crate::{
    access::WorkspaceApp,
    admin::{
        clicks::{
            filter,
            item::{self, ClickItem},
            page::{self, Position},
        },
        log_query::LogQuery,
    },
    error::ApiError,
};

const LATE_MS: i64 = 30_000;
const MAX_CLICKS: usize = 200;
const MAX_BEHIND: usize = 2_000;
/// Rows that a poll looks at, the latest.
const MAX_LOOKED_AT: usize = 20_000;
const MAX_SEEN: usize = 200_000;
/// How far back a connection may go on.
const MAX_RESUMED_MS: i64 = 10 * 60 * 1000;

pub struct Window {
    query: LogQuery,
    /// What arrived before was dealt with. By ClickHouse's clock, UTC milliseconds.
    from_ms: i64,
    seen: HashSet<u64>,
    /// In the order in which they were seen.
    order: VecDeque<u64>,
}

#[derive(Default)]
pub struct Arrived {
    pub clicks: Vec<ClickItem>,
    /// Passed over.
    pub skipped: usize,
    /// There may have been more than were looked at.
    pub is_at_least: bool,
}

#[derive(Debug, Clone, Deserialize)]
struct Arrival {
    /// Of the identity.
    hash: u64,
    arrived_ms: i64,
    #[serde(flatten)]
    position: Position,
}

/// A poll's reading.
struct Reading {
    /// By ClickHouse's clock, before it read.
    now_ms: i64,
    /// Oldest first.
    arrivals: Vec<Arrival>,
}

impl Window {
    /// From now on, or from where an earlier connection was.
    pub async fn open(app: &WorkspaceApp, query: LogQuery, resume_ms: Option<i64>) -> Result<Self, ApiError> {
        let _turn = app.reports.turn(&app.workspace_id).await?;
        let now_ms = now_ms(app).await?;
        let mut window =
            Self { query, from_ms: now_ms - LATE_MS, seen: HashSet::new(), order: VecDeque::new() };
        match resume_ms {
            Some(resume_ms) => window.from_ms = resume_ms.clamp(now_ms - MAX_RESUMED_MS, now_ms),
            // What is there already is no news; what becomes visible late is.
            None => {
                let there = window.read(app).await?.arrivals;
                there.iter().for_each(|arrival| window.see(arrival.hash));
            }
        }
        Ok(window)
    }

    /// Where another connection may go on.
    pub fn resume_ms(&self) -> i64 {
        self.from_ms
    }

    pub async fn next(&mut self, app: &WorkspaceApp) -> Result<Arrived, ApiError> {
        let _turn = app.reports.turn(&app.workspace_id).await?;
        let Reading { now_ms, mut arrivals } = self.read(app).await?;
        let is_cut = arrivals.len() == MAX_LOOKED_AT;
        let is_at_least = is_cut && arrivals.first().is_some_and(|oldest| !self.seen.contains(&oldest.hash));
        arrivals.retain(|arrival| !self.seen.contains(&arrival.hash));
        let skipped = arrivals.len().saturating_sub(MAX_BEHIND);
        let passed_over: Vec<Arrival> = arrivals.drain(..skipped).collect();
        let waiting = arrivals.split_off(arrivals.len().min(MAX_CLICKS));
        let positions: Vec<Position> = arrivals.iter().map(|arrival| arrival.position.clone()).collect();
        let mut clicks = page::rows(app, &positions).await?;
        item::dress(app, &mut clicks).await?;
        // Only what was read counts as seen: an error before this changes nothing.
        passed_over.iter().chain(&arrivals).for_each(|arrival| self.see(arrival.hash));
        let settled_ms = now_ms - LATE_MS;
        let settled_ms = waiting.first().map_or(settled_ms, |first| settled_ms.min(first.arrived_ms));
        self.from_ms = self.from_ms.max(settled_ms);
        Ok(Arrived { clicks, skipped, is_at_least })
    }

    async fn read(&self, app: &WorkspaceApp) -> Result<Reading, ApiError> {
        let now_ms = now_ms(app).await?;
        let sql = format!(
            "SELECT cityHash64(node_id, node_epoch, node_seq) AS hash, toUnixTimestamp64Milli(ingested_at) AS arrived_ms, \
             toUnixTimestamp64Milli(created_at) AS at_ms, node_id AS node, node_epoch AS epoch, node_seq AS seq \
             FROM click_events WHERE {} AND ingested_at >= fromUnixTimestamp64Milli({{from:Int64}}, 'UTC') \
             ORDER BY ingested_at DESC, hash LIMIT 1 BY hash LIMIT {MAX_LOOKED_AT}",
            filter::condition(&self.query, app.caller.masks_money)
        );
        let statement = filter::bind(app.warehouse.client().query_raw(&sql), &app.workspace_id, &self.query);
        let mut arrivals: Vec<Arrival> =
            app.warehouse.rows_of(app.reports.limited(statement.param("from", self.from_ms))).await?;
        arrivals.reverse();
        Ok(Reading { now_ms, arrivals })
    }

    fn see(&mut self, hash: u64) {
        if self.seen.insert(hash) {
            self.order.push_back(hash);
        }
        while self.order.len() > MAX_SEEN {
            if let Some(oldest) = self.order.pop_front() {
                self.seen.remove(&oldest);
            }
        }
    }
}

async fn now_ms(app: &WorkspaceApp) -> Result<i64, ApiError> {
    #[derive(Deserialize)]
    struct Now {
        ms: i64,
    }
    let sql = "SELECT toUnixTimestamp64Milli(now64(3)) AS ms";
    let now: Vec<Now> =
        app.warehouse.rows_of(app.reports.limited(app.warehouse.client().query_raw(sql))).await?;
    Ok(now.first().map_or(0, |now| now.ms))
}
