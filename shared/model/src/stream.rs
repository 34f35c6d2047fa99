//! A stream: rules that select clicks of a campaign, and the destinations that share them.

use serde::{Deserialize, Serialize};

use crate::{CampaignId, DestinationId, RuleNode, Status, StreamId, UserKey, WorkspaceId};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
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
    #[serde(default)]
    pub kind: StreamKind,
    /// Destinations of kind `landing`, by weight: the first step of a click, whose second is one of the
    /// targets. None: clicks go to a target at once.
    #[serde(default)]
    pub landings: Vec<Target>,
    /// `weighted` only: clicks with the same value go to the same target while it is available.
    #[serde(default)]
    pub sticky: Option<UserKey>,
    /// For `best_roi`.
    #[serde(default)]
    pub best_roi: BestRoi,
    #[serde(default)]
    pub unique_policy: Option<UniquePolicy>,
}

/// When a stream is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Default)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum StreamKind {
    /// Before all others.
    Forced,
    #[default]
    Regular,
    /// When no other takes the click.
    Default,
}

impl StreamKind {
    pub const ALL: [Self; 3] = [Self::Forced, Self::Regular, Self::Default];
}

/// How a stream picks the best earning target.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(default, deny_unknown_fields)]
pub struct BestRoi {
    /// Clicks, cost and revenue of the last so many hours are compared.
    pub window_hours: u32,
    /// A target with fewer clicks in the window is not ranked.
    pub min_clicks: u32,
    /// Used while no available target is ranked, and for the share of exploration.
    pub fallback_strategy: Strategy,
    /// Clicks that go by the fallback strategy all the same, so that a losing or new target is still probed.
    pub exploration_percent: u32,
}

impl Default for BestRoi {
    fn default() -> Self {
        Self {
            window_hours: 24,
            min_clicks: 100,
            fallback_strategy: Strategy::RoundRobin,
            exploration_percent: 10,
        }
    }
}

/// Keeps a user away from destinations where they were already.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct UniquePolicy {
    pub user_key: UserKey,
    pub history_window_hours: u32,
    #[serde(default)]
    pub exhausted_mode: ExhaustedMode,
}

impl UniquePolicy {
    /// A year.
    pub const MAX_HISTORY_WINDOW_HOURS: u32 = 24 * 366;
}

/// What is done when a user was at every available destination.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, Default)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ExhaustedMode {
    #[default]
    AllowRepeat,
    NoDestination,
}

impl ExhaustedMode {
    pub const ALL: [Self; 2] = [Self::AllowRepeat, Self::NoDestination];
}

/// How a stream picks one of its available targets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Strategy {
    /// By chance, in proportion to the weights.
    #[default]
    Weighted,
    /// The first one, in the order of the list; the next only while those before it are not available.
    Waterfall,
    /// Each in turn.
    RoundRobin,
    /// The one that earned most on its cost, of those that were tried enough.
    BestRoi,
}

impl Strategy {
    pub const ALL: [Self; 4] = [Self::Weighted, Self::Waterfall, Self::RoundRobin, Self::BestRoi];
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Target {
    pub destination_id: DestinationId,
    /// Share relative to the stream's other available targets; 0 takes no traffic.
    pub weight: u32,
}
