//! Pulls the configuration from central: a long poll that returns when there is a new version.
//!
//! A new version is verified (codec, checksum, base, order), compiled, committed to `snapshot.redb`
//! and only then swapped in. Whatever fails on that way is refused: the last good version stays,
//! and the next request asks for a full snapshot. Central being away is no failure of the node.

use std::{sync::Arc, time::Duration};

use reqwest::{Client, StatusCode, Url};
use tokio_util::sync::CancellationToken;
use traffoflex_model::{Snapshot, SnapshotDelta};
use traffoflex_routing::table::{RoutingTable, TableError};
use traffoflex_wire::{
    codec::{self, CodecError},
    node_report,
    snapshot::{MAX_SEALED_BYTES, MAX_WAIT_MS, NODE_HEADER, PATH, SnapshotMessage},
};

use super::{
    SnapshotHandle,
    last_good::{LastGood, LastGoodError},
};
use crate::{
    backoff::Backoff,
    bounded_body::{self, BodyError},
    clock::now_ms,
    config::node::NodeConfig,
    node_report::NodeReporter,
};

/// Held open below central's own limit, so that central answers first.
const WAIT_MS: u64 = MAX_WAIT_MS - 5_000;
/// A long poll answers within its wait; a connection silent for so long is taken for dead.
const REQUEST_TIMEOUT: Duration = Duration::from_millis(WAIT_MS + 15_000);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
const BACKOFF_FIRST: Duration = Duration::from_millis(200);
const BACKOFF_MAX: Duration = Duration::from_secs(10);
/// Memory one decoded snapshot may take on a node.
const MAX_BODY_BYTES: u64 = codec::MAX_ENVELOPE_BODY_BYTES;

/// Snapshots refused, by reason.
const REFUSED: &str = "traffoflex_snapshot_refused_total";
/// Requests to central that failed, by kind.
const FAILED: &str = "traffoflex_snapshot_sync_failures_total";
const APPLIED: &str = "traffoflex_snapshot_applied_total";
const VERSION: &str = "traffoflex_snapshot_version";

