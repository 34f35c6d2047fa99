//! A stream: rules that select clicks of a campaign, and the destinations that share them.

use serde::{Deserialize, Serialize};

use crate::{CampaignId, DestinationId, RuleNode, Status, StreamId, WorkspaceId};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stream {
    pub id: StreamId,
    pub workspace_id: WorkspaceId,
    pub campaign_id: CampaignId,
    pub name: String,
    pub status: Status,
    /// Streams are tried in ascending position; equal positions in order of id.
    pub position: u32,
    pub rules: RuleNode,
    pub strategy: Strategy,
    pub targets: Vec<Target>,
}

/// How a stream picks one of its available targets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum Strategy {
    /// By chance, in proportion to the weights.
    #[default]
    Weighted,
    /// The first one, in the order of the list; the next only while those before it are not available.
    Waterfall,
}

impl Strategy {
    pub const ALL: [Self; 2] = [Self::Weighted, Self::Waterfall];
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Target {
    pub destination_id: DestinationId,
    /// Share relative to the stream's other available targets; 0 takes no traffic.
    pub weight: u32,
}
