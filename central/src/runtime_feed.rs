//! What happened in the whole installation, for nodes: usage of caps, earnings, health, visits. See
//! [`traffoflex_wire::runtime`].
//!
//! All but the visits is computed at most once in `RUNTIME_CACHE_MS` however many nodes ask: who asks
//! while it is computed waits for that one. Only what the published configuration needs is read: with
//! no cap on conversions or revenue and no stream that ranks, that is the watermark alone. Events are
//! read deduplicated, as reports read them. A computation outlives the request that began it.

mod caps;
mod demand;
mod earnings;
mod health;
mod marks;
mod seen;

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

pub(crate) use caps::measure as measure_caps;
use clickhouse::query::Query;
pub use demand::{Demand, MeasuredAs};
use marks::Marks;
use seen::Page;
pub use seen::{Cursor, CursorError};
use serde::de::DeserializeOwned;
use tokio::sync::Mutex;
use traffoflex_wire::runtime::{DestinationHealth, MeasuredCap, NodeMark, RuntimeFeed, StreamEarnings};

use crate::{
    catalog::Catalog,
    error::ApiError,
    notifications::Notifications,
    snapshot::publish::Publisher,
    warehouse::{Warehouse, WarehouseError},
};

/// A computation is used for so many times what it took, so that a large installation spends at most
/// a third of its time on it.
const REST_PER_WORK: u32 = 2;
/// Events become visible in ClickHouse at most so long after their `ingested_at`, in milliseconds: an
/// insert may take that long. What arrived since then is read again.
const LATE_MS: i64 = 60_000;
/// Caps or streams in one query: their ids travel in its address.
const MAX_PER_QUERY: usize = 1000;
/// What an event's workspace counts in: amounts are converted as reports do it, see
/// [`crate::money::conversion`], and those without a rate count nothing.
const BASE: &str = "{currencies:Array(String)}[indexOf({workspaces:Array(String)}, workspace_id)]";
/// Limits of one query. Seconds, bytes. Repeats are in the partition of their original.
const SETTINGS: [(&str, &str); 4] = [
    ("max_execution_time", "30"),
    ("max_memory_usage", "4000000000"),
    ("readonly", "2"),
    ("do_not_merge_across_partitions_select_final", "1"),
];

