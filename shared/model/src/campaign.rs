//! A campaign: what a media buyer pays traffic for, and the entry of every click.

use serde::{Deserialize, Serialize};

use crate::{CampaignId, Currency, DestinationId, DomainId, GeoRule, SourceId, WorkspaceId};

/// Whether an entity takes part in routing. Only `active` does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, Default)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Status {
    #[default]
    Active,
    Paused,
    Archived,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Campaign {
    pub id: CampaignId,
    pub workspace_id: WorkspaceId,
    /// In `/c/{slug}`. Unique over all workspaces, since the path names no workspace.
    pub slug: String,
    /// In `/go/{public_id}`: an opaque token minted by central that says nothing of the campaign.
    pub public_id: String,
    pub name: String,
    pub status: Status,
    /// Currency of a click's cost when the click names none.
    pub currency: Currency,
    /// The source of clicks that name none.
    pub source_id: Option<SourceId>,
    /// Where a click goes that no stream or destination takes.
    pub trafficback_destination_id: Option<DestinationId>,
    /// Where it goes when trafficback cannot take it either.
    pub fallback_destination_id: Option<DestinationId>,
    #[serde(default)]
    pub geo: GeoRule,
    #[serde(default)]
    pub bot_policy: BotPolicy,
    /// A visitor's click is unique when the one before it is older than this, in hours.
    #[serde(default = "Campaign::default_unique_window_hours")]
    pub unique_window_hours: u32,
    /// A click of the same address and agent within so many seconds is flagged as a duplicate; 0: never.
    #[serde(default = "Campaign::default_duplicate_window_seconds")]
    pub duplicate_window_seconds: u32,
    /// Host names it answers on; none: on all that the node answers on.
    #[serde(default)]
    pub domain_ids: Vec<DomainId>,
    #[serde(default)]
    pub link_policy: LinkPolicy,
    /// A conversion counts for a click that is no older than this, in hours; 0: of any age.
    #[serde(default)]
    pub attribution_window_hours: u32,
}

impl Campaign {
    /// A year.
    pub const MAX_ATTRIBUTION_WINDOW_HOURS: u32 = 24 * 366;
    pub const DEFAULT_UNIQUE_WINDOW_HOURS: u32 = 24;
    pub const DEFAULT_DUPLICATE_WINDOW_SECONDS: u32 = 10;

    fn default_unique_window_hours() -> u32 {
        Self::DEFAULT_UNIQUE_WINDOW_HOURS
    }

    fn default_duplicate_window_seconds() -> u32 {
        Self::DEFAULT_DUPLICATE_WINDOW_SECONDS
    }
}

/// What becomes of a click that is taken for a bot's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, Default)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum BotPolicy {
    /// Routed like any other, recorded as a bot's and left out of `clicks`.
    #[default]
    Flag,
    /// Sent to trafficback.
    Trafficback,
    /// Answered 403.
    Block,
}

impl BotPolicy {
    pub const ALL: [Self; 3] = [Self::Flag, Self::Trafficback, Self::Block];
}

/// What becomes of a signed link that does not hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(default, deny_unknown_fields)]
pub struct LinkPolicy {
    pub invalid: LinkRefusal,
    pub expired: LinkRefusal,
    pub replayed: LinkRefusal,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, Default)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum LinkRefusal {
    /// Answered with an error.
    #[default]
    Refuse,
    Trafficback,
}

impl LinkRefusal {
    pub const ALL: [Self; 2] = [Self::Refuse, Self::Trafficback];
}
