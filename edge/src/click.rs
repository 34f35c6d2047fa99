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
    net::IpAddr,
    sync::{Arc, atomic::AtomicU32},
};

use axum::response::{IntoResponse, Response};
pub use client_ip::TrustedProxies;
use http::{HeaderValue, Method, Request, StatusCode, header};
use traffoflex_routing::{
    click_id::node_tag,
    decide::{Entry, decide},
    table::{CompiledCampaign, RoutingTable},
};
use traffoflex_telemetry::RequestId;

use self::{metrics::ClickMetrics, redirect::Redirect, request_context::RequestContext};
use crate::{
    bot::BotDetector,
    clock::now_ms,
    config::EdgeConfig,
    error::EdgeError,
    lookup::{
        geoip::{GeoIp, GeoIpError},
        user_agent::{PatternError, UserAgents},
    },
    outbox::{EncodedEvents, Outbox},
    runtime::NodeRuntime,
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
    runtime: NodeRuntime,
    geoip: GeoIp,
    user_agents: UserAgents,
    bots: BotDetector,
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
        runtime: NodeRuntime,
        bots: BotDetector,
    ) -> Result<Self, ClickStateError> {
        Ok(Self(Arc::new(Shared {
            snapshot,
            outbox,
            runtime,
            geoip: config.lookup.load()?,
            user_agents: UserAgents::new(bots.crawlers().clone())?,
            bots,
            trusted_proxies: TrustedProxies::new(config.lookup.trusted_proxy_cidrs.clone()),
            node_tag: node_tag(&config.node.node_id),
            sequence: AtomicU32::new(fastrand::u32(..)),
            metrics: ClickMetrics::new(),
        })))
    }
}

/// The name of a campaign in a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CampaignName<'p> {
    /// `/c/{slug}`
    Slug(&'p str),
    /// `/go/{publicId}`
    PublicId(&'p str),
}

impl<'p> CampaignName<'p> {
    /// None when it is not one of the click paths.
    pub fn of(path: &'p str) -> Option<Self> {
        let found = path.strip_prefix("/c/").map(Self::Slug);
        found.or_else(|| path.strip_prefix("/go/").map(Self::PublicId))
    }

    fn find(self, table: &RoutingTable) -> Option<&CompiledCampaign> {
        match self {
            Self::Slug(name) | Self::PublicId(name) if !legal(name) => None,
            Self::Slug(name) if name.bytes().any(|b| b.is_ascii_uppercase()) => {
                table.campaign_by_slug(&name.to_ascii_lowercase())
            }
            Self::Slug(name) => table.campaign_by_slug(name),
            Self::PublicId(name) => table.campaign_by_public_id(name),
        }
    }
}

/// Whether it could be a slug or a public id at all.
fn legal(name: &str) -> bool {
    let legal = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_');
    !name.is_empty() && name.len() <= MAX_NAME_LEN && name.bytes().all(legal)
}

impl ClickState {
    /// GET and HEAD redirect; OPTIONS says so; everything else is refused.
    pub async fn answer<B>(
        &self,
        request: &Request<B>,
        name: CampaignName<'_>,
        request_id: RequestId,
        peer: IpAddr,
    ) -> Response {
        match *request.method() {
            Method::GET | Method::HEAD => self.click(request, name, request_id, peer).await,
            Method::OPTIONS => (StatusCode::NO_CONTENT, [(header::ALLOW, ALLOW)]).into_response(),
            _ => {
                let mut response = EdgeError::MethodNotAllowed.into_response_for(Some(request_id));
                response.headers_mut().insert(header::ALLOW, HeaderValue::from_static(ALLOW));
                response
            }
        }
    }

    async fn click<B>(
        &self,
        request: &Request<B>,
        name: CampaignName<'_>,
        request_id: RequestId,
        peer: IpAddr,
    ) -> Response {
        let shared = &*self.0;
        let answer = match route(shared, request, name, request_id, peer) {
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
                error.into_response_for(Some(request_id))
            }
        }
    }
}

/// Everything before the wait: what to record, and what to answer once that is done.
fn route<B>(
    shared: &Shared,
    request: &Request<B>,
    name: CampaignName<'_>,
    request_id: RequestId,
    peer: IpAddr,
) -> Result<(EncodedEvents, Result<Redirect, EdgeError>), EdgeError> {
    let table = shared.snapshot.load();
    let table = table.as_deref().ok_or(EdgeError::NotReady)?;
    let campaign = name.find(table).filter(|c| c.is_active()).ok_or(EdgeError::CampaignNotFound)?;

    let now_ms = now_ms();
    let click_id = table.keyring().mint(now_ms, shared.node_tag, shared.next_sequence());
    let context = RequestContext::of(shared, table, campaign, request, peer);
    let ctx = context.click(&click_id, now_ms);
    let decision = decide(table, campaign, &ctx, Entry::Campaign, &shared.runtime, fastrand::u64(..));
    shared.metrics.decided(&decision);

    let answer = Redirect::to(&decision, campaign, &ctx);
    let events = click_event::encode(&context, &ctx, table, campaign, &decision, &request_id)
        .map_err(|_| EdgeError::Internal)?;
    Ok((events, answer))
}

impl Shared {
    fn next_sequence(&self) -> u32 {
        self.sequence.fetch_add(1, std::sync::atomic::Ordering::Relaxed)
    }
}
