//! Computes what was touched, one process at a time: reads marks, builds, publishes, clears away.

use std::{
    collections::{BTreeMap, HashMap},
    time::{Duration, Instant},
};

use clickhouse::query::Query;
use jiff::Timestamp;
use serde::Deserialize;
use tokio_util::sync::CancellationToken;
use ulid::Ulid;

use super::{HOUR_MS, build, marks::Kind, retain, sweep};
use crate::{
    app::App,
    privacy::retention::{self, Kept},
    warehouse::{Warehouse, WarehouseError},
};

/// How long after its end a span may be built: nodes send within moments, and what comes later marks it again.
const SETTLE_MS: i64 = 30_000;
/// Hours of one statement, all of one day: a build of days is of one, which reports rely on.
const BATCH_HOURS: usize = 24;
/// Batches of a pass, newest first; what is left comes with the next.
const MAX_BATCHES: usize = 200;
/// How long after its beginning a build may be published, by ClickHouse's clock. Milliseconds.
pub(super) const PUBLISH_WITHIN_MS: i64 = 600_000;
/// Longest that a batch which cannot be built is put off.
const LONGEST_PUT_OFF: Duration = Duration::from_secs(3600);
/// How often what a workspace does not keep any longer is looked for.
const RETAIN_EVERY: Duration = Duration::from_secs(3600);
/// Limits of one build. Seconds, bytes, bytes.
const LIMITS: [(&str, &str); 4] = [
    ("max_execution_time", "300"),
    ("max_memory_usage", "4000000000"),
    ("max_bytes_before_external_group_by", "2000000000"),
    ("do_not_merge_across_partitions_select_final", "1"),
];
const LEASE: &str = "rollups";

