//! What central hands to a postback node: webhooks of what only central sees, and postbacks of an import.
//!
//! `POST /internal/outbound/messages` with JSON [`Messages`]: 204 once they are on the node's disk. A message
//! that is known by its id changes nothing, so central repeats until it is answered. A paused webhook drops the
//! message; one that the node does not know is answered 503 while the message is young, since the node's
//! configuration may be older than the webhook, and drops it then. `POST /internal/postbacks/import` with [`ImportBatch`]: 200 and
//! [`ImportAnswers`] in the order of the rows, once they are on the node's disk. `POST /internal/outbound/again` with a
//! [`SourceCall`] that had ended: 200 and [`CallAgain`].

use serde::{Deserialize, Serialize};
use traffoflex_model::{NetworkId, SourceId, WebhookEvent, WebhookId, WorkspaceId};

pub const MESSAGES_PATH: &str = "/internal/outbound/messages";
pub const MAX_MESSAGES: usize = 500;
pub const IMPORT_PATH: &str = "/internal/postbacks/import";
pub const AGAIN_PATH: &str = "/internal/outbound/again";
/// Rows handed over at once.
pub const MAX_IMPORT_ROWS: usize = 1000;
pub const MAX_BODY_BYTES: usize = 16 << 20;
/// Of [`ImportRow::key`].
pub const MAX_IMPORT_KEY_BYTES: usize = 64;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Messages {
    pub messages: Vec<WebhookMessage>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WebhookMessage {
    /// `webhook-id` and idempotency key.
    pub id: String,
    pub webhook_id: WebhookId,
    pub event: WebhookEvent,
    /// The JSON body as it is sent.
    pub body: String,
    /// UTC milliseconds.
    pub created_at: i64,
}

/// A call to a traffic source, by GET, as the log knows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceCall {
    /// Idempotency key.
    pub key: String,
    pub workspace_id: WorkspaceId,
    pub source_id: SourceId,
    /// Which of the source's calls.
    pub postback_id: String,
    pub url: String,
    pub conversion_id: String,
    pub network_id: NetworkId,
    pub click_id: String,
    pub transaction_id: String,
}

/// What a node makes of a [`SourceCall`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallAgain {
    /// False: it is under way at this node.
    pub queued: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportBatch {
    pub rows: Vec<ImportRow>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportRow {
    /// Slug or id.
    pub network: String,
    /// Names and values as a postback of the network would have them; a secret is not asked for.
    pub fields: Vec<(String, String)>,
    /// When it happened, UTC milliseconds; none: when the row was first taken.
    pub received_at: Option<i64>,
    /// What the row is known by, the same each time it is sent: at most [`MAX_IMPORT_KEY_BYTES`] letters and
    /// digits. Empty: it is a postback of its own each time.
    #[serde(default)]
    pub key: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportAnswers {
    pub rows: Vec<ImportAnswer>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportAnswer {
    /// accepted, duplicate, updated or refused.
    pub status: String,
    /// Empty when refused.
    pub conversion_id: String,
    pub errors: Vec<crate::error_body::FieldError>,
}
