//! `/api/workspaces`: those of the caller, and new ones.

use axum::{
    Json,
    extract::Query,
    response::{IntoResponse, Response},
};
use futures_util::TryStreamExt;
use http::{HeaderValue, StatusCode};
use mongodb::bson::{DateTime, doc};
use serde::Deserialize;
use traffoflex_model::{ClientList, GeoRule, Workspace};
use traffoflex_wire::snapshot::VERSION_HEADER;
use ulid::Ulid;
use utoipa::ToSchema;

use super::{
    noted,
    shown::MyWorkspace,
    store::{Membership, membership},
};
use crate::{
    access::{ActorKind, Caller, CallerApp, Role},
    admin::{
        crud::PageOf,
        input::{self, JsonBody, Paging},
        validate::Errors,
    },
    app::App,
    audit_log::{Action, Change, Entry},
    catalog::{ListQuery, entity::Stored, work::Work},
    error::ApiError,
    openapi::Refusals,
};

/// Of one caller at once; a page of the list goes beyond it.
const MAX_SHOWN: i64 = 500;

type WorkspacePage = PageOf<MyWorkspace>;

/// Those of the caller, oldest membership first.
pub async fn of_caller(app: &App, caller: &Caller) -> Result<Vec<MyWorkspace>, ApiError> {
    let filter = |ids: Vec<&str>| doc! { "_id": { "$in": ids } };
    match (caller.user_id(), caller.actor.kind) {
        (Some(user), _) => {
            let memberships = membership::of_user(&app.catalog, user).await?;
            let ids = memberships.iter().map(|membership| &*membership.workspace_id).collect();
            let found = find(app, filter(ids)).await?;
            let shown = |membership: &Membership| {
                let workspace = found.iter().find(|w| w.id == membership.workspace_id)?;
                Some(mine(workspace, Some(membership.role), membership.masks_money()))
            };
            Ok(memberships.iter().filter_map(shown).collect())
        }
        (None, ActorKind::Bootstrap) => {
            let found = find(app, doc! {}).await?;
            Ok(found.iter().map(|workspace| mine(workspace, caller.role, false)).collect())
        }
        (None, _) => {
            let ids = caller.workspace_id.iter().map(|id| &**id).collect();
            let found = find(app, filter(ids)).await?;
            Ok(found.iter().map(|workspace| mine(workspace, caller.role, caller.masks_money)).collect())
        }
    }
}

async fn find(app: &App, filter: mongodb::bson::Document) -> Result<Vec<Workspace>, ApiError> {
    let collection = app.catalog.collection::<Workspace>();
    let found = collection.find(filter).sort(doc! { "created_at": 1, "_id": 1 });
    let found: Vec<Stored<Workspace>> = found.limit(MAX_SHOWN).await?.try_collect().await?;
    Ok(found.into_iter().map(|stored| stored.entity).collect())
}

fn mine(workspace: &Workspace, role: Option<Role>, mask_money: bool) -> MyWorkspace {
    MyWorkspace {
        id: workspace.id.clone(),
        name: workspace.name.clone(),
        currency: workspace.currency,
        role,
        mask_money,
    }
}

/// List my workspaces
///
/// With the role in each. `X-Workspace-Id` picks the one that a request is about.
#[utoipa::path(
    get,
    path = "/api/workspaces",
    tag = "workspaces",
    params(Paging),
    responses((status = 200, body = WorkspacePage), Refusals)
)]
pub async fn list_workspaces(
    app: CallerApp,
    Query(paging): Query<Paging>,
) -> Result<Json<WorkspacePage>, ApiError> {
    let (limit, offset) = paging.check()?;
    if app.caller.actor.kind == ActorKind::Bootstrap {
        let sort = doc! { "created_at": 1, "_id": 1 };
        let all = ListQuery { filter: doc! {}, sort, limit, offset };
        let (found, total) = app.catalog.list::<Workspace>(all).await?;
        let items = found.iter().map(|stored| mine(&stored.entity, app.caller.role, false)).collect();
        return Ok(Json(PageOf { items, limit, offset, total }));
    }
    let all = of_caller(&app, &app.caller).await?;
    let total = all.len() as u64;
    let items = all.into_iter().skip(offset as usize).take(limit as usize).collect();
    Ok(Json(PageOf { items, limit, offset, total }))
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewWorkspace {
    name: String,
    /// ISO 4217.
    #[schema(example = "USD")]
    currency: String,
}

/// Make a workspace
///
/// For the installation's administrator, who becomes its owner. Nodes hear of it before the answer.
#[utoipa::path(
    post,
    path = "/api/workspaces",
    tag = "workspaces",
    request_body = NewWorkspace,
    responses((status = 201, body = MyWorkspace), Refusals)
)]
pub async fn create_workspace(app: CallerApp, JsonBody(body): JsonBody) -> Result<Response, ApiError> {
    if !app.caller.is_installation_admin {
        return Err(ApiError::Forbidden);
    }
    let NewWorkspace { name, currency } = input::read(body)?;
    let mut errors = Errors::default();
    errors.name(&name);
    let currency = errors.currency(&currency);
    errors.finish()?;
    let workspace = Workspace {
        id: Ulid::generate().to_string().into(),
        name,
        currency,
        store_full_ip: false,
        geo: GeoRule::default(),
        trafficback_destination_id: None,
        bots: ClientList::default(),
        people: ClientList::default(),
    };
    let stored = Stored::new(workspace, DateTime::now());
    let shown = mine(&stored.entity, Some(Role::Owner), false);
    let change = Change {
        action: Action::Created,
        resource: "workspaces",
        id: stored._id.clone(),
        name: stored.entity.name.clone(),
        what: None,
        before: None,
        after: serde_json::to_value(&shown).ok(),
    };
    let mut work = Work::default();
    work.insert(&stored)?;
    if let Some(user) = app.caller.user_id() {
        Membership::new(&stored.entity.id, user, Role::Owner, false).add(&mut work)?;
    }
    work.record(Entry::new(&app.caller.actor, Some(&stored._id), change));
    noted::commit(&app.catalog, &work).await?;
    let version = app.publisher.publish::<Workspace>(&stored._id).await?;
    let version = [(VERSION_HEADER, HeaderValue::from(version))];
    Ok((StatusCode::CREATED, version, Json(shown)).into_response())
}
