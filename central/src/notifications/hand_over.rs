//! Brings messages to a postback node, oldest first, until one has them on its disk.
//!
//! Every api-service does so: a node that is given a message twice knows it by its id. While no node answers,
//! the waits grow to [`BACKOFF_MAX`], each drawn anew.

use std::{collections::BTreeSet, time::Duration};

use backon::{BackoffBuilder, ExponentialBuilder};
use futures_util::TryStreamExt;
use mongodb::bson::{DateTime, Document, doc};
use tokio_util::sync::CancellationToken;
use traffoflex_model::Webhook;
use traffoflex_wire::outbound::{MAX_MESSAGES, MESSAGES_PATH, Messages, WebhookMessage};

use super::{Backlog, Message, Notifications, expiry};
use crate::postback_nodes::{NoNode, PostbackNodes};

/// Of several processes one may have ended before it handed over what it made.
const LOOK_INTERVAL: Duration = Duration::from_secs(2);
const BACKOFF_FIRST: Duration = Duration::from_millis(200);
const BACKOFF_MAX: Duration = Duration::from_secs(30);
const PENDING: &str = "traffoflex_notifications_pending";
const OLDEST_AGE: &str = "traffoflex_notifications_oldest_age_ms";
const HANDED_OVER: &str = "traffoflex_notifications_handed_over_total";
const DROPPED: &str = "traffoflex_notifications_dropped_total";
const REFUSED: &str = "traffoflex_notifications_refused_total";
const SET_ASIDE: &str = "traffoflex_notifications_set_aside";
const FAILURES: &str = "traffoflex_notifications_hand_over_failures_total";

