//! Builds the whole of api-service and runs it: the one place where parts meet.

use std::{net::SocketAddr, time::Duration};

use anyhow::{Context, Result};
use axum::Router;
use backon::{ExponentialBuilder, Retryable};
use tokio::net::TcpListener;
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use traffoflex_model::WorkspaceId;
use traffoflex_telemetry::{AccessLog, RequestLayer, prometheus};

use crate::{
    accounts::{self, Accounts},
    admin::{IngestionErrorStates, Tails},
    ads, alerts,
    api_keys::ApiKeys,
    audit_log,
    catalog::Catalog,
    config::CentralConfig,
    costs,
    domains::{self, Domains},
    health::{HealthBook, Nodes},
    ingest::Ingest,
    mail::Mailer,
    money,
    node_clocks::NodeClocks,
    node_presence::NodePresence,
    notifications::Notifications,
    postback_nodes::PostbackNodes,
    privacy::{self, Privacy},
    report::Reports,
    rollups, router,
    runtime_feed::RuntimeFeeds,
    saved_views,
    snapshot::publish::Publisher,
    warehouse::{self, Warehouse, feed::Feed},
};

pub const SERVICE: &str = "api-service";
/// Histograms are folded this often when nobody scrapes.
const METRICS_UPKEEP: Duration = Duration::from_secs(5);
/// How long a start waits for the databases before it gives up.
const START_LIMIT: Duration = Duration::from_secs(60);
const START_RETRY_FIRST: Duration = Duration::from_millis(200);
const START_RETRY_MAX: Duration = Duration::from_secs(2);

/// What every request shares; a clone is cheap.
#[derive(Clone)]
pub struct App {
    pub catalog: Catalog,
    pub api_keys: ApiKeys,
    pub publisher: Publisher,
    pub warehouse: Warehouse,
    pub feed: Feed,
    pub ingest: Ingest,
    pub domains: Domains,
    /// Longest life of a link for one click.
    pub link_max_ttl_ms: i64,
    pub health: HealthBook,
    pub nodes: Nodes,
    pub node_clocks: NodeClocks,
    pub presence: NodePresence,
    pub node_lagging_after: Duration,
    pub notifications: Notifications,
    pub postback_nodes: PostbackNodes,
    pub runtime_feeds: RuntimeFeeds,
    pub privacy: Privacy,
    pub mailer: Mailer,
    pub accounts: Accounts,
    pub click_tails: Tails,
    /// Whether reports read what was added up.
    pub report_rollups: bool,
    pub reports: Reports,
    /// Requests that go on when their client leaves.
    pub begun: TaskTracker,
    /// The one that the first start made.
    pub first_workspace_id: WorkspaceId,
}

/// Runs until `stop`, then finishes what is under way.
pub async fn run(config: CentralConfig, stop: CancellationToken) -> Result<()> {
    let metrics = prometheus::install().context("metrics")?;
    let access_log = AccessLog::start(SERVICE, config.server.log_format, config.server.access_log)
        .context("access log thread")?;
    let app = build(&config).await?;
    let poll = Duration::from_millis(config.server.snapshot_poll_ms);
    let mut background = tokio::task::JoinSet::new();
    background.spawn(app.publisher.clone().poll(poll, stop.child_token()));
    let feed = app.feed.clone();
    background.spawn(feed.set_up(app.warehouse.clone(), config.kafka.clone(), stop.child_token()));
    background.spawn(domains::keep_checked(app.clone(), stop.child_token()));
    background.spawn(app.health.clone().sweep(stop.child_token()));
    background.spawn(app.presence.clone().keep(stop.child_token()));
    background.spawn(app.notifications.clone().tell_of_caps(stop.child_token()));
    background.spawn(app.notifications.clone().hand_over(app.postback_nodes.clone(), stop.child_token()));
    let (catalog, warehouse) = (app.catalog.clone(), app.warehouse.clone());
    background.spawn(money::rates::mirror::keep(catalog, warehouse, stop.child_token()));
    background.spawn(costs::finish_pending(app.clone(), stop.child_token()));
    let (tails, stopping) = (app.click_tails.clone(), stop.clone());
    background.spawn(async move {
        stopping.cancelled().await;
        tails.stop();
    });
    background.spawn(alerts::keep_evaluated(app.clone(), config.alerts.interval(), stop.child_token()));
    if config.rollups.is_on() {
        background.spawn(rollups::keep(app.clone(), config.rollups.interval(), stop.child_token()));
    }
    background.spawn(ads::twins::keep_folded(app.clone(), config.rollups.interval(), stop.child_token()));
    background.spawn(privacy::keep(app.clone(), stop.child_token()));
    background.spawn(upkeep(metrics.clone(), stop.child_token()));
    let begun = app.begun.clone();
    let router = router::all(app, &config, metrics, RequestLayer::new(access_log))?;
    serve(&config, router, stop).await?;
    begun.close();
    let limit = Duration::from_millis(config.server.shutdown_timeout_ms);
    if tokio::time::timeout(limit, begun.wait()).await.is_err() {
        tracing::warn!(requests = begun.len(), "stopped before these were done");
    }
    while background.join_next().await.is_some() {}
    tracing::info!("stopped");
    Ok(())
}

