//! What every service of a node stands on: metrics, access log, the snapshot it works by, and the outbox
//! with its way to the sink.

use std::{net::SocketAddr, time::Duration};

use anyhow::{Context, Result};
use tokio::{net::TcpListener, task::JoinSet};
use tokio_util::sync::CancellationToken;
use traffoflex_telemetry::{AccessLog, RequestLayer, prometheus};
use traffoflex_wire::node_report::NodeRole;

use crate::{
    clock::now_ms,
    config::{DrainConfig, NodeConfig, ProcessConfig, SinkConfig},
    node_report::NodeReporter,
    outbox::{Outbox, OutboxOptions, OutboxWriter},
    serve::{self, Answer},
    snapshot::{SnapshotHandle, last_good::LastGood, sync::SnapshotSync},
};

/// Histograms are folded this often when nobody scrapes.
const METRICS_UPKEEP: Duration = Duration::from_secs(5);

pub struct NodeBase {
    pub metrics: prometheus::Metrics,
    pub snapshot: SnapshotHandle,
    pub outbox: Outbox,
    pub reporter: NodeReporter,
    writer: OutboxWriter,
    access_log: AccessLog,
    last_good: LastGood,
    shutdown_timeout: Duration,
}

/// What runs beside the requests.
pub struct Background {
    pub tasks: JoinSet<()>,
    writer: OutboxWriter,
    requests: RequestLayer,
    shutdown_timeout: Duration,
}

impl NodeBase {
    /// Opens the node's files. Within a tokio runtime.
    pub fn open(
        service: &'static str,
        role: NodeRole,
        process: &ProcessConfig,
        node: &NodeConfig,
        outbox: OutboxOptions,
    ) -> Result<Self> {
        let metrics = prometheus::install().context("metrics")?;
        let access_log =
            AccessLog::start(service, process.log_format, process.access_log).context("access log thread")?;
        std::fs::create_dir_all(&node.data_dir)
            .with_context(|| format!("EDGE_DATA_DIR {}", node.data_dir.display()))?;
        let snapshot = SnapshotHandle::default();
        let last_good = open_last_good(node, &snapshot)?;
        let (outbox, writer) = Outbox::open(outbox).context("outbox")?;
        let shutdown_timeout = process.shutdown_timeout();
        let reporter = NodeReporter::new(role, snapshot.clone(), outbox.clone());
        Ok(Self { metrics, snapshot, outbox, reporter, writer, access_log, last_good, shutdown_timeout })
    }

    /// Takes the address, then begins to follow central's configuration and to drain the outbox: the first that
    /// central hears of the node says where it is.
    pub async fn start(
        self,
        addr: SocketAddr,
        node: &NodeConfig,
        (sink, drain): (&SinkConfig, &DrainConfig),
        stop: &CancellationToken,
    ) -> Result<(Background, TcpListener)> {
        let listener = TcpListener::bind(addr).await.with_context(|| format!("cannot listen on {addr}"))?;
        self.reporter.listens_at(listener.local_addr()?);
        let sink = sink.build(node).context("event sink")?;
        self.reporter.drains_to(sink.name());
        let sync = SnapshotSync::new(self.snapshot, self.last_good, node.clone(), self.reporter)
            .context("snapshot sync")?;
        let mut tasks = JoinSet::new();
        tasks.spawn(sync.run(stop.child_token()));
        tasks.spawn(self.outbox.drain(sink, drain.clone(), stop.child_token()));
        tasks.spawn(upkeep(self.metrics, stop.child_token()));
        let requests = RequestLayer::new(self.access_log);
        let background =
            Background { tasks, writer: self.writer, requests, shutdown_timeout: self.shutdown_timeout };
        Ok((background, listener))
    }
}

impl Background {
    /// Answers requests until `stop`, and those under way to their end.
    pub async fn serve(
        &self,
        listener: TcpListener,
        node: &NodeConfig,
        front: impl Answer,
        stop: CancellationToken,
    ) -> Result<()> {
        tracing::info!(addr = %listener.local_addr()?, node_id = %node.node_id, "listening");
        serve::run(listener, front, self.requests.clone(), stop, self.shutdown_timeout).await;
        Ok(())
    }

    /// Waits for every task, commits what was handed over and closes the outbox.
    pub async fn finish(mut self) -> Result<()> {
        while self.tasks.join_next().await.is_some() {}
        let closed = tokio::task::spawn_blocking(move || self.writer.close());
        closed.await.context("outbox writer")?.context("outbox")?;
        tracing::info!("stopped");
        Ok(())
    }
}

/// Serves at once from what an earlier run kept; a damaged store costs only a full sync.
fn open_last_good(node: &NodeConfig, handle: &SnapshotHandle) -> Result<LastGood> {
    let (store, set_aside) = LastGood::open(&node.data_dir, now_ms()).context("snapshot store")?;
    if let Some(aside) = set_aside {
        metrics::counter!("traffoflex_store_set_aside_total", "store" => "snapshot").increment(1);
        tracing::error!(kept_as = %aside.path.display(), reason = aside.reason, "snapshot store was damaged: set aside, syncing anew");
    }
    match store.table().context("snapshot store")? {
        None => tracing::warn!("no snapshot yet: answering nothing until central sends one"),
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

async fn upkeep(metrics: prometheus::Metrics, stop: CancellationToken) {
    let mut ticks = tokio::time::interval(METRICS_UPKEEP);
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            _ = ticks.tick() => metrics.run_upkeep(),
        }
    }
}
