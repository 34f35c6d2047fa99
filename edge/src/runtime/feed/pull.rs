//! Asks central for the feed, every `RUNTIME_PULL_INTERVAL_MS`. What arrives counts from then on, and is
//! kept; when it cannot be kept it counts all the same, and is asked for again after a restart.

use std::{sync::Arc, time::Duration};

use reqwest::{Client, StatusCode, Url};
use tokio_util::sync::CancellationToken;
use traffoflex_wire::{
    codec::{self, CodecError},
    node_report,
    runtime::{MAX_BODY_BYTES, MAX_SEALED_BYTES, PATH, RuntimeFeed},
    snapshot::NODE_HEADER,
};

use super::{
    apply, reopen_ended_days,
    store::{FeedStore, FeedStoreError},
};
use crate::{
    backoff::Backoff,
    bounded_body::{self, BodyError},
    clock::now_ms,
    config::node::NodeConfig,
    node_report::NodeReporter,
    runtime::NodeRuntime,
};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// Central may have to audit everything once before its first answer.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(60);
const BACKOFF_FIRST: Duration = Duration::from_millis(500);
const BACKOFF_MAX: Duration = Duration::from_secs(30);
/// Nodes that started together drift apart: each wait is shorter by up to this share.
const JITTER: f64 = 0.1;

const FAILED: &str = "traffoflex_runtime_pull_failures_total";
const AGE: &str = "traffoflex_runtime_feed_age_seconds";

#[derive(Debug, thiserror::Error)]
enum PullError {
    #[error("central cannot be reached: {0}")]
    Request(#[from] reqwest::Error),
    #[error("central answered {0}")]
    Status(StatusCode),
    #[error("central's answer: {0}")]
    Body(#[from] BodyError),
    #[error("it does not open: {0}")]
    Codec(#[from] CodecError),
    #[error("it could not be kept: {0}")]
    Store(#[from] FeedStoreError),
    #[error("the task that applies feeds was stopped")]
    Stopped,
}

impl PullError {
    fn kind(&self) -> &'static str {
        match self {
            Self::Request(_) => "unreachable",
            Self::Status(StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN) => "unauthorized",
            Self::Status(_) => "status",
            Self::Body(_) => "body",
            Self::Codec(_) => "codec",
            Self::Store(_) => "store",
            Self::Stopped => "stopped",
        }
    }
}

pub struct RuntimePull {
    runtime: NodeRuntime,
    store: Arc<FeedStore>,
    client: Client,
    url: Url,
    node: NodeConfig,
    reporter: NodeReporter,
    interval: Duration,
}

impl RuntimePull {
    pub fn new(
        runtime: NodeRuntime,
        store: FeedStore,
        (node, reporter): (NodeConfig, NodeReporter),
        interval: Duration,
    ) -> reqwest::Result<Self> {
        let client = Client::builder()
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(REQUEST_TIMEOUT)
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .build()?;
        let mut url = node.central_url.clone();
        url.set_path(&format!("{}{PATH}", url.path().trim_end_matches('/')));
        Ok(Self { runtime, store: Arc::new(store), client, url, node, reporter, interval })
    }

    /// Runs until cancelled.
    pub async fn run(self, cancelled: CancellationToken) {
        let mut backoff = Backoff::new(BACKOFF_FIRST.min(self.interval), BACKOFF_MAX);
        loop {
            let result = tokio::select! {
                () = cancelled.cancelled() => return,
                result = self.pull() => result,
            };
            let wait = match result {
                Ok(()) => {
                    backoff.reset();
                    self.interval.mul_f64(1.0 - JITTER * fastrand::f64())
                }
                Err(error) => self.failed(&error, backoff.next_wait()),
            };
            reopen_ended_days(&self.runtime, now_ms());
            if let Some(age_ms) = self.runtime.feed().age_ms(now_ms()) {
                metrics::gauge!(AGE).set(age_ms as f64 / 1000.0);
            }
            tokio::select! {
                () = cancelled.cancelled() => return,
                () = tokio::time::sleep(wait) => {}
            }
        }
    }

    fn failed(&self, error: &PullError, wait: Duration) -> Duration {
        let kind = error.kind();
        metrics::counter!(FAILED, "kind" => kind).increment(1);
        self.runtime.feed().failed();
        let retry_in_ms = wait.as_millis() as u64;
        tracing::warn!(%error, kind, retry_in_ms, "runtime feed not pulled, the last one goes on to count");
        wait
    }

    /// One feed, and the pages of visits that did not fit into it.
    async fn pull(&self) -> Result<(), PullError> {
        while self.pull_page().await? {}
        Ok(())
    }

    /// Whether there is more.
    async fn pull_page(&self) -> Result<bool, PullError> {
        let mut request = self.client.get(self.url.clone());
        if let Some((cursor, generation)) = self.runtime.feed().position() {
            request = request.query(&[("since", cursor), ("generation", generation)]);
        }
        let request = request.bearer_auth(&self.node.node_token);
        let request = request.header(NODE_HEADER, self.node.node_id.as_str());
        let response = request.header(node_report::HEADER, self.reporter.header()).send().await?;
        if response.status() != StatusCode::OK {
            return Err(PullError::Status(response.status()));
        }
        let sealed = bounded_body::read(response, MAX_SEALED_BYTES).await?;
        let (runtime, store) = (self.runtime.clone(), self.store.clone());
        // Opening and committing take CPU and an fsync: not on the threads that answer clicks.
        let taken = tokio::task::spawn_blocking(move || take(&runtime, &store, &sealed));
        taken.await.map_err(|_| PullError::Stopped)?
    }
}

/// Applies and keeps a sealed feed; whether there is more.
fn take(runtime: &NodeRuntime, store: &FeedStore, sealed: &[u8]) -> Result<bool, PullError> {
    let mut feed: RuntimeFeed = codec::open(sealed, MAX_BODY_BYTES)?;
    if runtime.feed().is_outgrown_by(&feed) {
        (feed.cursor, feed.more) = (String::new(), true);
    }
    let (now_ms, more) = (now_ms(), feed.more);
    let kept = store.write(&feed, now_ms);
    apply(runtime, feed, now_ms);
    runtime.feed().answered(now_ms);
    kept?;
    Ok(more)
}