/// Why a snapshot that arrived was not taken.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    #[error("it does not open: {0}")]
    Codec(#[from] CodecError),
    #[error("it does not compile: {0}")]
    Table(#[from] TableError),
    #[error("it could not be kept: {0}")]
    Store(#[from] LastGoodError),
    #[error("it goes from version {got} and this node is at {have}")]
    Base { got: u64, have: u64 },
    #[error("its version {got} is not above this node's {have}")]
    Older { got: u64, have: u64 },
}

impl Refused {
    fn reason(&self) -> &'static str {
        match self {
            Self::Codec(_) => "codec",
            Self::Table(_) => "invalid",
            Self::Store(_) => "store",
            Self::Base { .. } => "base",
            Self::Older { .. } => "older",
        }
    }
}

#[derive(Debug, thiserror::Error)]
enum SyncError {
    #[error("central cannot be reached: {0}")]
    Request(#[from] reqwest::Error),
    #[error("central answered {0}")]
    Status(StatusCode),
    #[error("central sent more than {MAX_SEALED_BYTES} bytes")]
    TooLarge,
    #[error("snapshot refused: {0}")]
    Refused(#[from] Refused),
    #[error("the task that applies snapshots was stopped")]
    Stopped,
}

impl From<BodyError> for SyncError {
    fn from(error: BodyError) -> Self {
        match error {
            BodyError::Request(error) => Self::Request(error),
            BodyError::TooLarge { .. } => Self::TooLarge,
        }
    }
}

impl SyncError {
    fn kind(&self) -> &'static str {
        match self {
            Self::Request(_) => "unreachable",
            Self::Status(StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN) => "unauthorized",
            Self::Status(_) => "status",
            Self::TooLarge => "too_large",
            Self::Refused(_) => "refused",
            Self::Stopped => "stopped",
        }
    }
}

pub struct SnapshotSync {
    handle: SnapshotHandle,
    store: Arc<LastGood>,
    client: Client,
    url: Url,
    node: NodeConfig,
    reporter: NodeReporter,
    /// The next request asks for everything, since the last answer was refused.
    want_full: bool,
}

impl SnapshotSync {
    pub fn new(
        handle: SnapshotHandle,
        store: LastGood,
        node: NodeConfig,
        reporter: NodeReporter,
    ) -> reqwest::Result<Self> {
        let client = Client::builder()
            .connect_timeout(CONNECT_TIMEOUT)
            // Of each read, not of the whole: a large snapshot over a slow link takes what it takes.
            .read_timeout(REQUEST_TIMEOUT)
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .build()?;
        let mut url = node.central_url.clone();
        url.set_path(&format!("{}{PATH}", url.path().trim_end_matches('/')));
        Ok(Self { handle, store: Arc::new(store), client, url, node, reporter, want_full: false })
    }

    /// Runs until cancelled.
    pub async fn run(mut self, cancelled: CancellationToken) {
        let mut backoff = Backoff::new(BACKOFF_FIRST, BACKOFF_MAX);
        let handle = self.handle.clone();
        loop {
            let result = tokio::select! {
                () = cancelled.cancelled() => return,
                // Interrupts the long poll: the next request answers at once if anything is new.
                () = handle.reload_requested() => continue,
                result = self.poll_once() => result,
            };
            match result {
                Ok(()) => backoff.reset(),
                Err(error) => {
                    metrics::counter!(FAILED, "kind" => error.kind()).increment(1);
                    let wait = backoff.next_wait();
                    tracing::warn!(
                        error = %error,
                        kind = error.kind(),
                        retry_in_ms = wait.as_millis() as u64,
                        "snapshot sync failed, serving the last good one"
                    );
                    tokio::select! {
                        () = cancelled.cancelled() => return,
                        () = tokio::time::sleep(wait) => {}
                        () = handle.reload_requested() => {}
                    }
                }
            }
        }
    }

    async fn poll_once(&mut self) -> Result<(), SyncError> {
        let mut query = vec![("wait_ms", WAIT_MS.to_string())];
        if let Some(table) = self.handle.load().as_deref()
            && !self.want_full
        {
            query.push(("since", table.version().to_string()));
            query.push(("generation", table.generation().to_owned()));
        }
        let response = self
            .client
            .get(self.url.clone())
            .query(&query)
            .bearer_auth(&self.node.node_token)
            .header(NODE_HEADER, self.node.node_id.as_str())
            .header(node_report::HEADER, self.reporter.header())
            .send()
            .await?;
        match response.status() {
            StatusCode::NOT_MODIFIED => {
                self.handle.confirmed(now_ms());
                return Ok(());
            }
            StatusCode::OK => {}
            status => return Err(SyncError::Status(status)),
        }
        let sealed = bounded_body::read(response, MAX_SEALED_BYTES).await?;
        let (handle, store) = (self.handle.clone(), self.store.clone());
        // Opening, compiling and committing take CPU and an fsync: not on the threads that answer clicks.
        let applied = tokio::task::spawn_blocking(move || apply(&handle, &store, &sealed))
            .await
            .map_err(|_| SyncError::Stopped)?;
        self.want_full = applied.is_err();
        self.handle.confirmed(now_ms());
        if let Err(refused) = applied {
            metrics::counter!(REFUSED, "reason" => refused.reason()).increment(1);
            self.handle.refused();
            return Err(refused.into());
        }
        Ok(())
    }
}

/// Takes a sealed message all the way to the handle, or refuses it and changes nothing.
pub fn apply(handle: &SnapshotHandle, store: &LastGood, sealed: &[u8]) -> Result<(), Refused> {
    // A reload can start a second one while the first is still at it.
    let _one_at_a_time = handle.applying();
    let table = match codec::open::<SnapshotMessage>(sealed, MAX_BODY_BYTES)? {
        SnapshotMessage::Full(snapshot) => apply_full(handle, store, &snapshot)?,
        SnapshotMessage::Delta(delta) => apply_delta(handle, store, &delta)?,
    };
    metrics::counter!(APPLIED).increment(1);
    metrics::gauge!(VERSION).set(table.version() as f64);
    let counts = table.counts();
    tracing::info!(
        version = table.version(),
        campaigns = counts.campaigns as u64,
        destinations = counts.destinations as u64,
        "snapshot applied"
    );
    handle.swap(table);
    Ok(())
}

fn apply_full(
    handle: &SnapshotHandle,
    store: &LastGood,
    snapshot: &Snapshot,
) -> Result<RoutingTable, Refused> {
    if let Some(current) = handle.load().as_deref()
        && current.generation() == snapshot.generation
        && current.version() > snapshot.version
    {
        return Err(Refused::Older { got: snapshot.version, have: current.version() });
    }
    let table = RoutingTable::build(snapshot)?;
    store.write_full(snapshot)?;
    Ok(table)
}

fn apply_delta(
    handle: &SnapshotHandle,
    store: &LastGood,
    delta: &SnapshotDelta,
) -> Result<RoutingTable, Refused> {
    let current = handle.load();
    let have = current.as_deref().map_or(0, RoutingTable::version);
    let base = current
        .as_deref()
        .filter(|table| table.generation() == delta.generation && table.version() == delta.from_version)
        .ok_or(Refused::Base { got: delta.from_version, have })?;
    if delta.to_version <= delta.from_version {
        return Err(Refused::Older { got: delta.to_version, have });
    }
    let table = base.apply(delta)?;
    store.write_delta(delta)?;
    Ok(table)
}
