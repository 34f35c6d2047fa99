//! A campaign: what a media buyer pays traffic for, and the entry of every click.

use serde::{Deserialize, Serialize};

use crate::{CampaignId, Currency, DestinationId, SourceId, WorkspaceId};

/// Whether an entity takes part in routing. Only `active` does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    #[default]
    Active,
    Paused,
    Archived,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
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
}
