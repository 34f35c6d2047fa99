//! Every path of traffic-service, in one place.

use std::net::IpAddr;

use axum::{
    Router,
    body::Body,
    extract::State,
    http::{Request, StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use hyper::body::Incoming;
use tower::ServiceExt;
use traffoflex_telemetry::{RequestId, prometheus::Metrics};

use crate::{
    click::{ClickPath, ClickState, ad_click},
    error::{self, EdgeError},
    internal::{self, InternalState},
    readiness::{self, ReadinessState},
    serve::Answer,
};

const PROMETHEUS_TEXT: &str = "text/plain; version=0.0.4; charset=utf-8";

/// Clicks, and behind them everything else. A click goes past the router: what its path means is
/// clear from the first bytes, and it is the one request that has to be cheap.
pub struct Front {
    click: ClickState,
    others: Router,
}

impl Front {
    pub fn new(
        click: ClickState,
        internal: InternalState,
        readiness: ReadinessState,
        metrics: Metrics,
    ) -> Self {
        let others = Router::new()
            .merge(internal::routes(internal))
            .merge(readiness::routes(readiness))
            .merge(ad_click::routes(click.clone()))
            .merge(metrics_routes(metrics))
            .fallback(error::not_found);
        Self { click, others }
    }
}

impl Answer for Front {
    async fn answer(&self, request: Request<Incoming>, id: RequestId, peer: IpAddr) -> Response {
        if let Some(path) = ClickPath::of(request.uri().path()) {
            return self.click.answer(&request, path, id, peer).await;
        }
        answer_by(&self.others, request.map(Body::new), id).await
    }
}

/// `/metrics`
pub fn metrics_routes(metrics: Metrics) -> Router {
    Router::new().route("/metrics", get(render_metrics)).with_state(metrics)
}

/// What the router says, with a body where it has none.
pub async fn answer_by(router: &Router, mut request: Request<Body>, id: RequestId) -> Response {
    request.extensions_mut().insert(id);
    let mut response = match router.clone().oneshot(request).await {
        Ok(response) => response,
        Err(never) => match never {},
    };
    if response.status() == StatusCode::METHOD_NOT_ALLOWED {
        let allow = response.headers_mut().remove(header::ALLOW);
        response = EdgeError::MethodNotAllowed.into_response_for(Some(id));
        response.headers_mut().extend(allow.map(|allow| (header::ALLOW, allow)));
    }
    response
}

async fn render_metrics(State(metrics): State<Metrics>) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, PROMETHEUS_TEXT)], metrics.render())
}
