//! Builds the whole of traffic-service and runs it: the one place where parts meet.

use anyhow::{Context, Result};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use traffoflex_wire::node_report::NodeRole;

use crate::{
    bot::BotDetector,
    click::ClickState,
    clock::now_ms,
    config::EdgeConfig,
    health::{self, HealthChecks, Prober, probe::Probe, report::Reporter},
    internal::InternalState,
    node_base::NodeBase,
    outbox::Outbox,
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
    snapshot::SnapshotHandle,
};

pub const SERVICE: &str = "traffic-service";

/// Runs until `stop`, then finishes what is under way.
pub async fn run(config: EdgeConfig, stop: CancellationToken) -> Result<()> {
    let base =
        NodeBase::open(SERVICE, NodeRole::Traffic, &config.process, &config.node, config.outbox_options())?;
    let (snapshot, outbox) = (base.snapshot.clone(), base.outbox.clone());
    let runtime = remember(&config, &outbox).context("what the node remembers")?;
    let visitors = runtime.visitors().open(&config.node.data_dir, now_ms()).context("visitors")?;
    let last_feed = open_last_feed(&config, &runtime)?;
    let bots = bot_detector(&config).context("bot detection")?;
    let click = ClickState::new(&config, snapshot.clone(), outbox.clone(), runtime.clone(), bots.clone())
        .context("click path")?;
    let leases =
        Leases::open(&config, runtime.clone(), snapshot.clone(), outbox.clone()).context("leases")?;
    let interval = config.runtime.pull_interval();
    let (node, reporter) = (config.node.clone(), base.reporter.clone());
    let pull =
        RuntimePull::new(runtime.clone(), last_feed, (node, reporter), interval).context("runtime feed")?;

    let metrics = base.metrics.clone();
    let events = (&config.sink, &config.drain);
    let (mut background, listener) = base.start(config.server.addr, &config.node, events, &stop).await?;
    let tasks = &mut background.tasks;
    tasks.spawn(pull.run(stop.child_token()));
    bots.spawn_background(tasks, &stop);
    let health = start_health(&config, &snapshot, runtime.clone(), &outbox, tasks, &stop)?;

    // Leases are returned after the last click.
    let clicks_ended = CancellationToken::new();
    tasks.spawn(leases.run(clicks_ended.clone()));
    tasks.spawn(visitors::keep(runtime.clone(), visitors, now_ms, clicks_ended.clone()));

    let internal =
        InternalState::new(snapshot.clone(), outbox.clone(), health.clone(), runtime.clone(), &config.node);
    let readiness = ReadinessState { snapshot, outbox, health, runtime };
    let front = Front::new(click, internal, readiness, metrics);
    background.serve(listener, &config.node, front, stop).await?;
    clicks_ended.cancel();
    background.finish().await
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
    let resolver = config.lookup.addresses.resolver().context("DNS_SERVERS")?;
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
        .addresses
        .resolver()
        .inspect_err(|error| tracing::warn!(%error, "crawlers are not verified"))
        .ok();
    Ok(BotDetector::new(&config.bots, resolver)?)
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
