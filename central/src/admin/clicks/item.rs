//! A click as it is shown.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use traffoflex_model::{Campaign, Destination, Stream, TrafficSource};
use utoipa::ToSchema;

use crate::{access::WorkspaceApp, admin::log_names, error::ApiError, rfc3339};

/// A click as the node reported it, with the names of what it met. A row of the warehouse reads as it is.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct ClickItem {
    /// `{node_id}.{node_epoch}.{node_seq}`: the same however often the click is delivered.
    pub event_id: String,
    pub click_id: String,
    /// By the node's clock.
    #[serde(deserialize_with = "rfc3339::read_ms")]
    #[schema(format = DateTime)]
    pub created_at: String,
    /// When it reached the warehouse.
    #[serde(deserialize_with = "rfc3339::read_ms")]
    #[schema(format = DateTime)]
    pub ingested_at: String,
    pub campaign_id: String,
    #[serde(default)]
    pub campaign_name: Option<String>,
    /// Empty when no stream matched.
    pub stream_id: String,
    #[serde(default)]
    pub stream_name: Option<String>,
    /// Empty when the visitor was not redirected.
    pub destination_id: String,
    #[serde(default)]
    pub destination_name: Option<String>,
    /// The landing page's destination; empty without one.
    pub landing_id: String,
    #[serde(default)]
    pub landing_name: Option<String>,
    pub source_id: String,
    #[serde(default)]
    pub source_name: Option<String>,
    pub source_click_id: String,
    pub decision: String,
    /// From a landing page on to an offer: no click of its own.
    pub is_second_step: bool,
    pub is_bot: bool,
    /// 0 (surely a person) to 100 (surely a machine).
    pub bot_score: u8,
    pub bot_reason: String,
    pub is_unique: bool,
    pub is_duplicate: bool,
    pub is_proxy: bool,
    /// Null where money is not shown.
    pub cost: Option<String>,
    pub currency: String,
    pub geo_country: String,
    pub geo_region: String,
    pub city: String,
    pub asn: u32,
    pub isp: String,
    pub device_type: String,
    pub os: String,
    pub os_version: String,
    pub browser: String,
    pub browser_version: String,
    pub language: String,
    pub user_agent: String,
    /// Without its query where money is not shown: a landing page's URL may carry the cost.
    pub referrer: String,
    pub ip_hash: String,
    pub ip_prefix: String,
    /// Empty unless the workspace stores addresses.
    pub ip: String,
    pub sub1: String,
    pub sub2: String,
    pub sub3: String,
    pub sub4: String,
    pub sub5: String,
    pub sub6: String,
    pub sub7: String,
    pub sub8: String,
    pub sub9: String,
    pub sub10: String,
    pub utm_source: String,
    pub utm_medium: String,
    pub utm_campaign: String,
    pub utm_content: String,
    pub utm_term: String,
    /// Parameters that no named field took; null where money is not shown, since costs may be among them: a second
    /// name of the cost, or an amount that no field takes.
    pub query: Option<BTreeMap<String, String>>,
    /// As it was received; null where money is not shown, likewise.
    pub raw_query: Option<String>,
    /// Fields whose macro the source never replaced, separated by commas.
    pub unreplaced: String,
    pub request_id: String,
    pub node_id: String,
    #[serde(skip_serializing)]
    #[schema(ignore)]
    pub node_epoch: u64,
    #[serde(skip_serializing)]
    #[schema(ignore)]
    pub node_seq: u64,
}

/// Makes rows what the caller is shown: names beside ids, and no money where that is masked.
pub async fn dress(app: &WorkspaceApp, items: &mut [ClickItem]) -> Result<(), ApiError> {
    let (campaigns, streams, destinations, sources) = tokio::try_join!(
        log_names::of::<Campaign>(app, items.iter().map(|item| &*item.campaign_id)),
        log_names::of::<Stream>(app, items.iter().map(|item| &*item.stream_id)),
        log_names::of::<Destination>(
            app,
            items.iter().flat_map(|item| [&*item.destination_id, &*item.landing_id])
        ),
        log_names::of::<TrafficSource>(app, items.iter().map(|item| &*item.source_id)),
    )?;
    for item in items {
        item.campaign_name = campaigns.get(&item.campaign_id).cloned();
        item.stream_name = streams.get(&item.stream_id).cloned();
        item.destination_name = destinations.get(&item.destination_id).cloned();
        item.landing_name = destinations.get(&item.landing_id).cloned();
        item.source_name = sources.get(&item.source_id).cloned();
        if app.caller.masks_money {
            (item.cost, item.raw_query, item.query) = (None, None, None);
            item.referrer.truncate(item.referrer.find(['?', '#']).unwrap_or(item.referrer.len()));
        }
    }
    Ok(())
}
