//! Every path of api-service, in one place.

use std::time::Duration;

use anyhow::{Context, Result};
use axum::{
    Router,
    extract::{DefaultBodyLimit, State},
    middleware,
    response::IntoResponse,
    routing::any,
};
use http::{HeaderValue, header};
use tower_http::{
    catch_panic::CatchPanicLayer,
    cors::{AllowHeaders, AllowMethods, CorsLayer},
};
use traffoflex_telemetry::{RequestLayer, prometheus::Metrics};
use utoipa::openapi::OpenApi;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    access::{
        gate::{self, Gate},
        internal,
    },
    accounts,
    admin::{self, input::MAX_ADMIN_BODY_BYTES},
    ads, alerts, api_keys,
    app::App,
    config::CentralConfig,
    costs, edge_api,
    error::{self, ApiError},
    ingest, money, openapi, privacy,
    rate_limit::{self, RateLimits},
    readiness, report, saved_views, to_the_end, ui,
};

const CORS_MAX_AGE: Duration = Duration::from_secs(600);
const PROMETHEUS_TEXT: &str = "text/plain; version=0.0.4; charset=utf-8";

/// Behind the gate.
fn api() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .merge(admin::routes())
        .merge(report::routes())
        .merge(saved_views::routes())
        .merge(money::rates::routes())
        .merge(costs::routes())
        .merge(alerts::routes())
        .merge(privacy::routes())
}

/// Likewise; what is begun here is done, whether the client stays or not.
fn people() -> OpenApiRouter<App> {
    accounts::routes().merge(api_keys::routes())
}

/// Of the API, open to anybody.
fn open_api() -> OpenApiRouter<App> {
    accounts::open_routes()
}

fn scraped() -> OpenApiRouter<Metrics> {
    OpenApiRouter::new().routes(routes!(render_metrics))
}

/// Of what clients and operators call; what nodes call is not theirs.
pub fn description() -> OpenApi {
    let described = OpenApiRouter::with_openapi(openapi::base())
        .merge(open_api())
        .merge(api())
        .merge(people())
        .merge(ads::routes())
        .merge(readiness::routes())
        .into_openapi();
    openapi::finish(described.merge_from(scraped().into_openapi()))
}

pub fn all(app: App, config: &CentralConfig, metrics: Metrics, requests: RequestLayer) -> Result<Router> {
    let limits = RateLimits::new(&config.rate_limits);
    let gate = Gate::new(app.clone(), &config.auth, limits.clone());
    let gate = middleware::from_fn_with_state(gate, gate::admit);
    let ads = Router::from(ads::routes()).layer(gate.clone()).layer(middleware::from_fn(ads::shape_errors));
    let to_the_end = middleware::from_fn_with_state(app.clone(), to_the_end::run);
    let api = Router::from(api())
        .merge(Router::from(people()).layer(to_the_end.clone()))
        .layer(gate)
        .merge(ads)
        .merge(Router::from(open_api()).layer(to_the_end))
        .layer(DefaultBodyLimit::max(MAX_ADMIN_BODY_BYTES));
    let edge = Router::new()
        .merge(edge_api::snapshot::routes())
        .merge(edge_api::health::routes())
        .merge(edge_api::runtime::routes())
        .merge(edge_api::leases::routes())
        .merge(edge_api::conversions::routes())
        .merge(edge_api::clicks::routes())
        .merge(ingest::routes())
        // Whoever has no token does not learn what is there.
        .route("/internal/{*rest}", any(|| async { ApiError::NotFound }))
        .layer(middleware::from_fn_with_state(internal::tokens(&config.auth), internal::require));
    let router = Router::new()
        .merge(api)
        .merge(openapi::routes(description()))
        .merge(edge)
        .merge(Router::from(readiness::routes()))
        .with_state(app)
        .merge(Router::from(scraped()).with_state(metrics))
        .fallback(ui::serve)
        .method_not_allowed_fallback(|| async { ApiError::MethodNotAllowed })
        .layer(middleware::from_fn_with_state(limits, rate_limit::limit_sign_ins))
        .layer(cors(&config.server.admin_frontend_origin)?)
        .layer(CatchPanicLayer::custom(ApiError::of_panic))
        .layer(middleware::from_fn(error::sign_errors))
        .layer(requests);
    Ok(router)
}

