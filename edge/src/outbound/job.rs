//! A call that is due: what is sent where, and under which key.

use serde::{Deserialize, Serialize};
use traffoflex_model::{BodyType, NetworkId, PostbackMethod, SourceId, WebhookId, WorkspaceId};
use url::Url;
use xxhash_rust::xxh3::{xxh3_64, xxh3_128};

/// Kept as a record: fields are only added at the end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Job {
    /// Idempotency key and `webhook-id`: printable ASCII, at most [`Job::MAX_KEY_BYTES`]. A call is made once
    /// for each, however often it is enqueued.
    pub key: String,
    pub target: Target,
    pub workspace_id: WorkspaceId,
    pub method: PostbackMethod,
    /// Rendered. A webhook's is looked up again at each attempt.
    pub url: String,
    /// Of the body; none without one.
    pub content_type: Option<BodyType>,
    pub body: String,
    pub conversion_id: String,
    pub network_id: NetworkId,
    pub click_id: String,
    pub transaction_id: String,
    /// When it became due, UTC milliseconds.
    pub created_at_ms: i64,
    /// When it came into the queue, or back into it; the queue itself says so. UTC milliseconds.
    pub queued_at_ms: i64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Target {
    SourcePostback { source_id: SourceId, postback_id: String },
    Webhook { webhook_id: WebhookId },
}

impl Target {
    /// The traffic source or the webhook.
    pub fn id(&self) -> &str {
        match self {
            Self::SourcePostback { source_id, .. } => source_id,
            Self::Webhook { webhook_id } => webhook_id,
        }
    }

    /// The source, one of its postbacks, or the webhook.
    pub fn is(&self, id: &str) -> bool {
        self.id() == id || matches!(self, Self::SourcePostback { postback_id, .. } if postback_id == id)
    }

    pub fn kind(&self) -> &'static str {
        match self {
            Self::SourcePostback { .. } => "source_postback",
            Self::Webhook { .. } => "webhook",
        }
    }
}

impl Job {
    pub const MAX_KEY_BYTES: usize = 256;

    /// What stands for the key in the store.
    pub(super) fn key_hash(&self) -> u128 {
        key_hash(&self.key)
    }
}

/// Keys are remembered by the million: 128 bits of each are enough to tell them apart.
pub(super) fn key_hash(key: &str) -> u128 {
    xxh3_128(key.as_bytes())
}

/// Scheme, host and port: what has its own queue, limit and breaker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Host {
    pub lane: u64,
    pub label: String,
}

impl Host {
    pub fn of(url: &str) -> Self {
        let label = match url.parse::<Url>() {
            Ok(url) if url.has_host() => url.origin().ascii_serialization(),
            _ => "invalid".to_owned(),
        };
        Self { lane: xxh3_64(label.as_bytes()), label }
    }
}

/// What a dead letter died of. Kept as a record: fields are only added at the end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Death {
    pub attempts: u32,
    /// Of the last answer; 0 without one.
    pub http_status: u16,
    pub error: String,
    pub died_at_ms: i64,
}

/// A call as the queue has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Queued {
    /// Number within the file.
    pub seq: u64,
    /// Made so far.
    pub attempts: u32,
    pub job: Job,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_is_scheme_name_and_port() {
        let same = ["http://a.example/x", "HTTP://A.EXAMPLE:80/y?z", "http://u:p@a.example/"];
        for url in same {
            assert_eq!(Host::of(url), Host::of(same[0]), "{url}");
        }
        for url in ["https://a.example/", "http://a.example:81/", "http://b.example/", "nonsense", "data:x"] {
            assert_ne!(Host::of(url).lane, Host::of(same[0]).lane, "{url}");
        }
        assert_eq!(Host::of("http://127.1:8080/x").label, "http://127.0.0.1:8080");
    }
}
