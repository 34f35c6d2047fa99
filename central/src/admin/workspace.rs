//! `/api/workspace`: what holds for all campaigns.

use std::{collections::HashSet, hash::Hash};

use axum::{Json, response::Response};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use traffoflex_model::{ClientList, DestinationId, GeoRule, Workspace};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    crud::{
        self, Nothing, Resource, Shown, audited,
        schema::{Patch, Replacement},
        write,
    },
    input::JsonBody,
    validate::Errors,
};
use crate::{access::WorkspaceApp, app::App, catalog::entity::Stored, error::ApiError, openapi::Refusals};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(read_workspace, replace_workspace, patch_workspace))
}

type One = Shown<Workspaces>;
type Whole = Replacement<WorkspaceInput>;
type Part = Patch<WorkspaceInput>;

list_query!(
    /// There is one, and no list.
    WorkspaceQuery {}
);

#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WorkspaceInput {
    name: String,
    currency: String,
    #[serde(default)]
    store_full_ip: bool,
    #[serde(default)]
    geo: GeoRule,
    #[serde(default)]
    trafficback_destination_id: Option<DestinationId>,
    #[serde(default)]
    bots: ClientList,
    #[serde(default)]
    people: ClientList,
}

impl WorkspaceInput {
    fn of(entity: Workspace) -> Self {
        Self {
            name: entity.name,
            currency: entity.currency.to_string(),
            store_full_ip: entity.store_full_ip,
            geo: entity.geo,
            trafficback_destination_id: entity.trafficback_destination_id,
            bots: entity.bots,
            people: entity.people,
        }
    }
}

/// The one that the caller is in.
pub struct Workspaces;

impl Resource for Workspaces {
    type Entity = Workspace;
    type Input = WorkspaceInput;
    type View = Workspace;
    type More = Nothing;
    type Query = WorkspaceQuery;
    const NAME: &'static str = "workspace";
    const SEARCHED: &'static [&'static str] = &[];

    fn input_of(entity: Workspace) -> WorkspaceInput {
        WorkspaceInput::of(entity)
    }

    async fn check(
        app: &WorkspaceApp,
        mut input: WorkspaceInput,
        _: &str,
        _: Option<&Workspace>,
        errors: &mut Errors,
    ) -> Result<Workspace, ApiError> {
        errors.name(&input.name);
        let currency = errors.currency(&input.currency);
        errors.geo(&mut input.geo);
        errors.clients("bots", &input.bots);
        errors.clients("people", &input.people);
        let named = input.trafficback_destination_id.as_ref();
        let named = named.map(|id| ("trafficback_destination_id".to_owned(), id));
        errors.destinations(app, named).await?;
        Ok(Workspace {
            id: app.workspace_id.clone(),
            name: input.name,
            currency,
            store_full_ip: input.store_full_ip,
            geo: input.geo,
            trafficback_destination_id: input.trafficback_destination_id,
            bots: input.bots,
            people: input.people,
        })
    }

    fn view(entity: &Workspace, _: bool) -> Workspace {
        entity.clone()
    }

    /// The lists of clients may be megabytes, and one address may be all that is new in them: of each, what is
    /// gone and what is new.
    fn recorded(
        before: Option<&Stored<Workspace>>,
        after: Option<&Stored<Workspace>>,
    ) -> (Option<Value>, Option<Value>) {
        let (Some(before), Some(after)) = (before, after) else {
            return (before.map(audited::<Self>), after.map(audited::<Self>));
        };
        let without = |stored: &Stored<Workspace>, other: &Workspace| {
            let mut stored = stored.clone();
            stored.entity.bots = left_out(&stored.entity.bots, &other.bots);
            stored.entity.people = left_out(&stored.entity.people, &other.people);
            audited::<Self>(&stored)
        };
        (Some(without(before, &after.entity)), Some(without(after, &before.entity)))
    }

    async fn more(_: &WorkspaceApp, stored: &[Stored<Workspace>]) -> Result<Vec<Nothing>, ApiError> {
        Ok(vec![Nothing {}; stored.len()])
    }
}

/// What of a list the other one has not.
fn left_out(list: &ClientList, other: &ClientList) -> ClientList {
    fn of<T: Clone + Eq + Hash>(list: &[T], other: &[T]) -> Vec<T> {
        let other: HashSet<&T> = other.iter().collect();
        list.iter().filter(|entry| !other.contains(entry)).cloned().collect()
    }
    ClientList {
        ips: of(&list.ips, &other.ips),
        user_agents: of(&list.user_agents, &other.user_agents),
        asns: of(&list.asns, &other.asns),
    }
}

/// Reads the caller's workspace.
#[utoipa::path(
    get,
    path = "/api/workspace",
    tag = "Workspace",
    responses((status = 200, body = One), Refusals)
)]
async fn read_workspace(app: WorkspaceApp) -> Result<Json<One>, ApiError> {
    crud::read::<Workspaces>(&app, &app.workspace_id).await
}

/// Replaces the settings of the caller's workspace.
#[utoipa::path(
    put,
    path = "/api/workspace",
    tag = "Workspace",
    request_body = Whole,
    responses((status = 200, body = One), Refusals)
)]
async fn replace_workspace(app: WorkspaceApp, JsonBody(body): JsonBody) -> Result<Response, ApiError> {
    write::replace::<Workspaces>(&app, &app.workspace_id, body).await
}

/// Changes some settings of the caller's workspace.
#[utoipa::path(
    patch,
    path = "/api/workspace",
    tag = "Workspace",
    request_body = Part,
    responses((status = 200, body = One), Refusals)
)]
async fn patch_workspace(app: WorkspaceApp, JsonBody(body): JsonBody) -> Result<Response, ApiError> {
    write::patch::<Workspaces>(&app, &app.workspace_id, body).await
}