#[derive(Debug, thiserror::Error)]
pub enum RollupError {
    #[error("mongodb: {0}")]
    Mongo(#[from] mongodb::error::Error),
    #[error("clickhouse: {0}")]
    Warehouse(#[from] WarehouseError),
}

/// Until `stop`, a pass each `every`, and never more than half of the time.
pub async fn keep(app: App, every: Duration, stop: CancellationToken) {
    let mut rest = every;
    let mut builder = Builder { app, every, failed: HashMap::new(), retained: None };
    loop {
        if stop.run_until_cancelled(tokio::time::sleep(rest)).await.is_none() {
            return;
        }
        let began = Instant::now();
        // The pass ends between two of its steps, so that its lease is given back.
        match builder.pass(&stop).await {
            Ok(()) => {}
            Err(error) => {
                metrics::counter!("traffoflex_rollup_failures_total").increment(1);
                tracing::warn!(%error, "rollups are behind; reports read the events instead");
            }
        }
        rest = every.max(began.elapsed());
    }
}

/// A batch by what is built: a failure of one says nothing of the others.
type Place = (String, Kind, u32);

struct Builder {
    app: App,
    every: Duration,
    /// Batches that could not be built: how often, and when they are tried again.
    failed: HashMap<Place, (u32, Instant)>,
    /// When what is not kept was last looked for.
    retained: Option<Instant>,
}

impl Builder {
    async fn pass(&mut self, stop: &CancellationToken) -> Result<(), RollupError> {
        let app = self.app.clone();
        app.catalog.exclusively(LEASE, self.work(stop)).await?
    }

    async fn work(&mut self, stop: &CancellationToken) -> Result<(), RollupError> {
        let warehouse = self.app.warehouse.clone();
        let kept = retention::all_kept(&self.app.catalog).await?;
        let built = self.build(&warehouse, &kept, stop).await;
        if stop.is_cancelled() {
            return built;
        }
        // Whatever could not be built, what is left over does not pile up.
        sweep::sweep(&warehouse).await?;
        if self.retained.is_none_or(|last| last.elapsed() >= RETAIN_EVERY) {
            retain::retain(&warehouse, &kept).await?;
            self.retained = Some(Instant::now());
        }
        built
    }

    /// Builds what it can, and returns the first error.
    async fn build(
        &mut self,
        warehouse: &Warehouse,
        kept: &HashMap<String, Kept>,
        stop: &CancellationToken,
    ) -> Result<(), RollupError> {
        let batches = stale(warehouse, kept).await?;
        let total: usize = batches.iter().map(|batch| batch.hours.len()).sum();
        metrics::gauge!("traffoflex_rollup_spans_due").set(total as f64);
        let now = Instant::now();
        self.failed.retain(|place, _| batches.iter().any(|batch| batch.place() == *place));
        let due = batches
            .iter()
            .filter(|batch| self.failed.get(&batch.place()).is_none_or(|(_, again)| *again <= now));
        let due: Vec<&Batch> = due.take(MAX_BATCHES).collect();
        let mut first_error = None;
        for batch in due {
            if stop.is_cancelled() {
                break;
            }
            let clicks_from_ms = kept.get(&batch.workspace).map_or(0, |kept| kept.clicks_from_ms);
            match build_one(warehouse, batch, clicks_from_ms).await {
                Ok(()) => {
                    self.failed.remove(&batch.place());
                }
                Err(error) => {
                    let (workspace, kind) = (&batch.workspace, batch.kind.name());
                    tracing::warn!(workspace, kind, hours = batch.hours.len(), %error, "hours that cannot be added up");
                    self.put_off(batch.place());
                    first_error = first_error.or(Some(error));
                    // Nothing is there to build with: that is no fault of the batch.
                    if warehouse.ping().await.is_err() {
                        break;
                    }
                }
            }
        }
        first_error.map_or(Ok(()), |error| Err(error.into()))
    }

    fn put_off(&mut self, place: Place) {
        let tries = self.failed.get(&place).map_or(0, |(tries, _)| *tries);
        let wait = self.every.saturating_mul(1 << tries.min(16)).min(LONGEST_PUT_OFF);
        self.failed.insert(place, (tries + 1, Instant::now() + wait));
    }
}

/// Spans of one kind, workspace and day, that are to be built.
struct Batch {
    workspace: String,
    kind: Kind,
    /// First hour and marks, ascending.
    hours: Vec<(u32, u64)>,
}

impl Batch {
    fn place(&self) -> Place {
        (self.workspace.clone(), self.kind, self.hours.first().map_or(0, |(hour, _)| hour / 24 * 24))
    }
}

#[derive(Deserialize)]
struct Stale {
    workspace_id: String,
    hour: u32,
    marks: u64,
}

/// The latest days first: they are asked for most.
async fn stale(warehouse: &Warehouse, kept: &HashMap<String, Kept>) -> Result<Vec<Batch>, WarehouseError> {
    let now_ms = Timestamp::now().as_millisecond();
    let mut batches: BTreeMap<(u32, Kind, String), Vec<(u32, u64)>> = BTreeMap::new();
    for kind in Kind::ALL {
        let span = kind.span();
        // `waits` of conversions whose click came since is compared with the marks of that click's hour.
        let sql = format!(
            "WITH current AS (SELECT workspace_id, toUInt32(intDiv(hour, {hours}) * {hours}) AS span, sum(marks) AS seen \
             FROM rollup_marks WHERE kind = {{marked:String}} GROUP BY workspace_id, span), \
             click_hours AS (SELECT workspace_id, hour, sum(marks) AS seen FROM rollup_marks WHERE kind = 'clicks' \
             GROUP BY workspace_id, hour), \
             built AS (SELECT r.workspace_id AS workspace_id, r.hour AS hour, argMax(r.waits, (r.marks, r.published_at)) AS waits, \
             max(r.marks) AS marks FROM rollup_builds AS r FINAL WHERE r.kind = {{kind:String}} AND r.published_at > 0 \
             GROUP BY workspace_id, hour), \
             late AS (SELECT DISTINCT w.workspace_id AS workspace_id, w.hour AS hour FROM \
             (SELECT workspace_id, hour, arrayJoin(waits) AS wait FROM built) AS w \
             LEFT JOIN click_hours AS m ON m.workspace_id = w.workspace_id AND m.hour = w.wait.1 WHERE m.seen != w.wait.2) \
             SELECT c.workspace_id AS workspace_id, c.span AS hour, c.seen AS marks FROM current AS c \
             LEFT JOIN built AS b ON b.workspace_id = c.workspace_id AND b.hour = c.span \
             WHERE c.span < {{end:UInt32}} AND (b.marks != c.seen OR (c.workspace_id, c.span) IN (SELECT workspace_id, hour FROM late))",
            hours = span.hours()
        );
        let end = (now_ms - SETTLE_MS - span.ms()).max(0) / HOUR_MS + 1;
        let query = warehouse.client().query_raw(&sql).param("marked", kind.marked_as());
        let query = query.param("kind", kind.name()).param("end", end);
        for row in warehouse.rows(query).await? {
            let Stale { workspace_id, hour, marks } = serde_json::from_value(row)?;
            if !retain::is_kept(kept.get(&workspace_id), kind, hour) {
                continue;
            }
            batches.entry((u32::MAX - hour / 24, kind, workspace_id)).or_default().push((hour, marks));
        }
    }
    let mut all = Vec::new();
    for ((_, kind, workspace), mut hours) in batches {
        hours.sort_unstable();
        let of_day = hours.chunks(BATCH_HOURS);
        all.extend(of_day.map(|hours| Batch { workspace: workspace.clone(), kind, hours: hours.to_vec() }));
    }
    Ok(all)
}

async fn build_one(warehouse: &Warehouse, batch: &Batch, clicks_from_ms: i64) -> Result<(), WarehouseError> {
    let hours: Vec<u32> = batch.hours.iter().map(|(hour, _)| *hour).collect();
    // 64 bits of chance: nobody else has it. Which of two builds is the later one is not for it to say.
    let number = Ulid::generate().0 as u64;
    let with = |sql: &str| -> Query {
        let query = warehouse.client().query_raw(sql).param("ws", &batch.workspace).param("build", number);
        let query = query.param("kept", clicks_from_ms);
        LIMITS
            .iter()
            .fold(query.param("hours", &hours), |query, (name, value)| query.with_setting(*name, *value))
    };
    let marks: Vec<u64> = batch.hours.iter().map(|(_, marks)| *marks).collect();
    let click_marks = match batch.kind {
        Kind::Conversions => click_marks(warehouse, &batch.workspace).await?,
        Kind::Clicks | Kind::ClickDays => HashMap::new(),
    };
    // By the server's clock, as is what publishes: no clock of ours has a say in whether it is in time.
    let begun = with(
        "INSERT INTO rollup_builds (workspace_id, kind, hour, build, begun_at) \
         SELECT {ws:String}, {kind:String}, arrayJoin({hours:Array(UInt32)}), {build:UInt64}, now64(3)",
    );
    begun.param("kind", batch.kind.name()).execute().await?;
    let mut waits: HashMap<u32, Vec<(u32, u64)>> = HashMap::new();
    match batch.kind {
        Kind::Clicks | Kind::ClickDays => with(&build::clicks(batch.kind.span())).execute().await?,
        Kind::Conversions => {
            with(&build::conversions()).execute().await?;
            for row in warehouse.rows(with(&build::missing_clicks())).await? {
                let Missing { hour, clicked } = serde_json::from_value(row)?;
                let marks = |hour: u32| (hour, click_marks.get(&hour).copied().unwrap_or_default());
                waits.insert(hour, clicked.into_iter().map(marks).collect());
            }
        }
    }
    let waits: Vec<Vec<(u32, u64)>> =
        hours.iter().map(|hour| waits.remove(hour).unwrap_or_default()).collect();
    publish(with, batch.kind, &marks, &waits).await
}

#[derive(Deserialize)]
struct Missing {
    hour: u32,
    clicked: Vec<u32>,
}

async fn publish(
    with: impl Fn(&str) -> Query,
    kind: Kind,
    marks: &[u64],
    waits: &[Vec<(u32, u64)>],
) -> Result<(), WarehouseError> {
    let sql = format!(
        "INSERT INTO rollup_builds (workspace_id, kind, hour, build, begun_at, published_at, marks, waits) \
         SELECT workspace_id, kind, hour, build, begun_at, now64(3), {{marks:Array(UInt64)}}[indexOf({{hours:Array(UInt32)}}, hour)], \
         arrayZip({{wait_hours:Array(Array(UInt32))}}[indexOf({{hours:Array(UInt32)}}, hour)], \
         {{wait_marks:Array(Array(UInt64))}}[indexOf({{hours:Array(UInt32)}}, hour)]) \
         FROM rollup_builds WHERE workspace_id = {{ws:String}} AND kind = {{kind:String}} AND build = {{build:UInt64}} \
         AND hour IN (SELECT arrayJoin({{hours:Array(UInt32)}})) AND published_at = 0 \
         AND begun_at > now64(3) - toIntervalMillisecond({PUBLISH_WITHIN_MS})"
    );
    let part = |of: fn(&(u32, u64)) -> u64| -> Vec<Vec<u64>> {
        waits.iter().map(|waits| waits.iter().map(of).collect()).collect()
    };
    let query = with(&sql).param("kind", kind.name()).param("marks", marks);
    let query =
        query.param("wait_hours", part(|wait| u64::from(wait.0))).param("wait_marks", part(|wait| wait.1));
    Ok(query.execute().await?)
}

#[derive(Deserialize)]
struct Marked {
    hour: u32,
    marks: u64,
}

async fn click_marks(warehouse: &Warehouse, workspace: &str) -> Result<HashMap<u32, u64>, WarehouseError> {
    let sql = "SELECT hour, sum(marks) AS marks FROM rollup_marks WHERE workspace_id = {ws:String} AND kind = 'clicks' GROUP BY hour";
    let mut all = HashMap::new();
    for row in warehouse.rows(warehouse.client().query_raw(sql).param("ws", workspace)).await? {
        let Marked { hour, marks } = serde_json::from_value(row)?;
        all.insert(hour, marks);
    }
    Ok(all)
}
