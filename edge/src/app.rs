//! Builds the whole of traffic-service and runs it: the one place where parts meet.

use std::time::Duration;

use anyhow::{Context, Result};
use tokio::{net::TcpListener, task::JoinSet};
use tokio_util::sync::CancellationToken;
use traffoflex_telemetry::{AccessLog, RequestLayer, prometheus};

use crate::{
    bot::BotDetector,
    click::ClickState,
    clock::now_ms,
    config::EdgeConfig,
    health::{self, HealthChecks, Prober, probe::Probe, report::Reporter},
    internal::InternalState,
    outbox::{Outbox, OutboxWriter},
    readiness::ReadinessState,
    router::Front,
    runtime::{
        NodeRuntime,
        caps::Caps,
        feed::{self, pull::RuntimePull, store::FeedStore},
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
    let last_feed = open_last_feed(&config, &runtime)?;
    let bots = bot_detector(&config).context("bot detection")?;
    let click = ClickState::new(&config, snapshot.clone(), outbox.clone(), runtime.clone(), bots.clone())
        .context("click path")?;
    let leases =
        Leases::open(&config, runtime.clone(), snapshot.clone(), outbox.clone()).context("leases")?;
    let sync =
        SnapshotSync::new(snapshot.clone(), last_good, config.node.clone()).context("snapshot sync")?;
    let interval = config.runtime.pull_interval();
    let pull = RuntimePull::new(runtime.clone(), last_feed, config.node.clone(), interval)
        .context("runtime feed")?;

    let mut background = JoinSet::new();
    background.spawn(sync.run(stop.child_token()));
    background.spawn(pull.run(stop.child_token()));
    background.spawn(outbox.clone().drain(sink, config.drain.clone(), stop.child_token()));
    bots.spawn_background(&mut background, &stop);
    background.spawn(upkeep(metrics.clone(), stop.child_token()));
    let health = start_health(&config, &snapshot, runtime.clone(), &outbox, &mut background, &stop)?;

    // Leases are returned after the last click.
    let clicks_ended = CancellationToken::new();
    background.spawn(leases.run(clicks_ended.clone()));
    background.spawn(visitors::keep(runtime.clone(), visitors, now_ms, clicks_ended.clone()));

    let internal =
        InternalState::new(snapshot.clone(), outbox.clone(), health.clone(), runtime.clone(), &config.node);
    let readiness = ReadinessState { snapshot, outbox, health, runtime };
    let front = Front::new(click, internal, readiness, metrics);
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

/// Probes, and what carries their results away.
fn start_health(
    config: &EdgeConfig,
    snapshot: &SnapshotHandle,
    runtime: NodeRuntime,
    outbox: &Outbox,
    background: &mut JoinSet<()>,
    stop: &CancellationToken,
) -> Result<HealthChecks> {
    let (health, node) = (&config.health, &config.node);
    let resolver = config.lookup.resolver().context("DNS_SERVERS")?;
    let probe = Probe::new(health.guard(), resolver, health.timeout()).context("health checks")?;
    let parts = Prober::build(health, node.node_id.clone(), probe, snapshot.clone(), runtime);
    let reporter =
        Reporter::new(parts.reports, node.clone(), health.interval_ms).context("health reports")?;
    background.spawn(parts.prober.run(stop.child_token()));
    background.spawn(reporter.run(stop.child_token()));
    background.spawn(health::report::record(parts.changes, outbox.clone()));
    Ok(parts.checks)
}

/// Who was sent where, as the outbox kept it with the clicks.
fn remember(config: &EdgeConfig, outbox: &Outbox) -> Result<NodeRuntime> {
    let history = History::new(config.memory.history_max_keys as usize);
    outbox.visits(|visit| history.learn(visit))?;
    let visitors = Visitors::new(config.memory.visitors_max_keys as usize);
    Ok(NodeRuntime::new(history, visitors, Caps::new(&config.caps)))
}

/// A node without DNS still works: it takes crawlers at their word.
fn bot_detector(config: &EdgeConfig) -> Result<BotDetector> {
    let resolver = config
        .lookup
        .resolver()
        .inspect_err(|error| tracing::warn!(%error, "crawlers are not verified"))
        .ok();
    Ok(BotDetector::new(&config.bots, resolver)?)
}

/// Serves at once from what an earlier run kept; a damaged store costs only a full sync.
fn open_last_good(config: &EdgeConfig, handle: &SnapshotHandle) -> Result<LastGood> {
    let (store, set_aside) = LastGood::open(&config.node.data_dir, now_ms()).context("snapshot store")?;
    if let Some(aside) = set_aside {
        metrics::counter!("traffoflex_store_set_aside_total", "store" => "snapshot").increment(1);
        tracing::error!(kept_as = %aside.path.display(), reason = aside.reason, "snapshot store was damaged: set aside, syncing anew");
    }
    match store.table().context("snapshot store")? {
        None => tracing::warn!("no snapshot yet: redirecting nothing until central sends one"),
        Some(Ok(table)) => {
            tracing::info!(version = table.version(), "serving the last good snapshot");
            handle.swap(table);
        }
        Some(Err(error)) => {
            tracing::error!(%error, "the kept snapshot does not compile in this build, syncing anew")
        }
    }
    Ok(store)
}

/// Goes on with what an earlier run heard of the installation; a damaged store costs that.
fn open_last_feed(config: &EdgeConfig, runtime: &NodeRuntime) -> Result<FeedStore> {
    let (store, set_aside) = FeedStore::open(&config.node.data_dir, now_ms()).context("runtime store")?;
    if let Some(aside) = set_aside {
        metrics::counter!("traffoflex_store_set_aside_total", "store" => "runtime").increment(1);
        tracing::error!(kept_as = %aside.path.display(), reason = aside.reason, "runtime store was damaged: set aside, pulling anew");
    }
    let kept = store.read().context("runtime store")?;
    if let Some(last) = kept.feed {
        feed::apply(runtime, last, now_ms());
    }
    feed::learn(runtime, kept.visits);
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