pub(crate) fn cors(origin: &str) -> Result<CorsLayer> {
    if origin.is_empty() {
        return Ok(CorsLayer::new());
    }
    let origin: HeaderValue = origin.parse().context("ADMIN_FRONTEND_ORIGIN")?;
    Ok(CorsLayer::new()
        .allow_origin(origin)
        .allow_methods(AllowMethods::mirror_request())
        .allow_headers(AllowHeaders::mirror_request())
        .max_age(CORS_MAX_AGE))
}

/// The service's own numbers, for Prometheus.
#[utoipa::path(
    get,
    path = "/metrics",
    tag = "Operation",
    security(()),
    responses((status = 200, description = "Prometheus text format", body = String, content_type = PROMETHEUS_TEXT)),
)]
async fn render_metrics(State(metrics): State<Metrics>) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, PROMETHEUS_TEXT)], metrics.render())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::Value;

    use super::*;

    const METHODS: [&str; 8] = ["get", "put", "post", "delete", "options", "head", "patch", "trace"];

    /// Method and path of each, with what it says.
    fn operations(document: &Value) -> Vec<(String, &Value)> {
        let mut all = Vec::new();
        for (path, item) in document["paths"].as_object().unwrap() {
            let methods =
                item.as_object().unwrap().iter().filter(|(name, _)| METHODS.contains(&name.as_str()));
            all.extend(methods.map(|(method, operation)| (format!("{method} {path}"), operation)));
        }
        all
    }

    /// Paths as the router itself has them. axum shows them nowhere but here: were that to change, none would
    /// be found, and the test would fail.
    fn routed<S>(router: &Router<S>) -> BTreeSet<String> {
        let shown = format!("{router:?}");
        let after_id = shown.split("RouteId(").filter_map(|part| part.split_once("): \"/"));
        let paths = after_id.map(|(_, rest)| format!("/{}", rest.split('"').next().unwrap()));
        // A fallback is kept as a route of everything.
        paths.filter(|path| path != "/" && !path.contains("__private")).collect()
    }

    #[test]
    fn every_route_is_described() {
        let document = serde_json::to_value(description()).unwrap();
        let described: BTreeSet<String> = document["paths"].as_object().unwrap().keys().cloned().collect();
        let api = Router::from(api().merge(people()).merge(open_api()).merge(ads::routes()));
        let mut routed = routed(&api);
        assert!(routed.contains("/api/campaigns/{id}"), "{api:?}");
        routed.extend(["/healthz", "/readyz", "/metrics"].map(str::to_owned));
        let difference: Vec<&String> = routed.symmetric_difference(&described).collect();
        assert!(difference.is_empty(), "routed or described, not both: {difference:?}");
    }

    #[test]
    fn every_operation_says_what_clients_need() {
        let document = serde_json::to_value(description()).unwrap();
        let tags: BTreeSet<&str> =
            document["tags"].as_array().unwrap().iter().map(|tag| tag["name"].as_str().unwrap()).collect();
        let mut ids = BTreeSet::new();
        for (name, operation) in operations(&document) {
            let id = operation["operationId"].as_str().unwrap_or_default();
            assert!(!id.is_empty() && ids.insert(id), "{name}: operation id {id:?} is missing or taken");
            assert!(operation["summary"].as_str().is_some_and(|text| !text.is_empty()), "{name}: no summary");
            let own_tags = operation["tags"].as_array().map(Vec::as_slice).unwrap_or_default();
            let known = |tag: &Value| tags.contains(tag.as_str().unwrap_or_default());
            assert!(!own_tags.is_empty() && own_tags.iter().all(known), "{name}: tags {own_tags:?}");
            let responses = operation["responses"].as_object().unwrap();
            assert!(responses.keys().any(|status| status.starts_with('2')), "{name}: no success");
            let open = operation["security"] == serde_json::json!([{}]);
            assert!(open || responses.contains_key("401"), "{name}: says nothing of refusals");
            let declared: Vec<&str> = operation["parameters"]
                .as_array()
                .into_iter()
                .flatten()
                .filter(|parameter| parameter["in"] == "path")
                .filter_map(|parameter| parameter["name"].as_str())
                .collect();
            let in_path: Vec<&str> =
                name.split('{').skip(1).filter_map(|part| part.split('}').next()).collect();
            assert_eq!(declared, in_path, "{name}: parameters of the path");
        }
    }
}
