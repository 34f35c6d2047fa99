//! Batches over HTTP to `POST /internal/v1/events/{topic}`.

use std::time::Duration;

use reqwest::{Client, StatusCode, Url, header};
use traffoflex_model::NodeId;
use traffoflex_wire::event::{self, BatchAccepted, BatchQuery};

use super::SinkError;
use crate::{config::NodeConfig, outbox::batch::TopicBatch};

/// Bodies below this are sent as they are.
const COMPRESS_FROM_BYTES: usize = 1024;
/// Fast: the network is rarely the limit, the node's CPU may be.
const ZSTD_LEVEL: i32 = 1;
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// Longest wait a `Retry-After` can ask for.
const MAX_RETRY_AFTER: Duration = Duration::from_secs(60);

pub struct CentralSink {
    client: Client,
    base: Url,
    token: String,
}

impl CentralSink {
    pub fn new(node: &NodeConfig, timeout: Duration) -> reqwest::Result<Self> {
        let client = Client::builder()
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(timeout)
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .build()?;
        Ok(Self { client, base: node.central_url.clone(), token: node.node_token.clone() })
    }

    pub async fn send(&self, batch: &TopicBatch, node_id: &NodeId, node_epoch: u64) -> Result<(), SinkError> {
        let mut url = self.base.clone();
        url.set_path(&format!("{}{}", url.path().trim_end_matches('/'), event::path(batch.topic)));
        let query = BatchQuery {
            node_id: node_id.clone(),
            node_epoch,
            first_seq: batch.first_seq,
            last_seq: batch.last_seq,
        };
        let mut request = self
            .client
            .post(url)
            .query(&query)
            .bearer_auth(&self.token)
            .header(header::CONTENT_TYPE, "application/x-ndjson");
        let lines = batch.ndjson();
        // Megabytes of it: other tasks of this thread move on meanwhile.
        let packed = (lines.len() >= COMPRESS_FROM_BYTES)
            .then(|| tokio::task::block_in_place(|| zstd::bulk::compress(lines, ZSTD_LEVEL)).ok())
            .flatten();
        request = match packed {
            Some(packed) => request.header(header::CONTENT_ENCODING, "zstd").body(packed),
            None => request.body(lines.to_vec()),
        };
        let response = request.send().await.map_err(|error| classify(Failure::Request(&error)))?;
        let status = response.status();
        if status != StatusCode::OK {
            let retry_after =
                response.headers().get(header::RETRY_AFTER).and_then(|v| v.to_str().ok()?.parse().ok());
            return Err(classify(Failure::Status { status, retry_after_s: retry_after }));
        }
        let accepted: BatchAccepted =
            response.json().await.map_err(|error| classify(Failure::Request(&error)))?;
        if accepted.rejected > 0 {
            metrics::counter!("traffoflex_sink_rejected_events_total").increment(accepted.rejected);
            tracing::error!(
                rejected = accepted.rejected,
                topic = batch.topic.table(),
                "central kept events as ingestion errors"
            );
        }
        Ok(())
    }
}

enum Failure<'a> {
    Request(&'a reqwest::Error),
    Status { status: StatusCode, retry_after_s: Option<u64> },
}

/// The one place that tells what a failure means. Nothing is permanent: even a refused batch may
/// be accepted by a central that was put right, and until then it is kept.
fn classify(failure: Failure<'_>) -> SinkError {
    match failure {
        Failure::Request(error) => SinkError {
            message: format!("central cannot be reached: {}", error.without_url_text()),
            retry_after: None,
            operator_must_act: false,
        },
        Failure::Status { status, retry_after_s } => SinkError {
            message: format!("central answered {status}"),
            retry_after: retry_after_s.map(|s| Duration::from_secs(s).min(MAX_RETRY_AFTER)),
            operator_must_act: status.is_client_error()
                && !matches!(status, StatusCode::TOO_MANY_REQUESTS | StatusCode::REQUEST_TIMEOUT),
        },
    }
}

trait WithoutUrl {
    fn without_url_text(&self) -> String;
}

impl WithoutUrl for reqwest::Error {
    /// The error and its causes, without the URL it carries.
    fn without_url_text(&self) -> String {
        let mut causes = std::iter::successors(std::error::Error::source(self), |error| error.source());
        let kind = if self.is_timeout() { "timed out" } else { "request failed" };
        causes.try_fold(kind.to_owned(), |text, cause| Some(format!("{text}: {cause}"))).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_status_means() {
        let of = |status: u16, retry_after_s| {
            classify(Failure::Status { status: StatusCode::from_u16(status).unwrap(), retry_after_s })
        };
        assert!(!of(503, None).operator_must_act);
        assert!(!of(429, Some(3)).operator_must_act);
        assert_eq!(of(429, Some(3)).retry_after, Some(Duration::from_secs(3)));
        assert_eq!(of(503, Some(86_400)).retry_after, Some(MAX_RETRY_AFTER));
        for status in [400, 401, 403, 404, 413] {
            assert!(of(status, None).operator_must_act, "{status}");
        }
    }
}
