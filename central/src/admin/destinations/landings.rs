//! `/api/landings`: destinations of kind `landing`. The documents are those of `/api/destinations`, and so are
//! their entries in the audit log; a landing page that becomes another kind leaves this list.

use mongodb::bson::{Document, doc};
use serde::{Deserialize, Serialize};
use traffoflex_model::{
    Cap, Destination, DestinationKind, GeoRule, Health, HealthCheck, RedirectType, Schedule, Status,
};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{DestinationInput, DestinationView, Destinations, WithHealth, of_words};
use crate::{
    access::WorkspaceApp,
    admin::{crud::Resource, validate::Errors},
    app::App,
    catalog::entity::Stored,
    error::ApiError,
};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_landings, create_landing))
        .routes(routes!(read_landing, replace_landing, patch_landing, delete_landing))
        .routes(routes!(archive_landing))
        .routes(routes!(restore_landing))
        .routes(routes!(set_status_of_landings))
}

collection_handlers!(
    Landings,
    "/api/landings",
    "Landings",
    "a landing page",
    new = LandingInput,
    list = list_landings,
    create = create_landing
);
item_handlers!(
    Landings,
    "/api/landings",
    "Landings",
    "a landing page",
    read = read_landing,
    replace = replace_landing,
    patch = patch_landing,
    delete = delete_landing
);
status_handlers!(
    Landings,
    "/api/landings",
    "Landings",
    "a landing page",
    archive = archive_landing,
    restore = restore_landing,
    bulk = set_status_of_landings
);

list_query!(LandingQuery {
    /// What nodes agree on.
    health: Health,
});

/// As a destination, whose kind need not be named.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LandingInput {
    name: String,
    url: String,
    #[serde(default)]
    status: Status,
    #[serde(default)]
    redirect: RedirectType,
    #[serde(default)]
    referrer_policy: Option<String>,
    #[serde(default)]
    schedule: Option<Schedule>,
    #[serde(default)]
    caps: Vec<Cap>,
    #[serde(default)]
    geo: GeoRule,
    #[serde(default)]
    device_types: Vec<String>,
    #[serde(default)]
    health_check: HealthCheck,
    /// `landing`, when it is named.
    #[serde(default = "landing", skip_serializing)]
    kind: DestinationKind,
}

fn landing() -> DestinationKind {
    DestinationKind::Landing
}

pub struct Landings;

impl Resource for Landings {
    type Entity = Destination;
    type Input = LandingInput;
    type View = DestinationView;
    type More = WithHealth;
    type Query = LandingQuery;
    const NAME: &'static str = "landings";
    const RECORDED: &'static str = Destinations::NAME;
    const SEARCHED: &'static [&'static str] = Destinations::SEARCHED;

    fn scope() -> Document {
        doc! { "kind": "landing" }
    }

    async fn filter(app: &WorkspaceApp, query: &LandingQuery, filter: &mut Document) -> Result<(), ApiError> {
        if let Some(health) = &query.health {
            of_words::<Health>("health", health)?;
            filter.insert("_id", app.health.ids_that_are(&app.workspace_id, health).await?);
        }
        Ok(())
    }

    fn input_of(entity: Destination) -> LandingInput {
        let DestinationInput { name, url, status, redirect, referrer_policy, schedule, .. } =
            Destinations::input_of(entity.clone());
        let DestinationInput { caps, geo, device_types, health_check, kind, .. } =
            Destinations::input_of(entity);
        LandingInput {
            name,
            url,
            status,
            redirect,
            referrer_policy,
            schedule,
            caps,
            geo,
            device_types,
            health_check,
            kind,
        }
    }

    async fn check(
        app: &WorkspaceApp,
        input: LandingInput,
        id: &str,
        before: Option<&Destination>,
        errors: &mut Errors,
    ) -> Result<Destination, ApiError> {
        if input.kind != DestinationKind::Landing {
            errors.add("kind", "landing; another kind is set at /api/destinations");
        }
        let LandingInput { name, url, status, redirect, referrer_policy, schedule, .. } = input;
        let LandingInput { caps, geo, device_types, health_check, kind, .. } = input;
        let input = DestinationInput {
            name,
            kind,
            url,
            status,
            redirect,
            referrer_policy,
            schedule,
            caps,
            geo,
            device_types,
            health_check,
        };
        Destinations::check(app, input, id, before, errors).await
    }

    fn view(entity: &Destination, sees_money: bool) -> DestinationView {
        Destinations::view(entity, sees_money)
    }

    async fn more(app: &WorkspaceApp, stored: &[Stored<Destination>]) -> Result<Vec<WithHealth>, ApiError> {
        Destinations::more(app, stored).await
    }

    async fn uses(app: &WorkspaceApp, id: &str) -> Result<Vec<(String, String)>, ApiError> {
        Destinations::uses(app, id).await
    }

    fn status(entity: &mut Destination) -> Option<&mut Status> {
        Destinations::status(entity)
    }

    async fn settled(
        app: &WorkspaceApp,
        before: &Destination,
        after: Option<&Destination>,
    ) -> Result<(), ApiError> {
        Destinations::settled(app, before, after).await
    }
}
