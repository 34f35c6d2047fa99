//! `/api/destinations`: where clicks go; `/api/landings`: those of them that are landing pages.

pub mod landings;

use mongodb::bson::{Document, doc};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use traffoflex_model::{
    Campaign, Cap, CapMetric, Destination, DestinationId, DestinationKind, GeoRule, Health, HealthCheck,
    RedirectType, Schedule, Status, Stream, Workspace, WorkspaceId,
};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    crud::{Resource, places},
    health::{self, DestinationHealth},
    validate::Errors,
};
use crate::{access::WorkspaceApp, app::App, catalog::entity::Stored, error::ApiError};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_destinations, create_destination))
        .routes(routes!(read_destination, replace_destination, patch_destination, delete_destination))
        .routes(routes!(archive_destination))
        .routes(routes!(restore_destination))
        .routes(routes!(set_status_of_destinations))
}

collection_handlers!(
    Destinations,
    "/api/destinations",
    "Destinations",
    "a destination",
    new = DestinationInput,
    list = list_destinations,
    create = create_destination
);
item_handlers!(
    Destinations,
    "/api/destinations",
    "Destinations",
    "a destination",
    read = read_destination,
    replace = replace_destination,
    patch = patch_destination,
    delete = delete_destination
);
status_handlers!(
    Destinations,
    "/api/destinations",
    "Destinations",
    "a destination",
    archive = archive_destination,
    restore = restore_destination,
    bulk = set_status_of_destinations
);

list_query!(DestinationQuery {
    kind: DestinationKind,
    /// What nodes agree on.
    health: Health,
});

#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DestinationInput {
    name: String,
    #[serde(default)]
    kind: DestinationKind,
    /// An http or https URL with macros, for example `https://offer.example/?c={click_id}`.
    url: String,
    #[serde(default)]
    status: Status,
    #[serde(default)]
    redirect: RedirectType,
    /// Sent as `Referrer-Policy` with the redirect; null sends no such header.
    #[serde(default)]
    referrer_policy: Option<String>,
    /// When it takes traffic; null: always.
    #[serde(default)]
    schedule: Option<Schedule>,
    #[serde(default)]
    caps: Vec<Cap>,
    #[serde(default)]
    geo: GeoRule,
    /// Device types it takes; none: all.
    #[serde(default)]
    device_types: Vec<String>,
    #[serde(default)]
    health_check: HealthCheck,
}

/// A cap whose amount is not for everybody.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DestinationCap)]
pub struct CapView {
    metric: CapMetric,
    /// Decimal. Null: an amount that the caller may not see.
    limit: Option<String>,
    window_hours: Option<u32>,
    calendar_timezone: Option<String>,
    redirect_destination_id: Option<DestinationId>,
}

impl CapView {
    fn of(cap: &Cap, sees_money: bool) -> Self {
        let is_money = matches!(cap.metric, CapMetric::Cost | CapMetric::Revenue);
        Self {
            metric: cap.metric,
            limit: (sees_money || !is_money).then(|| cap.limit.to_string()),
            window_hours: cap.window_hours,
            calendar_timezone: cap.calendar_timezone.clone(),
            redirect_destination_id: cap.redirect_destination_id.clone(),
        }
    }
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Destination)]
pub struct DestinationView {
    id: DestinationId,
    workspace_id: WorkspaceId,
    name: String,
    kind: DestinationKind,
    url: String,
    status: Status,
    redirect: RedirectType,
    referrer_policy: Option<String>,
    schedule: Option<Schedule>,
    caps: Vec<CapView>,
    geo: GeoRule,
    device_types: Vec<String>,
    health_check: HealthCheck,
}

impl DestinationView {
    fn of(entity: &Destination, sees_money: bool) -> Self {
        let caps = entity.caps.iter().map(|cap| CapView::of(cap, sees_money)).collect();
        let Destination { id, workspace_id, name, kind, url, status, redirect, .. } = entity.clone();
        let Destination { referrer_policy, schedule, geo, device_types, health_check, .. } = entity.clone();
        Self {
            id,
            workspace_id,
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
        }
    }
}

#[derive(Debug, Serialize, ToSchema)]
pub struct WithHealth {
    health: DestinationHealth,
}

pub struct Destinations;

