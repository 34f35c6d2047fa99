//! The whole way of a click: campaign, context, decision, event, redirect.
//!
//! The only thing a click waits for is its event's hand-over to the outbox (in `committed` mode, the
//! shared fsync). It reads the routing table through a lock-free handle and does no other I/O.

mod click_event;
mod client_ip;
mod metrics;
mod parameters;
mod redirect;
mod request_context;

use std::{
    net::SocketAddr,
    sync::{Arc, atomic::AtomicU32},
};

use axum::{
    Router,
    extract::{ConnectInfo, Request, State},
    response::{IntoResponse, Response},
    routing::{MethodRouter, get},
};
pub use client_ip::TrustedProxies;
use http::{HeaderValue, Method, StatusCode, header};
use traffoflex_routing::{
    click_id::node_tag,
    decide::decide,
    table::{CompiledCampaign, RoutingTable},
};
use traffoflex_telemetry::RequestId;

use self::{metrics::ClickMetrics, redirect::Redirect, request_context::RequestContext};
use crate::{
    clock::now_ms,
    config::EdgeConfig,
    error::EdgeError,
    lookup::{
        geoip::{GeoIp, GeoIpError},
        user_agent::{PatternError, UserAgents},
    },
    outbox::{EncodedEvents, Outbox},
    snapshot::SnapshotHandle,
};

const ALLOW: &str = "GET, HEAD, OPTIONS";
/// Longest slug or public id, in characters.
const MAX_NAME_LEN: usize = 64;

/// What every click shares; a clone is one reference count.
#[derive(Clone)]
pub struct ClickState(Arc<Shared>);

struct Shared {
    snapshot: SnapshotHandle,
    outbox: Outbox,
    geoip: GeoIp,
    user_agents: UserAgents,
    trusted_proxies: TrustedProxies,
    node_tag: u32,
    /// Starts anywhere, so that a restart within a millisecond does not repeat an id.
    sequence: AtomicU32,
    metrics: ClickMetrics,
}

#[derive(Debug, thiserror::Error)]
pub enum ClickStateError {
    #[error(transparent)]
    GeoIp(#[from] GeoIpError),
    #[error(transparent)]
    Patterns(#[from] PatternError),
}

impl ClickState {
    pub fn new(
        config: &EdgeConfig,
        snapshot: SnapshotHandle,
        outbox: Outbox,
    ) -> Result<Self, ClickStateError> {
        Ok(Self(Arc::new(Shared {
            snapshot,
            outbox,
            geoip: config.lookup.load()?,
            user_agents: UserAgents::new()?,
            trusted_proxies: TrustedProxies::new(config.lookup.trusted_proxy_cidrs.clone()),
            node_tag: node_tag(&config.node.node_id),
            sequence: AtomicU32::new(fastrand::u32(..)),
            metrics: ClickMetrics::new(),
        })))
    }
}

pub fn routes(state: ClickState) -> Router {
    Router::new()
        .route("/c/{slug}", redirecting(get(by_slug)))
        .route("/go/{public_id}", redirecting(get(by_public_id)))
        .with_state(state)
}

/// GET and HEAD redirect; OPTIONS says so; everything else is refused.
fn redirecting(get: MethodRouter<ClickState>) -> MethodRouter<ClickState> {
    get.options(|| async { (StatusCode::NO_CONTENT, [(header::ALLOW, ALLOW)]) }).fallback(
        |request: Request| async move {
            let mut response =
                EdgeError::MethodNotAllowed.into_response_for(request.extensions().get().copied());
            response.headers_mut().insert(header::ALLOW, HeaderValue::from_static(ALLOW));
            response
        },
    )
}

async fn by_slug(State(state): State<ClickState>, request: Request) -> Response {
    click(state, request, |table, name| {
        if name.bytes().any(|b| b.is_ascii_uppercase()) {
            return table.campaign_by_slug(&name.to_ascii_lowercase());
        }
        table.campaign_by_slug(name)
    })
    .await
}

async fn by_public_id(State(state): State<ClickState>, request: Request) -> Response {
    click(state, request, |table, name| table.campaign_by_public_id(name)).await
}

async fn click(
    state: ClickState,
    request: Request,
    find: impl for<'t> Fn(&'t RoutingTable, &str) -> Option<&'t CompiledCampaign>,
) -> Response {
    let shared = &*state.0;
    let request_id = request.extensions().get::<RequestId>().copied();
    let answer = match route(shared, &request, request_id, find) {
        Ok((events, answer)) => match shared.outbox.append(events).await {
            Ok(appended) => {
                shared.metrics.appended(appended);
                answer
            }
            Err(_) => Err(EdgeError::OutboxUnavailable),
        },
        Err(error) => Err(error),
    };
    match answer {
        Ok(redirect) => redirect.into_response(),
        Err(error) => {
            shared.metrics.failed(error);
            error.into_response_for(request_id)
        }
    }
}

/// Everything before the wait: what to record, and what to answer once that is done.
fn route(
    shared: &Shared,
    request: &Request,
    request_id: Option<RequestId>,
    find: impl for<'t> Fn(&'t RoutingTable, &str) -> Option<&'t CompiledCampaign>,
) -> Result<(EncodedEvents, Result<Redirect, EdgeError>), EdgeError> {
    let table = shared.snapshot.load();
    let table = table.as_deref().ok_or(EdgeError::NotReady)?;
    let name = campaign_name(request.uri().path()).ok_or(EdgeError::CampaignNotFound)?;
    let campaign = find(table, name).filter(|c| c.is_active()).ok_or(EdgeError::CampaignNotFound)?;

    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map_or(UNKNOWN_PEER, |info| info.0.ip());
    let now_ms = now_ms();
    let click_id = table.keyring().mint(now_ms, shared.node_tag, shared.next_sequence());
    let context = RequestContext::of(shared, table, campaign, request, peer);
    let ctx = context.click(&click_id, now_ms);
    let decision = decide(table, campaign, &ctx, fastrand::u64(..));
    shared.metrics.decided(&decision);

    let answer = Redirect::to(&decision, campaign, &ctx);
    let is_head = request.method() == Method::HEAD;
    let events = click_event::encode(&context, &ctx, table, campaign, &decision, is_head, request_id)
        .map_err(|_| EdgeError::Internal)?;
    Ok((events, answer))
}

const UNKNOWN_PEER: std::net::IpAddr = std::net::IpAddr::V4(std::net::Ipv4Addr::UNSPECIFIED);

impl Shared {
    fn next_sequence(&self) -> u32 {
        self.sequence.fetch_add(1, std::sync::atomic::Ordering::Relaxed)
    }
}

/// The last path segment, when it could be a slug or a public id.
fn campaign_name(path: &str) -> Option<&str> {
    let name = path.rsplit('/').next()?;
    let legal = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_');
    (!name.is_empty() && name.len() <= MAX_NAME_LEN && name.bytes().all(legal)).then_some(name)
}
