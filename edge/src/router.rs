//! Every path of traffic-service, in one place.

use axum::{Router, extract::State, http::header, response::IntoResponse, routing::get};
use traffoflex_telemetry::{RequestLayer, prometheus::Metrics};

use crate::{
    click::{self, ClickState},
    error,
    internal::{self, InternalState},
    readiness::{self, ReadinessState},
};

const PROMETHEUS_TEXT: &str = "text/plain; version=0.0.4; charset=utf-8";

pub fn traffic(
    click: ClickState,
    internal: InternalState,
    readiness: ReadinessState,
    metrics: Metrics,
    requests: RequestLayer,
) -> Router {
    Router::new()
        .merge(click::routes(click))
        .merge(internal::routes(internal))
        .merge(readiness::routes(readiness))
        .merge(Router::new().route("/metrics", get(render_metrics)).with_state(metrics))
        .fallback(error::not_found)
        .layer(requests)
}

async fn render_metrics(State(metrics): State<Metrics>) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, PROMETHEUS_TEXT)], metrics.render())
}