impl Resource for Destinations {
    type Entity = Destination;
    type Input = DestinationInput;
    type View = DestinationView;
    type More = WithHealth;
    type Query = DestinationQuery;
    const NAME: &'static str = "destinations";
    const SEARCHED: &'static [&'static str] = &["name", "url"];

    async fn filter(
        app: &WorkspaceApp,
        query: &DestinationQuery,
        filter: &mut Document,
    ) -> Result<(), ApiError> {
        if let Some(kind) = &query.kind {
            filter.insert("kind", of_words::<DestinationKind>("kind", kind)?);
        }
        if let Some(health) = &query.health {
            of_words::<Health>("health", health)?;
            filter.insert("_id", app.health.ids_that_are(&app.workspace_id, health).await?);
        }
        Ok(())
    }

    fn input_of(entity: Destination) -> DestinationInput {
        let Destination { name, kind, url, status, redirect, referrer_policy, .. } = entity;
        let Destination { schedule, caps, geo, device_types, health_check, .. } = entity;
        DestinationInput {
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
        }
    }

    async fn check(
        app: &WorkspaceApp,
        mut input: DestinationInput,
        id: &str,
        _: Option<&Destination>,
        errors: &mut Errors,
    ) -> Result<Destination, ApiError> {
        let id = DestinationId::from(id);
        errors.name(&input.name);
        errors.url(&input.url);
        errors.referrer_policy(input.referrer_policy.as_deref());
        errors.schedule(input.schedule.as_ref());
        errors.caps(&id, &input.caps);
        errors.geo(&mut input.geo);
        errors.device_types(&input.device_types);
        if let Some(url) = &input.health_check.url {
            errors.probed_url("health_check.url", url);
        }
        let redirects = input.caps.iter().enumerate().filter_map(|(i, cap)| {
            Some((format!("caps[{i}].redirect_destination_id"), cap.redirect_destination_id.as_ref()?))
        });
        let redirects: Vec<_> = redirects.collect();
        errors.destinations(app, redirects).await?;
        Ok(Destination {
            id,
            workspace_id: app.workspace_id.clone(),
            name: input.name,
            kind: input.kind,
            url: input.url,
            status: input.status,
            redirect: input.redirect,
            referrer_policy: input.referrer_policy,
            schedule: input.schedule,
            caps: input.caps,
            geo: input.geo,
            device_types: input.device_types,
            health_check: input.health_check,
        })
    }

    fn view(entity: &Destination, sees_money: bool) -> DestinationView {
        DestinationView::of(entity, sees_money)
    }

    async fn more(app: &WorkspaceApp, stored: &[Stored<Destination>]) -> Result<Vec<WithHealth>, ApiError> {
        let ids: Vec<&str> = stored.iter().map(|stored| stored._id.as_str()).collect();
        let health = health::of(app, &ids).await?;
        Ok(health.into_iter().map(|health| WithHealth { health }).collect())
    }

    async fn uses(app: &WorkspaceApp, id: &str) -> Result<Vec<(String, String)>, ApiError> {
        let catalog = &app.catalog;
        let any = vec![doc! { "targets.destination_id": id }, doc! { "landings.destination_id": id }];
        let mut found = places("streams", catalog.names::<Stream>(doc! { "$or": any }).await?);
        let any = vec![doc! { "trafficback_destination_id": id }, doc! { "fallback_destination_id": id }];
        found.extend(places("campaigns", catalog.names::<Campaign>(doc! { "$or": any }).await?));
        let caps = catalog.names::<Destination>(doc! { "caps.redirect_destination_id": id }).await?;
        found.extend(places("destinations", caps));
        let workspaces = catalog.names::<Workspace>(doc! { "trafficback_destination_id": id }).await?;
        found.extend(places("workspaces", workspaces));
        Ok(found)
    }

    fn status(entity: &mut Destination) -> Option<&mut Status> {
        Some(&mut entity.status)
    }

    async fn settled(
        app: &WorkspaceApp,
        before: &Destination,
        after: Option<&Destination>,
    ) -> Result<(), ApiError> {
        if after.is_some() {
            return Ok(());
        }
        // What is left otherwise says nothing of anything.
        if let Err(error) = app.health.forget(&before.id).await {
            tracing::warn!(%error, "the health of a deleted destination stays behind");
        }
        Ok(())
    }
}

/// The word as it stands in documents, when it is one of the type's.
fn of_words<T: serde::de::DeserializeOwned>(field: &str, word: &str) -> Result<String, ApiError> {
    let read = serde_json::from_value::<T>(Value::from(word));
    read.map(|_| word.to_owned()).map_err(|error| ApiError::field(field, error.to_string()))
}

#[cfg(test)]
mod tests {
    use rust_decimal::Decimal;

    use super::*;

    #[test]
    fn amounts_are_not_for_every_eye_and_counts_are() {
        let cap = |metric| Cap {
            metric,
            limit: Decimal::new(125, 1),
            window_hours: Some(24),
            calendar_timezone: None,
            redirect_destination_id: None,
        };
        for metric in CapMetric::ALL {
            let is_money = matches!(metric, CapMetric::Cost | CapMetric::Revenue);
            let shown = |sees_money| CapView::of(&cap(metric), sees_money).limit;
            assert_eq!(shown(true).as_deref(), Some("12.5"));
            assert_eq!(shown(false).is_none(), is_money, "{}", metric.as_str());
        }
    }
}
