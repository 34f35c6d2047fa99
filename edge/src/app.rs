//! Builds the whole of traffic-service and runs it: the one place where parts meet.

use std::time::Duration;

use anyhow::{Context, Result};
use tokio::{net::TcpListener, task::JoinSet};
use tokio_util::sync::CancellationToken;
use traffoflex_routing::table::RoutingTable;
use traffoflex_telemetry::{AccessLog, RequestLayer, prometheus};

use crate::{
    click::ClickState,
    clock::now_ms,
    config::EdgeConfig,
    internal::InternalState,
    outbox::{Outbox, OutboxWriter},
    readiness::ReadinessState,
    router::Front,
    runtime::{
        NodeRuntime,
        caps::Caps,
        history::History,
        leases::Leases,
        visitors::{self, Visitors},
    },
    serve,
    snapshot::{SnapshotHandle, last_good::LastGood, sync::SnapshotSync},
};

pub const SERVICE: &str = "traffic-service";
/// Histograms are folded this often when nobody scrapes.
const METRICS_UPKEEP: Duration = Duration::from_secs(5);

/// Runs until `stop`, then finishes what is under way.
pub async fn run(config: EdgeConfig, stop: CancellationToken) -> Result<()> {
    let metrics = prometheus::install().context("metrics")?;
    let access_log = AccessLog::start(SERVICE, config.server.log_format, config.server.access_log)
        .context("access log thread")?;
    std::fs::create_dir_all(&config.node.data_dir)
        .with_context(|| format!("EDGE_DATA_DIR {}", config.node.data_dir.display()))?;

    let snapshot = SnapshotHandle::default();
    let last_good = open_last_good(&config, &snapshot)?;
    let (outbox, writer) = Outbox::open(config.outbox_options()).context("outbox")?;
    let runtime = remember(&config, &outbox).context("what the node remembers")?;
    let visitors = runtime.visitors().open(&config.node.data_dir, now_ms()).context("visitors")?;
    let sink = config.sink.build(&config.node).context("event sink")?;
    let click =
        ClickState::new(&config, snapshot.clone(), outbox.clone(), runtime.clone()).context("click path")?;
    let leases =
        Leases::open(&config, runtime.clone(), snapshot.clone(), outbox.clone()).context("leases")?;
    let sync =
        SnapshotSync::new(snapshot.clone(), last_good, config.node.clone()).context("snapshot sync")?;

    let mut background = JoinSet::new();
    background.spawn(sync.run(stop.child_token()));
    background.spawn(outbox.clone().drain(sink, config.drain.clone(), stop.child_token()));
    background.spawn(visitors::keep(runtime.clone(), visitors, now_ms, stop.child_token()));
    background.spawn(upkeep(metrics.clone(), stop.child_token()));

    // Leases are returned after the last click.
    let clicks_ended = CancellationToken::new();
    background.spawn(leases.run(clicks_ended.clone()));

    let internal = InternalState::new(snapshot.clone(), outbox.clone(), &config.node);
    let front = Front::new(click, internal, ReadinessState { snapshot, outbox, runtime }, metrics);
    let listener = TcpListener::bind(config.server.addr)
        .await
        .with_context(|| format!("cannot listen on {}", config.server.addr))?;
    tracing::info!(addr = %listener.local_addr()?, node_id = %config.node.node_id, "listening");
    let limit = Duration::from_millis(config.server.shutdown_timeout_ms);
    serve::run(listener, front, RequestLayer::new(access_log), stop, limit).await;
    clicks_ended.cancel();
    while background.join_next().await.is_some() {}
    close_outbox(writer).await
}

/// Who was sent where, as the outbox kept it with the clicks.
fn remember(config: &EdgeConfig, outbox: &Outbox) -> Result<NodeRuntime> {
    let history = History::new(config.memory.history_max_keys as usize);
    for visit in outbox.visits()? {
        history.learn(visit);
    }
    let visitors = Visitors::new(config.memory.visitors_max_keys as usize);
    Ok(NodeRuntime::new(history, visitors, Caps::new(&config.caps)))
}

/// Serves at once from what an earlier run kept; a damaged store costs only a full sync.
fn open_last_good(config: &EdgeConfig, handle: &SnapshotHandle) -> Result<LastGood> {
    let (store, set_aside) = LastGood::open(&config.node.data_dir, now_ms()).context("snapshot store")?;
    if let Some(aside) = set_aside {
        metrics::counter!("traffoflex_store_set_aside_total", "store" => "snapshot").increment(1);
        tracing::error!(kept_as = %aside.path.display(), reason = aside.reason, "snapshot store was damaged: set aside, syncing anew");
    }
    match store.read().context("snapshot store")? {
        None => tracing::warn!("no snapshot yet: redirecting nothing until central sends one"),
        Some(snapshot) => match RoutingTable::build(&snapshot) {
            Ok(table) => {
                tracing::info!(version = table.version(), "serving the last good snapshot");
                handle.swap(table);
            }
            Err(error) => {
                tracing::error!(%error, "the kept snapshot does not compile in this build, syncing anew")
            }
        },
    }
    Ok(store)
}

/// Commits what was handed over and closes the file.
async fn close_outbox(writer: OutboxWriter) -> Result<()> {
    let closed = tokio::task::spawn_blocking(move || writer.close());
    closed.await.context("outbox writer")?.context("outbox")?;
    tracing::info!("stopped");
    Ok(())
}

async fn upkeep(metrics: prometheus::Metrics, stop: CancellationToken) {
    let mut ticks = tokio::time::interval(METRICS_UPKEEP);
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            _ = ticks.tick() => metrics.run_upkeep(),
        }
    }
}
