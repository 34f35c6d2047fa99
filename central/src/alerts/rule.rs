//! A rule, as it is kept and as clients see it.

use serde::{Deserialize, Serialize};
use traffoflex_model::WorkspaceId;
use utoipa::ToSchema;

use super::{action::Action, condition::Condition};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RuleStatus {
    #[default]
    Active,
    /// Not evaluated; its alerts are resolved.
    Paused,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct AlertRule {
    pub id: String,
    #[schema(value_type = String)]
    pub workspace_id: WorkspaceId,
    pub name: String,
    pub status: RuleStatus,
    /// Alerts open and say what would have been done; nothing is.
    pub dry_run: bool,
    pub condition: Condition,
    pub actions: Vec<Action>,
    /// How long the condition must hold, and then not hold, before anything changes.
    pub for_minutes: u32,
    /// How long after an alert resolved none of the same subject opens.
    pub cooldown_minutes: u32,
}

impl AlertRule {
    pub const COLLECTION: &'static str = "alert_rules";

    pub fn for_ms(&self) -> i64 {
        i64::from(self.for_minutes) * 60_000
    }

    pub fn cooldown_ms(&self) -> i64 {
        i64::from(self.cooldown_minutes) * 60_000
    }

    /// For eyes that no amount is for.
    pub fn without_money(mut self) -> Self {
        self.condition.mask();
        self
    }
}