#[derive(Debug, thiserror::Error)]
enum HandOverError {
    #[error("mongodb: {0}")]
    Mongo(#[from] mongodb::error::Error),
    #[error("{0}: {failed:?}", failed = .0.failed)]
    NoNode(#[from] NoNode),
}

impl Notifications {
    /// Runs until `stop`.
    pub async fn hand_over(self, nodes: PostbackNodes, stop: CancellationToken) {
        let backoff = ExponentialBuilder::new()
            .with_min_delay(BACKOFF_FIRST)
            .with_max_delay(BACKOFF_MAX)
            .without_max_times()
            .with_jitter();
        let mut waits = backoff.build();
        loop {
            let round = tokio::select! {
                () = stop.cancelled() => return,
                round = self.round(&nodes) => round,
            };
            let wait = match round {
                Ok(0) => {
                    tokio::select! {
                        () = self.0.made.notified() => {}
                        () = tokio::time::sleep(LOOK_INTERVAL) => {}
                        () = stop.cancelled() => return,
                    }
                    Duration::ZERO
                }
                Ok(_) => {
                    waits = backoff.build();
                    Duration::ZERO
                }
                Err(error) => {
                    metrics::counter!(FAILURES).increment(1);
                    let wait = waits.next().unwrap_or(BACKOFF_MAX);
                    let wait_ms = wait.as_millis() as u64;
                    tracing::warn!(%error, wait_ms, "webhook messages could not be handed over");
                    wait
                }
            };
            tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep(wait) => {}
            }
        }
    }

    /// Hands over one batch; returns how many messages it was. Of a batch that a node refuses the halves are
    /// tried, until what is wrong stands alone and is set aside.
    async fn round(&self, nodes: &PostbackNodes) -> Result<usize, HandOverError> {
        let waiting = self.look(nodes).await?;
        if waiting.is_empty() || nodes.is_empty() {
            return Ok(0);
        }
        let count = waiting.len();
        let wanted = self.drop_unwanted(waiting).await?;
        let mut batches: Vec<Vec<Message>> = (!wanted.is_empty()).then_some(wanted).into_iter().collect();
        while let Some(mut batch) = batches.pop() {
            let messages = Messages { messages: batch.iter().map(message).collect() };
            match nodes.post_to_any(MESSAGES_PATH, &messages).await {
                Ok(_) => self.mark_handed_over(&batch).await?,
                Err(NoNode { refused: Some(_), .. }) if batch.len() > 1 => {
                    let later = batch.split_off(batch.len() / 2);
                    batches.extend([later, batch]);
                }
                Err(NoNode { refused: Some(error), .. }) => self.set_aside(&batch, &error).await?,
                Err(error) => {
                    self.lock_backlog().state = "unreachable";
                    return Err(error.into());
                }
            }
        }
        Ok(count)
    }

    /// Those whose webhook is still there: a node would wait for the others' for ever.
    async fn drop_unwanted(&self, waiting: Vec<Message>) -> Result<Vec<Message>, mongodb::error::Error> {
        let named: BTreeSet<&str> = waiting.iter().map(|message| &*message.webhook_id).collect();
        let named = doc! { "_id": { "$in": named.into_iter().collect::<Vec<_>>() } };
        let there = self.0.catalog.collection::<Webhook>().distinct("_id", named).await?;
        let there: BTreeSet<&str> = there.iter().filter_map(|id| id.as_str()).collect();
        let (wanted, unwanted): (Vec<Message>, Vec<Message>) =
            waiting.into_iter().partition(|message| there.contains(&*message.webhook_id));
        if !unwanted.is_empty() {
            let ids: Vec<&str> = unwanted.iter().map(|message| &*message._id).collect();
            let these = doc! { "_id": { "$in": ids }, "state": "pending" };
            let dropped = self.messages().delete_many(these).await?;
            metrics::counter!(DROPPED).increment(dropped.deleted_count);
        }
        Ok(wanted)
    }

    async fn mark_handed_over(&self, batch: &[Message]) -> Result<(), mongodb::error::Error> {
        let now = DateTime::now();
        let done = doc! {
            "state": "handed_over",
            "handed_over_at": now,
            "expires_at": expiry(now.timestamp_millis()),
        };
        let marked = self.settle(batch, done).await?;
        metrics::counter!(HANDED_OVER).increment(marked);
        Ok(())
    }

    async fn set_aside(&self, batch: &[Message], error: &str) -> Result<(), mongodb::error::Error> {
        let now = DateTime::now();
        let refused = doc! {
            "state": "refused",
            "error": error,
            "refused_at": now,
            "expires_at": expiry(now.timestamp_millis()),
        };
        let marked = self.settle(batch, refused).await?;
        metrics::counter!(REFUSED).increment(marked);
        let ids: Vec<&str> = batch.iter().map(|message| &*message._id).collect();
        tracing::warn!(?ids, error, "a postback node refuses a webhook message: it is set aside");
        Ok(())
    }

    /// Of those that still wait; returns how many they were.
    async fn settle(&self, batch: &[Message], fields: Document) -> Result<u64, mongodb::error::Error> {
        let ids: Vec<&str> = batch.iter().map(|message| &*message._id).collect();
        let these = doc! { "_id": { "$in": ids }, "state": "pending" };
        let settled = self.messages().update_many(these, doc! { "$set": fields }).await?;
        Ok(settled.modified_count)
    }

    /// The oldest messages that wait, and how many there are.
    async fn look(&self, nodes: &PostbackNodes) -> Result<Vec<Message>, mongodb::error::Error> {
        let pending = || doc! { "state": "pending" };
        let messages = self.messages();
        let count = messages.count_documents(pending()).await?;
        let refused = messages.count_documents(doc! { "state": "refused" }).await?;
        let oldest = messages.find(pending()).sort(doc! { "created_at": 1 }).limit(MAX_MESSAGES as i64);
        let waiting: Vec<Message> = oldest.await?.try_collect().await?;
        let now_ms = DateTime::now().timestamp_millis();
        let oldest_age_ms = waiting.first().map_or(0, |m| now_ms - m.created_at.timestamp_millis());
        metrics::gauge!(PENDING).set(count as f64);
        metrics::gauge!(SET_ASIDE).set(refused as f64);
        metrics::gauge!(OLDEST_AGE).set(oldest_age_ms as f64);
        let mut backlog = self.lock_backlog();
        let state = match (nodes.is_empty(), waiting.is_empty()) {
            (true, _) => "not_configured",
            (_, true) => "idle",
            // Until the node has answered it is what it was.
            _ if backlog.state == "unreachable" => "unreachable",
            _ => "handing_over",
        };
        *backlog = Backlog { state, messages: count, refused, oldest_age_ms };
        drop(backlog);
        Ok(waiting)
    }
}

fn message(kept: &Message) -> WebhookMessage {
    WebhookMessage {
        id: kept._id.clone(),
        webhook_id: kept.webhook_id.as_str().into(),
        event: kept.event,
        body: kept.body.clone(),
        created_at: kept.created_at.timestamp_millis(),
    }
}
