//! What is done when an alert opens: a closed list, a file each of those that change the configuration.

mod edit;
mod pause;
mod set_weight;

use std::collections::HashMap;

pub use edit::{Change, ChangedResource, Edit, Edited, Impossible, Plan};
use pause::{PauseCampaign, PauseDestination};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use set_weight::SetWeight;
use traffoflex_model::WebhookEvent;
use utoipa::ToSchema;

use super::{
    act::mail::members,
    condition::{Condition, Subject, SubjectKind, below, take_kind},
};
use crate::{
    access::WorkspaceApp,
    admin::{input, validate::Errors},
    app::App,
    error::ApiError,
};

/// Of one rule.
pub const MAX_ACTIONS: usize = 10;
const MAX_ADDRESSES: usize = 10;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[schema(as = AlertRuleAction)]
pub enum Action {
    Webhook(Webhook),
    Mail(Mail),
    PauseDestination(PauseDestination),
    PauseCampaign(PauseCampaign),
    SetWeight(SetWeight),
}

/// Every active webhook of the workspace that asks for the event `alert`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Webhook {}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Mail {
    /// Addresses of people who are active in the workspace.
    pub to: Vec<String>,
}

impl Action {
    /// From what a client sent, with the path of what is wrong.
    pub fn read(value: Value, path: &str) -> Result<Self, ApiError> {
        let (kind, rest) = take_kind(value, path)?;
        let read = match kind.as_str() {
            "webhook" => input::read(rest).map(Self::Webhook),
            "mail" => input::read(rest).map(Self::Mail),
            "pause_destination" => input::read(rest).map(Self::PauseDestination),
            "pause_campaign" => input::read(rest).map(Self::PauseCampaign),
            "set_weight" => input::read(rest).map(Self::SetWeight),
            _ => return Err(ApiError::field(format!("{path}.kind"), "no such action")),
        };
        read.map_err(|error| below(error, path))
    }

    pub async fn check(
        &self,
        app: &WorkspaceApp,
        condition: &Condition,
        path: &str,
        errors: &mut Errors,
    ) -> Result<(), ApiError> {
        errors.below(path);
        let subject = condition.subject_kind();
        let checked = match self {
            Self::Webhook(_) => Ok(()),
            Self::Mail(mail) => {
                let members = members(&app.catalog, &app.workspace_id).await?;
                mail.check(&members, errors);
                Ok(())
            }
            Self::PauseDestination(action) => action.check(app, subject, errors).await,
            Self::PauseCampaign(action) => action.check(app, subject, errors).await,
            Self::SetWeight(action) => action.check(app, subject, errors).await,
        };
        errors.below("");
        checked
    }

    /// What doing it now means.
    pub async fn plan(&self, app: &App, workspace: &str, subject: &Subject) -> mongodb::error::Result<Plan> {
        match self {
            Self::Webhook(_) => {
                let asking = app.notifications.count_asking(WebhookEvent::Alert, workspace).await?;
                Ok(Plan::Notify(format!("tell {asking} webhooks")))
            }
            Self::Mail(mail) => Ok(Plan::Notify(format!("write to {} addresses", mail.to.len()))),
            Self::PauseDestination(action) => action.plan(app, workspace, subject).await,
            Self::PauseCampaign(action) => action.plan(app, workspace, subject).await,
            Self::SetWeight(action) => action.plan(app, workspace, subject).await,
        }
    }

    /// It changes nothing.
    pub fn is_notice(&self) -> bool {
        matches!(self, Self::Webhook(_) | Self::Mail(_))
    }

    pub fn kind(&self) -> &'static str {
        match self {
            Self::Webhook(_) => "webhook",
            Self::Mail(_) => "mail",
            Self::PauseDestination(_) => "pause_destination",
            Self::PauseCampaign(_) => "pause_campaign",
            Self::SetWeight(_) => "set_weight",
        }
    }
}

impl Mail {
    fn check(&self, members: &HashMap<String, bool>, errors: &mut Errors) {
        if !(1..=MAX_ADDRESSES).contains(&self.to.len()) {
            errors.add("to", format!("1 to {MAX_ADDRESSES} addresses"));
        }
        for (i, address) in self.to.iter().enumerate() {
            if !members.contains_key(&address.to_lowercase()) {
                errors.add(&format!("to[{i}]"), "the address of somebody who is active in the workspace");
            }
        }
    }
}

/// The id that an action names, or else the subject's; none when neither is there.
fn id_of<'a>(named: &'a Option<String>, subject: &'a Subject, kind: SubjectKind) -> Option<&'a str> {
    named.as_deref().or_else(|| (subject.kind == kind).then_some(&*subject.id))
}
