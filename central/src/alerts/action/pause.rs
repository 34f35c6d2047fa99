//! Takes a destination or a campaign out of the traffic.

use serde::{Deserialize, Serialize};
use traffoflex_model::{Campaign, Destination, Status};
use utoipa::ToSchema;

use super::{Edit, Impossible, Plan, edit::Edited, id_of};
use crate::{
    access::WorkspaceApp,
    admin::validate::Errors,
    alerts::condition::{Subject, SubjectKind},
    app::App,
    catalog::entity::{Entity, Stored},
    error::ApiError,
};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PauseDestination {
    /// Null: the one that the alert is about.
    #[serde(default)]
    pub destination_id: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PauseCampaign {
    /// Null: the one that the alert is about.
    #[serde(default)]
    pub campaign_id: Option<String>,
}

impl PauseDestination {
    pub async fn check(
        &self,
        app: &WorkspaceApp,
        of: SubjectKind,
        errors: &mut Errors,
    ) -> Result<(), ApiError> {
        let is_needed = of != SubjectKind::Destination;
        check_id::<Destination>(app, errors, "destination_id", &self.destination_id, is_needed).await
    }

    pub async fn plan(&self, app: &App, workspace: &str, subject: &Subject) -> mongodb::error::Result<Plan> {
        let Some(id) = id_of(&self.destination_id, subject, SubjectKind::Destination) else {
            return Ok(Plan::Impossible(Impossible::NoneNamed("destination")));
        };
        let Some(before) = app.catalog.get::<Destination>(workspace, id).await? else {
            return Ok(Plan::Impossible(Impossible::Gone("destination")));
        };
        let after = Destination { status: Status::Paused, ..before.entity.clone() };
        Ok(paused(before.entity.status, before, after, Edit::Destination))
    }
}

impl PauseCampaign {
    pub async fn check(
        &self,
        app: &WorkspaceApp,
        of: SubjectKind,
        errors: &mut Errors,
    ) -> Result<(), ApiError> {
        let is_needed = of != SubjectKind::Campaign;
        check_id::<Campaign>(app, errors, "campaign_id", &self.campaign_id, is_needed).await
    }

    pub async fn plan(&self, app: &App, workspace: &str, subject: &Subject) -> mongodb::error::Result<Plan> {
        let Some(id) = id_of(&self.campaign_id, subject, SubjectKind::Campaign) else {
            return Ok(Plan::Impossible(Impossible::NoneNamed("campaign")));
        };
        let Some(before) = app.catalog.get::<Campaign>(workspace, id).await? else {
            return Ok(Plan::Impossible(Impossible::Gone("campaign")));
        };
        let after = Campaign { status: Status::Paused, ..before.entity.clone() };
        Ok(paused(before.entity.status, before, after, Edit::Campaign))
    }
}

fn paused<T: Entity>(
    status: Status,
    before: Stored<T>,
    after: T,
    edit: impl FnOnce(Edited<T>) -> Edit,
) -> Plan {
    match status {
        Status::Active => {
            let (field, from, to) = ("status".to_owned(), "active".to_owned(), "paused".to_owned());
            Plan::Edit(Box::new(edit(Edited { before, after, field, from, to })))
        }
        Status::Paused | Status::Archived => {
            Plan::Nothing(format!("{:?} takes no traffic", before.entity.name()))
        }
    }
}

pub(super) async fn check_id<T: Entity>(
    app: &WorkspaceApp,
    errors: &mut Errors,
    field: &str,
    id: &Option<String>,
    is_needed: bool,
) -> Result<(), ApiError> {
    match id {
        None if is_needed => errors.add(field, "required: the condition is about no such thing"),
        None => {}
        Some(id) if errors.comes::<T>(id) => {}
        Some(id) if app.catalog.get::<T>(&app.workspace_id, id).await?.is_none() => {
            errors.add_once(field, "there is no such thing");
        }
        Some(_) => {}
    }
    Ok(())
}