/// Connects, migrates and loads, waiting a while for databases that are still starting.
pub async fn build(config: &CentralConfig) -> Result<App> {
    let mailer = Mailer::new(&config.mail)?;
    let accounts = Accounts::new(&config.accounts, &config.server.admin_frontend_origin, mailer.clone())?;
    let catalog = Catalog::connect(&config.mongo).await.context("MONGO_URI")?;
    let warehouse = Warehouse::new(&config.clickhouse)?;
    let retry = ExponentialBuilder::new()
        .with_min_delay(START_RETRY_FIRST)
        .with_max_delay(START_RETRY_MAX)
        .with_total_delay(Some(START_LIMIT))
        .without_max_times()
        .with_jitter();
    let attempt = || async { migrate(&catalog, &warehouse).await };
    attempt
        .retry(retry)
        .notify(|error, wait| {
            let wait_ms = wait.as_millis() as u64;
            tracing::warn!(error = format!("{error:#}"), wait_ms, "waiting for the databases");
        })
        .await?;
    audit_log::keep_for(&catalog, config.audit_log.audit_log_retention_days).await?;
    let first_workspace_id = catalog.installation().await?.workspace_id.into();
    let api_keys = ApiKeys::open(&catalog).await.context("MongoDB")?;
    let publisher = Publisher::start(catalog.clone()).await?;
    let feed = Feed::new(&config.kafka);
    let notifications = Notifications::new(catalog.clone());
    let health = HealthBook::new(catalog.clone(), notifications.clone());
    let nodes = Nodes::new(config).context("TRAFFIC_SERVICE_URL")?;
    let postback_nodes = PostbackNodes::new(&config.nodes, &config.auth).context("POSTBACK_SERVICE_URL")?;
    let cache_for = Duration::from_millis(config.server.runtime_cache_ms);
    let runtime_feeds = RuntimeFeeds::new(
        publisher.clone(),
        catalog.clone(),
        warehouse.clone(),
        notifications.clone(),
        cache_for,
    );
    let offline_after = config.notifications.offline_after();
    Ok(App {
        api_keys,
        ingest: Ingest::new(warehouse.clone(), &config.kafka),
        domains: Domains::new(&config.domains),
        link_max_ttl_ms: config.links.max_ttl_ms(),
        publisher,
        warehouse,
        feed,
        health,
        nodes,
        node_clocks: NodeClocks::default(),
        node_lagging_after: config.logs.lagging_after(),
        presence: NodePresence::new(catalog.clone(), notifications.clone(), offline_after),
        notifications,
        postback_nodes,
        runtime_feeds,
        privacy: Privacy::new(&config.privacy),
        mailer,
        accounts,
        click_tails: Tails::new(config.logs.click_tail_max_connections),
        report_rollups: config.rollups.is_on(),
        reports: Reports::new(&config.reports),
        begun: TaskTracker::new(),
        first_workspace_id,
        catalog,
    })
}

pub async fn migrate(catalog: &Catalog, warehouse: &Warehouse) -> Result<()> {
    catalog.migrate().await.context("MongoDB")?;
    let notifications = Notifications::new(catalog.clone());
    notifications.migrate().await.context("MongoDB")?;
    ApiKeys::migrate(catalog).await.context("MongoDB")?;
    NodePresence::migrate(catalog).await.context("MongoDB")?;
    HealthBook::new(catalog.clone(), notifications).migrate().await.context("MongoDB")?;
    saved_views::migrate(catalog).await.context("MongoDB")?;
    money::rates::migrate(catalog).await.context("MongoDB")?;
    costs::migrate(catalog).await.context("MongoDB")?;
    accounts::migrate(catalog).await.context("MongoDB")?;
    IngestionErrorStates::migrate(catalog).await.context("MongoDB")?;
    alerts::migrate(catalog).await.context("MongoDB")?;
    privacy::migrate(catalog).await.context("MongoDB")?;
    // One process at a time: a table is rebuilt in several steps.
    let migration = warehouse::migrate::run(warehouse);
    catalog.exclusively("clickhouse_migration", migration).await.context("MongoDB")?.context("ClickHouse")?;
    Ok(())
}

async fn serve(config: &CentralConfig, app: Router, stop: CancellationToken) -> Result<()> {
    let listener = TcpListener::bind(config.server.addr)
        .await
        .with_context(|| format!("cannot listen on {}", config.server.addr))?;
    tracing::info!(addr = %listener.local_addr()?, "listening");
    let stopped = stop.clone();
    let app = app.into_make_service_with_connect_info::<SocketAddr>();
    let served = axum::serve(listener, app).with_graceful_shutdown(async move { stopped.cancelled().await });
    let limit = Duration::from_millis(config.server.shutdown_timeout_ms);
    tokio::select! {
        result = served.into_future() => result.context("serving"),
        // Long polls of nodes are open all the time: they are cut, and come back by themselves.
        () = async { stop.cancelled().await; tokio::time::sleep(limit).await } => Ok(()),
    }
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
