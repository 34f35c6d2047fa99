//! A rule as clients write it, and what is refused.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::{
    action::{Action, MAX_ACTIONS},
    condition::Condition,
    rule::{AlertRule, RuleStatus},
};
use crate::{access::WorkspaceApp, admin::validate::Errors, error::ApiError};

/// Of `for_minutes` and `cooldown_minutes`: 7 days.
const MAX_MINUTES: u32 = 7 * 24 * 60;
const DEFAULT_FOR_MINUTES: u32 = 5;
const DEFAULT_COOLDOWN_MINUTES: u32 = 60;

/// A rule as it is written.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AlertRuleInput {
    name: String,
    #[serde(default)]
    status: RuleStatus,
    /// True unless said otherwise.
    #[serde(default = "yes")]
    dry_run: bool,
    #[schema(value_type = Condition)]
    condition: Value,
    #[serde(default)]
    #[schema(value_type = Vec<Action>)]
    actions: Vec<Value>,
    /// 0 to 10080; 5 unless said otherwise. 0: at once.
    #[serde(default = "default_for_minutes")]
    for_minutes: u32,
    /// 0 to 10080; 60 unless said otherwise.
    #[serde(default = "default_cooldown_minutes")]
    cooldown_minutes: u32,
}

/// The same, with the revision that was read.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes a body that is read in two parts")]
pub struct AlertRuleWrite {
    revision: i64,
    #[schema(inline)]
    #[serde(flatten)]
    rule: AlertRuleInput,
}

/// Some of its fields, with the revision that was read.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes a body that is merged into the rule")]
pub struct AlertRulePatch {
    revision: i64,
    name: Option<String>,
    status: Option<RuleStatus>,
    dry_run: Option<bool>,
    condition: Option<Condition>,
    actions: Option<Vec<Action>>,
    for_minutes: Option<u32>,
    cooldown_minutes: Option<u32>,
}

fn yes() -> bool {
    true
}

fn default_for_minutes() -> u32 {
    DEFAULT_FOR_MINUTES
}

fn default_cooldown_minutes() -> u32 {
    DEFAULT_COOLDOWN_MINUTES
}

impl AlertRuleInput {
    pub fn of(rule: AlertRule) -> Self {
        let values = |action: &Action| serde_json::to_value(action).unwrap_or_default();
        Self {
            name: rule.name,
            status: rule.status,
            dry_run: rule.dry_run,
            condition: serde_json::to_value(&rule.condition).unwrap_or_default(),
            actions: rule.actions.iter().map(values).collect(),
            for_minutes: rule.for_minutes,
            cooldown_minutes: rule.cooldown_minutes,
        }
    }

    /// What is wrong is added to `errors`; None where it cannot even be read.
    pub async fn check(
        self,
        app: &WorkspaceApp,
        id: String,
        errors: &mut Errors,
    ) -> Result<Option<AlertRule>, ApiError> {
        errors.name(&self.name);
        for (field, minutes) in
            [("for_minutes", self.for_minutes), ("cooldown_minutes", self.cooldown_minutes)]
        {
            if minutes > MAX_MINUTES {
                errors.add(field, format!("0 to {MAX_MINUTES}"));
            }
        }
        if self.actions.len() > MAX_ACTIONS {
            errors.add("actions", format!("at most {MAX_ACTIONS}"));
        }
        let Some(condition) = errors.take(Condition::read(self.condition))? else { return Ok(None) };
        condition.check(app, errors).await?;
        let mut actions = Vec::new();
        for (i, value) in self.actions.into_iter().enumerate().take(MAX_ACTIONS) {
            let path = format!("actions[{i}]");
            let Some(action) = errors.take(Action::read(value, &path))? else { continue };
            action.check(app, &condition, &path, errors).await?;
            actions.push(action);
        }
        Ok(Some(AlertRule {
            id,
            workspace_id: app.workspace_id.clone(),
            name: self.name,
            status: self.status,
            dry_run: self.dry_run,
            condition,
            actions,
            for_minutes: self.for_minutes,
            cooldown_minutes: self.cooldown_minutes,
        }))
    }

    pub async fn checked(self, app: &WorkspaceApp, id: String) -> Result<AlertRule, ApiError> {
        let mut errors = Errors::default();
        let rule = self.check(app, id, &mut errors).await?;
        errors.finish()?;
        rule.ok_or_else(|| ApiError::field("condition", "it cannot be read"))
    }
}
