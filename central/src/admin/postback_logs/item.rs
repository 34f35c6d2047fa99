//! A line of the postback log as it is shown.

use serde::{Deserialize, Serialize};
use traffoflex_model::{AffiliateNetwork, PostbackDirection};
use utoipa::ToSchema;

use super::replay;
use crate::{access::WorkspaceApp, admin::log_names, error::ApiError, rfc3339};

/// A postback that came in, or an attempt to send one out. A row of the warehouse reads as it is.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct PostbackLogItem {
    /// Of this line.
    pub event_id: String,
    #[serde(deserialize_with = "rfc3339::read_ms")]
    #[schema(format = DateTime)]
    pub created_at: String,
    pub node_id: String,
    /// Inbound: of the postback, the same in all its lines. Outbound: the idempotency key.
    pub postback_id: String,
    pub network_id: String,
    /// Null when it was deleted since.
    #[serde(default)]
    pub network_name: Option<String>,
    pub click_id: String,
    pub transaction_id: String,
    pub conversion_id: String,
    #[schema(value_type = String, example = "inbound")]
    pub direction: PostbackDirection,
    /// Inbound: accepted, duplicate, updated, refused, forbidden; later created, updated, attributed,
    /// duplicate, ignored, not_found once it is settled. Outbound: delivered, failed, dead, cancelled.
    pub status: String,
    /// Null where money is not shown, since an error may quote an amount.
    pub error: Option<String>,
    /// Answered by us (inbound) or by the other side (outbound); 0: none.
    pub http_status: u16,
    /// Inbound: the parameters without the secret. Outbound: method and URL. Null where money is not shown.
    pub raw_payload: Option<String>,
    /// Outbound: the traffic source or the webhook.
    pub target_id: String,
    /// From 1; 0 inbound.
    pub attempt: u32,
    pub latency_ms: u32,
    /// Whether it is a replay of a postback that had come before.
    #[serde(default)]
    pub is_replay: bool,
    /// The postback that it repeats; null when it is no replay, or one of an import's row.
    #[serde(default)]
    pub replay_of: Option<String>,
}

/// All columns of what `source` names, in this order and part, times in UTC milliseconds.
pub fn select(source: &str, order: &str, part: &str) -> String {
    // No alias is a column's name within the conditions: they mean the columns.
    format!(
        "SELECT * REPLACE (toUnixTimestamp64Milli(created_at) AS created_at) FROM (SELECT event_id, created_at, \
         node_id, node_epoch, node_seq, postback_id, network_id, click_id, transaction_id, conversion_id, direction, \
         status, error, http_status, raw_payload, target_id, attempt, latency_ms {source} {order} {part}) AS log {order}"
    )
}

/// Makes lines what the caller is shown.
pub async fn dress(app: &WorkspaceApp, items: &mut [PostbackLogItem]) -> Result<(), ApiError> {
    let networks = items.iter().map(|item| &*item.network_id);
    let networks = log_names::of::<AffiliateNetwork>(app, networks).await?;
    for item in items {
        item.network_name = networks.get(&item.network_id).cloned();
        let replayed = replay::replayed(&item.postback_id);
        (item.is_replay, item.replay_of) = (replayed.is_some(), replayed.and_then(|of| of.postback_id));
        if app.caller.masks_money {
            (item.raw_payload, item.error) = (None, None);
        }
    }
    Ok(())
}
