//! Every path of api-service, in one place.

use std::time::Duration;

use anyhow::{Context, Result};
use axum::{
    Router,
    extract::{DefaultBodyLimit, State},
    middleware,
    response::IntoResponse,
    routing::{any, get},
};
use http::{HeaderValue, header};
use tower_http::cors::{AllowHeaders, AllowMethods, CorsLayer};
use traffoflex_telemetry::{RequestLayer, prometheus::Metrics};
use utoipa_axum::router::OpenApiRouter;

use crate::{
    access::{
        gate::{self, Gate},
        internal,
    },
    accounts,
    admin::{self, input::MAX_ADMIN_BODY_BYTES},
    app::App,
    config::CentralConfig,
    costs, edge_api,
    error::{self, ApiError},
    ingest, money, openapi, readiness, report, saved_views,
};

const CORS_MAX_AGE: Duration = Duration::from_secs(600);
const PROMETHEUS_TEXT: &str = "text/plain; version=0.0.4; charset=utf-8";

pub fn all(app: App, config: &CentralConfig, metrics: Metrics, requests: RequestLayer) -> Result<Router> {
    let (api, description) = OpenApiRouter::with_openapi(openapi::base())
        .merge(admin::routes())
        .merge(report::routes())
        .merge(saved_views::routes())
        .merge(money::rates::routes())
        .merge(costs::routes())
        .merge(accounts::routes())
        .layer(middleware::from_fn_with_state(Gate::new(app.clone(), &config.auth), gate::admit))
        .merge(accounts::open_routes())
        .layer(DefaultBodyLimit::max(MAX_ADMIN_BODY_BYTES))
        .split_for_parts();
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
        .merge(openapi::routes(description))
        .merge(edge)
        .merge(readiness::routes())
        .with_state(app)
        .merge(Router::new().route("/metrics", get(render_metrics)).with_state(metrics))
        .fallback(|| async { ApiError::NotFound })
        .method_not_allowed_fallback(|| async { ApiError::MethodNotAllowed })
        .layer(cors(&config.server.admin_frontend_origin)?)
        .layer(middleware::from_fn(error::sign_errors))
        .layer(requests);
    Ok(router)
}

fn cors(origin: &str) -> Result<CorsLayer> {
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

async fn render_metrics(State(metrics): State<Metrics>) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, PROMETHEUS_TEXT)], metrics.render())
}
