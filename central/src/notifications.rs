//! What only central sees, told to the webhooks that ask for it: `cap.reached`, `destination.unhealthy`,
//! `node.offline`.
//!
//! An event ([`Notice`]) has an id that follows from what happened. For each active webhook of its workspace
//! that asks for it there is one message in `notifications`, by the ids of both: whoever sees the same event
//! again, in this process or in another one, adds nothing. [`hand_over`] brings the messages to a postback
//! node, which signs and sends them and tries again for as long as it takes.
//!
//! At least once: a message is handed over again until a node has said that it is on its disk. A webhook
//! that is made later is not told of what was before. A message that a node says is wrong in itself is set
//! aside (`refused`, with what is wrong), so that it keeps no other one back; one whose webhook was deleted
//! meanwhile is dropped.
//!
//! Limits: a message is kept for [`KEPT`] after it was handed over or set aside, to know it again; one that no
//! node took for so long is dropped.

mod caps;
mod hand_over;
mod notice;

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

pub use caps::ReachedCap;
use futures_util::TryStreamExt;
use mongodb::{
    Collection, IndexModel,
    bson::{DateTime, Document, doc, to_document},
    error::{Error, Result},
    options::IndexOptions,
};
pub use notice::Notice;
use serde::{Deserialize, Serialize};
use tokio::sync::{Notify, mpsc};
use traffoflex_model::{Webhook, WebhookEvent};
use traffoflex_routing::cap::CapId;

use crate::catalog::{
    Catalog, duplicate_field,
    entity::{Entity, Stored},
};

const NOTIFICATIONS: &str = "notifications";
/// From the hand-over on, or for as long as no node takes it.
const KEPT: Duration = Duration::from_secs(30 * 24 * 3600);
const MADE: &str = "traffoflex_notifications_total";

/// A clone is one reference count.
#[derive(Clone)]
pub struct Notifications(Arc<Shared>);

struct Shared {
    catalog: Catalog,
    /// Wakes the hand-over.
    made: Notify,
    backlog: Mutex<Backlog>,
    /// Caps that were reached, on their way to [`Notifications::tell_of_caps`].
    reached: mpsc::Sender<caps::DueCap>,
    due: tokio::sync::Mutex<mpsc::Receiver<caps::DueCap>>,
    /// Caps that need no look now.
    quiet: Mutex<HashMap<CapId, caps::Quiet>>,
}

/// Messages that no node has yet, as of the last look.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Backlog {
    /// `not_configured`, `idle`, `handing_over` or `unreachable`.
    pub state: &'static str,
    pub messages: u64,
    /// Set aside: a node said that they are wrong.
    pub refused: u64,
    /// Of the oldest, in milliseconds.
    pub oldest_age_ms: i64,
}

/// A document of `notifications`.
#[derive(Debug, Serialize, Deserialize)]
struct Message {
    /// Also the `webhook-id` and the idempotency key.
    _id: String,
    workspace_id: String,
    webhook_id: String,
    event: WebhookEvent,
    body: String,
    created_at: DateTime,
    state: MessageState,
    expires_at: DateTime,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum MessageState {
    Pending,
    HandedOver,
    Refused,
}

impl Notifications {
    pub fn new(catalog: Catalog) -> Self {
        let (reached, due) = mpsc::channel(caps::MAX_DUE);
        Self(Arc::new(Shared {
            catalog,
            reached,
            due: tokio::sync::Mutex::new(due),
            made: Notify::new(),
            backlog: Mutex::default(),
            quiet: Mutex::default(),
        }))
    }

    /// Creates what is missing.
    pub async fn migrate(&self) -> Result<()> {
        let plain = |keys: Document| IndexModel::builder().keys(keys).build();
        let expires = |field: &str| {
            let at_once = IndexOptions::builder().expire_after(Duration::ZERO).build();
            IndexModel::builder().keys(doc! { field: 1 }).options(at_once).build()
        };
        let oldest = plain(doc! { "state": 1, "created_at": 1 });
        self.messages().create_indexes([oldest, expires("expires_at")]).await?;
        self.cap_alerts().create_index(expires("until")).await?;
        Ok(())
    }

    /// Keeps a message for each webhook that asks for it. Telling the same again changes nothing.
    pub async fn tell(&self, notice: &Notice) -> Result<()> {
        let webhooks = self.asking(notice.event, notice.workspace_id.as_deref()).await?;
        let mut made = 0;
        for webhook in &webhooks {
            made += u64::from(self.keep(notice, webhook).await?);
        }
        if made > 0 {
            metrics::counter!(MADE, "event" => notice.event.as_str()).increment(made);
            self.0.made.notify_one();
        }
        Ok(())
    }

    /// Active webhooks of a workspace that hear of such an event.
    pub async fn count_asking(&self, event: WebhookEvent, workspace: &str) -> Result<usize> {
        Ok(self.asking(event, Some(workspace)).await?.len())
    }

    /// Active webhooks, of all workspaces when none is named.
    async fn asking(&self, event: WebhookEvent, workspace: Option<&str>) -> Result<Vec<Webhook>> {
        let mut filter = doc! { "status": "active", "events": event.as_str() };
        if let Some(workspace) = workspace {
            filter.insert(Webhook::WORKSPACE, workspace);
        }
        let found = self.0.catalog.collection::<Webhook>().find(filter).await?;
        let found: Vec<Stored<Webhook>> = found.try_collect().await?;
        Ok(found.into_iter().map(|stored| stored.entity).collect())
    }

    /// False when it was there already.
    async fn keep(&self, notice: &Notice, webhook: &Webhook) -> Result<bool> {
        let now_ms = DateTime::now().timestamp_millis();
        let message = Message {
            _id: format!("{}:{}", notice.id, webhook.id),
            workspace_id: webhook.workspace_id.to_string(),
            webhook_id: webhook.id.to_string(),
            event: notice.event,
            body: notice.body(),
            created_at: DateTime::from_millis(now_ms),
            state: MessageState::Pending,
            expires_at: expiry(now_ms),
        };
        let mut fields = to_document(&message).map_err(Error::custom)?;
        fields.remove("_id");
        let one = doc! { "_id": &message._id };
        match self.messages().update_one(one, doc! { "$setOnInsert": fields }).upsert(true).await {
            Ok(written) => Ok(written.upserted_id.is_some()),
            // Another process was as quick.
            Err(error) if duplicate_field(&error).is_some() => Ok(false),
            Err(error) => Err(error),
        }
    }

    pub fn backlog(&self) -> Backlog {
        self.lock_backlog().clone()
    }

    fn lock_backlog(&self) -> MutexGuard<'_, Backlog> {
        self.0.backlog.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn messages(&self) -> Collection<Message> {
        self.0.catalog.database().collection(NOTIFICATIONS)
    }
}

fn expiry(from_ms: i64) -> DateTime {
    DateTime::from_millis(from_ms + KEPT.as_millis() as i64)
}
