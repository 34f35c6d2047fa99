//! What operators see of the queue and do to it: dead letters, their replay, the numbers.

use std::sync::PoisonError;

use serde::{Deserialize, Serialize};
use tokio::sync::oneshot;
use traffoflex_model::PostbackMethod;

use super::{
    Outbound, OutboundError,
    job::Target,
    queue::{self, Command, Replay},
    store::Dead,
    tables::DeadFilter,
};

/// Hosts named in the numbers; those with trouble come first.
const MAX_HOSTS: usize = 100;

/// `GET /internal/outbound/dead-letters`
#[derive(Debug, Serialize)]
pub struct DeadLetters {
    pub items: Vec<DeadLetter>,
    pub limit: usize,
    pub offset: usize,
    pub total: u64,
}

#[derive(Debug, Serialize)]
pub struct DeadLetter {
    pub key: String,
    /// `source_postback` or `webhook`.
    pub target_kind: &'static str,
    /// The traffic source or the webhook.
    pub target_id: String,
    /// Of the source; empty for a webhook.
    pub postback_id: String,
    pub workspace_id: String,
    pub method: PostbackMethod,
    pub url: String,
    pub conversion_id: String,
    pub network_id: String,
    pub click_id: String,
    pub transaction_id: String,
    pub attempts: u32,
    /// Of the last answer; 0 without one.
    pub http_status: u16,
    pub error: String,
    /// RFC 3339.
    pub created_at: String,
    pub died_at: String,
}

/// Which dead letters go back into the queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Selection {
    pub which: Which,
    /// Only those of this workspace.
    pub workspace_id: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Which {
    Keys(Vec<String>),
    All,
    /// Of a traffic source, one of its postbacks, or a webhook.
    Target(String),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct RetryAnswer {
    pub retried: u64,
}

#[derive(Debug, thiserror::Error)]
pub enum RetryError {
    #[error("the queue is full: {retried} were put back")]
    Full { retried: u64 },
    #[error("the queue cannot be written now")]
    Unavailable,
}

/// `GET /internal/outbound/stats`. Sums are of the file's whole life.
#[derive(Debug, Serialize)]
pub struct OutboundStats {
    pub queued: u64,
    pub in_flight: usize,
    pub dead: u64,
    pub delivered_total: u64,
    /// Attempts that failed.
    pub failed_total: u64,
    pub dead_total: u64,
    pub cancelled_total: u64,
    /// Dead letters that had to go for others.
    pub buried_total: u64,
    /// Since the oldest job became due; null without any.
    pub oldest_age_ms: Option<i64>,
    pub hosts: Vec<HostStats>,
}

#[derive(Debug, Serialize)]
pub struct HostStats {
    pub host: String,
    /// closed, open or half_open.
    pub breaker: &'static str,
    pub failures_in_a_row: u32,
    pub in_flight: usize,
}

impl Outbound {
    /// Latest first. `target_id` and `workspace_id` narrow them down.
    pub async fn dead_letters(
        &self,
        limit: usize,
        offset: usize,
        target_id: Option<String>,
        workspace_id: Option<String>,
    ) -> Result<DeadLetters, OutboundError> {
        let (core, filter) = (self.core.clone(), DeadFilter { target_id, workspace_id });
        let read = tokio::task::spawn_blocking(move || core.store.dead_letters(&filter, limit, offset));
        let (dead, total) = read.await.map_err(|_| OutboundError::Panicked)??;
        Ok(DeadLetters { items: dead.into_iter().map(listed).collect(), limit, offset, total })
    }

    /// Puts dead letters back with their keys, as if they had never been tried. How many.
    pub async fn retry(&self, selection: Selection) -> Result<u64, RetryError> {
        let Selection { which, workspace_id } = selection;
        let filter = DeadFilter { workspace_id, target_id: None };
        let what = match which {
            Which::Keys(keys) => Replay::Keys(keys, filter),
            Which::All => Replay::After(0, filter),
            Which::Target(id) => Replay::After(0, DeadFilter { target_id: Some(id), ..filter }),
        };
        self.replay_all(what).await
    }

    async fn replay_all(&self, mut what: Replay) -> Result<u64, RetryError> {
        let mut retried = 0;
        loop {
            let (done, answer) = oneshot::channel();
            let sent = self.commands.send(Command::Replay { what: what.clone(), done }).await;
            sent.map_err(|_| RetryError::Unavailable)?;
            let replayed = answer.await.map_err(|_| RetryError::Unavailable)?;
            retried += replayed.retried;
            if replayed.is_full {
                return Err(RetryError::Full { retried });
            }
            match (&mut what, replayed.after) {
                (Replay::After(after, _), Some(next)) => *after = next,
                _ => return Ok(retried),
            }
        }
    }

    pub async fn stats(&self) -> Result<OutboundStats, OutboundError> {
        let core = self.core.clone();
        let read = tokio::task::spawn_blocking(move || {
            let held = core.store.held()?;
            let total = |name| core.store.total(name);
            Ok::<_, OutboundError>(OutboundStats {
                queued: held.queued,
                in_flight: 0,
                dead: held.dead,
                delivered_total: total(queue::DELIVERED)?,
                failed_total: total(queue::FAILED)?,
                dead_total: total(queue::DIED)?,
                cancelled_total: total(queue::CANCELLED)?,
                buried_total: total(queue::BURIED)?,
                oldest_age_ms: held.oldest_ms.map(|at_ms| ((core.options.now_ms)() - at_ms).max(0)),
                hosts: Vec::new(),
            })
        });
        let mut stats = read.await.map_err(|_| OutboundError::Panicked)??;
        let lanes = self.core.lanes.lock().unwrap_or_else(PoisonError::into_inner);
        stats.in_flight = lanes.under_way();
        let view = lanes.view(MAX_HOSTS).into_iter().map(|lane| HostStats {
            host: lane.host,
            breaker: lane.breaker,
            failures_in_a_row: lane.failures,
            in_flight: lane.under_way,
        });
        stats.hosts = view.collect();
        Ok(stats)
    }
}

fn listed(dead: Dead) -> DeadLetter {
    let Dead { job, death } = dead;
    let at = |ms| jiff::Timestamp::from_millisecond(ms).unwrap_or_default().to_string();
    let postback_id = match &job.target {
        Target::SourcePostback { postback_id, .. } => postback_id.clone(),
        Target::Webhook { .. } => String::new(),
    };
    DeadLetter {
        target_kind: job.target.kind(),
        target_id: job.target.id().to_owned(),
        postback_id,
        workspace_id: job.workspace_id.to_string(),
        method: job.method,
        conversion_id: job.conversion_id,
        network_id: job.network_id.to_string(),
        click_id: job.click_id,
        transaction_id: job.transaction_id,
        attempts: death.attempts,
        http_status: death.http_status,
        error: death.error,
        created_at: at(job.created_at_ms),
        died_at: at(death.died_at_ms),
        key: job.key,
        url: job.url,
    }
}