#[derive(Debug, thiserror::Error)]
pub enum RuntimeFeedError {
    #[error("clickhouse: {0}")]
    Warehouse(#[from] WarehouseError),
    #[error("mongodb: {0}")]
    Mongo(#[from] mongodb::error::Error),
    /// The last attempt is too recent for another.
    #[error("failed a moment ago: {0}")]
    Failed(String),
    #[error("the computation was stopped")]
    Stopped,
}

impl From<RuntimeFeedError> for ApiError {
    fn from(error: RuntimeFeedError) -> Self {
        match error {
            RuntimeFeedError::Mongo(error) => Self::Mongo(error),
            // Too much to read is no fault of the node that asks.
            RuntimeFeedError::Warehouse(error) => {
                Self::Warehouse(WarehouseError::Unavailable(error.to_string()))
            }
            other => Self::Warehouse(WarehouseError::Unavailable(other.to_string())),
        }
    }
}

/// A clone is one reference count.
#[derive(Clone)]
pub struct RuntimeFeeds(Arc<Shared>);

struct Shared {
    publisher: Publisher,
    catalog: Catalog,
    warehouse: Warehouse,
    notifications: Notifications,
    cache_for: Duration,
    /// Held while computing: one at a time.
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    marks: Marks,
    demand: Option<Arc<Demand>>,
    computed: Option<Arc<Computed>>,
    failed: Option<(Instant, String)>,
}

/// What is the same for every node.
struct Computed {
    demand: Arc<Demand>,
    at_ms: i64,
    /// ClickHouse's clock before anything was read, UTC milliseconds.
    warehouse_ms: i64,
    watermark: Vec<NodeMark>,
    caps: Vec<MeasuredCap>,
    earned: Vec<StreamEarnings>,
    health: Vec<DestinationHealth>,
    done: Instant,
    took: Duration,
}

impl RuntimeFeeds {
    pub fn new(
        publisher: Publisher,
        catalog: Catalog,
        warehouse: Warehouse,
        notifications: Notifications,
        cache_for: Duration,
    ) -> Self {
        let state = Mutex::new(State::default());
        Self(Arc::new(Shared { publisher, catalog, warehouse, notifications, cache_for, state }))
    }

    /// `since`: where the node's last answer ended, if it was of this `generation`.
    pub async fn answer(
        &self,
        since: Option<Cursor>,
        generation: Option<&str>,
    ) -> Result<RuntimeFeed, RuntimeFeedError> {
        // A task of its own: a node that hangs up must not throw a long computation away.
        let computed =
            tokio::spawn(current(self.0.clone())).await.map_err(|_| RuntimeFeedError::Stopped)??;
        let demand = &computed.demand;
        let same_generation = generation.is_none_or(|generation| generation == demand.generation);
        let since = since.filter(|_| same_generation);
        let seen = match seen::page(&self.0.warehouse, demand, &computed, since.clone()).await {
            Ok(page) => page,
            // All else is worth hearing, and the visits are read from the same place next time.
            Err(error) => {
                metrics::counter!("traffoflex_runtime_feed_visits_failures_total").increment(1);
                tracing::warn!(%error, "visits could not be read: the runtime feed goes without them");
                Page::empty_at(since)
            }
        };
        Ok(RuntimeFeed {
            generation: demand.generation.clone(),
            cursor: seen.cursor.to_string(),
            computed_at_ms: computed.at_ms,
            watermark: computed.watermark.clone(),
            caps: computed.caps.clone(),
            earned: computed.earned.clone(),
            health: computed.health.clone(),
            seen: seen.visits,
            more: seen.more,
            seen_window_hours: demand.seen_window_hours,
        })
    }
}

/// What was computed last, or anew when that is too old.
async fn current(shared: Arc<Shared>) -> Result<Arc<Computed>, RuntimeFeedError> {
    let mut state = shared.state.lock().await;
    if let Some(computed) = state.computed.as_ref()
        && computed.done.elapsed() < shared.cache_for.max(computed.took * REST_PER_WORK)
    {
        return Ok(computed.clone());
    }
    // Everybody who waited meanwhile learns of the failure, and does not try for themselves.
    if let Some((at, error)) = &state.failed
        && at.elapsed() < shared.cache_for
    {
        return Err(RuntimeFeedError::Failed(error.clone()));
    }
    match compute(&shared, &mut state).await {
        Ok(computed) => {
            let computed = Arc::new(computed);
            state.failed = None;
            state.computed = Some(computed.clone());
            Ok(computed)
        }
        Err(error) => {
            state.failed = Some((Instant::now(), error.to_string()));
            metrics::counter!("traffoflex_runtime_feed_failures_total").increment(1);
            Err(error)
        }
    }
}

async fn compute(shared: &Shared, state: &mut State) -> Result<Computed, RuntimeFeedError> {
    let began = Instant::now();
    let demand = match &state.demand {
        Some(demand) if demand.version == shared.publisher.version() => demand.clone(),
        _ => Arc::new(shared.publisher.inspect(Demand::of).await),
    };
    state.demand = Some(demand.clone());
    // The marks first: all that is read afterwards holds at least as much.
    let warehouse_ms = state.marks.refresh(&shared.warehouse).await?;
    let at_ms = jiff::Timestamp::now().as_millisecond();
    let (caps, earned, health) = tokio::try_join!(
        caps::measure(&shared.warehouse, &demand, at_ms),
        earnings::measure(&shared.warehouse, &demand, at_ms),
        health::unhealthy(&shared.catalog),
    )?;
    caps::tell_of_reached(&shared.notifications, &demand, &caps, at_ms);
    let took = began.elapsed();
    metrics::histogram!("traffoflex_runtime_feed_seconds").record(took.as_secs_f64());
    let watermark = state.marks.list();
    Ok(Computed { demand, at_ms, warehouse_ms, watermark, caps, earned, health, done: Instant::now(), took })
}

/// Rows of a query within its limits.
async fn rows<T: DeserializeOwned>(warehouse: &Warehouse, query: Query) -> Result<Vec<T>, WarehouseError> {
    let query = SETTINGS.iter().fold(query, |query, (name, value)| query.with_setting(*name, *value));
    let rows = warehouse.rows(query).await?;
    Ok(rows.into_iter().map(serde_json::from_value).collect::<Result<_, _>>()?)
}
