//! A conversion and its versions, as they are shown.

use serde::{Deserialize, Serialize};
use traffoflex_conversion::claim::Version;
use traffoflex_model::{
    AffiliateNetwork, Attribution, Campaign, ConversionState, ConversionStatus, TrafficSource,
};
use utoipa::ToSchema;

use crate::{
    access::WorkspaceApp, admin::log_names, catalog::conversions::StoredConversion, error::ApiError, rfc3339,
};

/// What a conversion is.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ConversionItem {
    pub id: String,
    pub conversion_id: String,
    pub network_id: String,
    /// Null when it was deleted since.
    pub network_name: Option<String>,
    /// Empty when the network named none.
    pub transaction_id: String,
    /// In lower case.
    pub event_type: String,
    /// When the first postback came.
    #[schema(format = DateTime)]
    pub created_at: String,
    pub campaign_name: Option<String>,
    pub source_name: Option<String>,
    #[serde(flatten)]
    pub now: ConversionStanding,
}

/// What a version made of a conversion.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct ConversionStanding {
    /// From 1.
    pub version: u64,
    #[serde(deserialize_with = "rfc3339::read_ms")]
    #[schema(format = DateTime)]
    pub updated_at: String,
    pub status: ConversionStatus,
    pub raw_status: String,
    /// Null where money is not shown.
    pub payout: Option<String>,
    pub currency: String,
    pub attribution: Attribution,
    /// As the network said it.
    pub click_id: String,
    /// Null unless its click was found.
    #[serde(deserialize_with = "read_clicked_at")]
    #[schema(format = DateTime)]
    pub clicked_at: Option<String>,
    pub campaign_id: String,
    pub stream_id: String,
    pub destination_id: String,
    pub source_id: String,
}

/// A version of a conversion.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ConversionVersion {
    #[serde(flatten)]
    pub became: ConversionStanding,
    /// The postback that made it.
    pub claim_id: String,
    /// Null where only the warehouse knows the version.
    pub outcome: Option<String>,
}

/// A conversion and how it came to what it is.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ConversionHistory {
    #[serde(flatten)]
    pub conversion: ConversionItem,
    /// Oldest first.
    pub history: Vec<ConversionVersion>,
}

fn read_clicked_at<'de, D: serde::Deserializer<'de>>(d: D) -> Result<Option<String>, D::Error> {
    let ms = i64::deserialize(d)?;
    Ok((ms > 0).then(|| rfc3339::of_ms(ms)))
}

impl ConversionStanding {
    pub fn of(state: &ConversionState) -> Self {
        let click = &state.click;
        Self {
            version: state.version,
            updated_at: rfc3339::of_ms(state.updated_at),
            status: state.status,
            raw_status: state.raw_status.clone(),
            payout: Some(state.payout.normalize().to_string()),
            currency: state.currency.as_str().to_owned(),
            attribution: click.attribution,
            click_id: click.click_id.clone(),
            clicked_at: (click.clicked_at > 0).then(|| rfc3339::of_ms(click.clicked_at)),
            campaign_id: click.campaign_id.to_string(),
            stream_id: click.stream_id.to_string(),
            destination_id: click.destination_id.to_string(),
            source_id: click.source_id.to_string(),
        }
    }
}

impl ConversionItem {
    pub fn of(stored: &StoredConversion) -> Self {
        let state = &stored.kept.current.state;
        Self {
            id: stored._id.clone(),
            conversion_id: stored._id.clone(),
            network_id: stored.network_id.clone(),
            network_name: None,
            transaction_id: stored.named_transaction().to_owned(),
            event_type: stored.event_type.clone(),
            created_at: rfc3339::of_ms(state.created_at),
            campaign_name: None,
            source_name: None,
            now: ConversionStanding::of(state),
        }
    }
}

impl ConversionVersion {
    pub fn of(version: &Version) -> Self {
        Self {
            became: ConversionStanding::of(&version.state),
            claim_id: version.claim_id.clone(),
            outcome: Some(version.outcome.as_str().to_owned()),
        }
    }
}

/// Makes conversions what the caller is shown: names beside ids, and no money where that is masked.
pub async fn dress(app: &WorkspaceApp, items: &mut [ConversionItem]) -> Result<(), ApiError> {
    let (networks, campaigns, sources) = tokio::try_join!(
        log_names::of::<AffiliateNetwork>(app, items.iter().map(|item| &*item.network_id)),
        log_names::of::<Campaign>(app, items.iter().map(|item| &*item.now.campaign_id)),
        log_names::of::<TrafficSource>(app, items.iter().map(|item| &*item.now.source_id)),
    )?;
    for item in items {
        item.network_name = networks.get(&item.network_id).cloned();
        item.campaign_name = campaigns.get(&item.now.campaign_id).cloned();
        item.source_name = sources.get(&item.now.source_id).cloned();
        mask(app, &mut item.now);
    }
    Ok(())
}

pub fn mask(app: &WorkspaceApp, standing: &mut ConversionStanding) {
    if app.caller.masks_money {
        standing.payout = None;
    }
}
