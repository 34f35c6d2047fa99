//! The whole way of a click: campaign, context, decision, event, redirect.
//!
//! The only thing a click waits for is its event's hand-over to the outbox (in `committed` mode, the
//! shared fsync). It reads the routing table through a lock-free handle and does no other I/O.

pub mod ad_click;
mod click_event;
mod comeback;
mod host;
mod landing;
mod link;
mod metrics;
mod nonce;
mod parameters;
mod path;
mod redirect;
mod request_context;

use std::{
    net::IpAddr,
    sync::{Arc, atomic::AtomicU32},
};

use axum::response::{IntoResponse, Response};
use http::{HeaderValue, Method, Request, StatusCode, header};
pub use traffoflex_client_address::TrustedProxies;
use traffoflex_model::ClickDecision;
use traffoflex_routing::{
    click_id::node_tag,
    decide::{Entry, decide},
    table::CompiledCampaign,
};
use traffoflex_telemetry::RequestId;

pub use self::path::ClickPath;
use self::{
    ad_click::AdClicks,
    click_event::Record,
    comeback::Comeback,
    host::Hosts,
    landing::{FirstStep, Origin},
    link::OpenedLink,
    metrics::ClickMetrics,
    nonce::Nonces,
    parameters::Parameters,
    redirect::Redirect,
    request_context::RequestContext,
};
use crate::{
    bot::BotDetector,
    clock::now_ms,
    config::EdgeConfig,
    error::EdgeError,
    lookup::{
        geoip::{GeoIp, GeoIpError},
        user_agent::{PatternError, UserAgents},
    },
    outbox::{EncodedEvents, Outbox, marks::Mark, store::StoreError},
    runtime::NodeRuntime,
    snapshot::SnapshotHandle,
};

const ALLOW: &str = "GET, HEAD, OPTIONS";

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
    hosts: Hosts,
    nonces: Nonces,
    ad_clicks: AdClicks,
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
    #[error("used links: {0}")]
    Nonces(#[from] StoreError),
}

impl ClickState {
    pub fn new(
        config: &EdgeConfig,
        snapshot: SnapshotHandle,
        outbox: Outbox,
        runtime: NodeRuntime,
        bots: BotDetector,
    ) -> Result<Self, ClickStateError> {
        let nonces = Nonces::load(&outbox, config.memory.link_nonces_max as usize, now_ms())?;
        Ok(Self(Arc::new(Shared {
            snapshot,
            outbox,
            runtime,
            geoip: config.lookup.load()?,
            user_agents: UserAgents::new(bots.crawlers().clone())?,
            bots,
            trusted_proxies: TrustedProxies::new(config.lookup.addresses.trusted_proxy_cidrs.clone()),
            hosts: Hosts::new(&config.server.public_hosts),
            nonces,
            ad_clicks: AdClicks::new(
                config.server.ads_click_token.clone(),
                config.server.ads_click_window_hours,
            ),
            node_tag: node_tag(&config.node.node_id),
            sequence: AtomicU32::new(fastrand::u32(..)),
            metrics: ClickMetrics::new(),
        })))
    }
}

impl ClickState {
    /// GET and HEAD redirect; OPTIONS says so; everything else is refused.
    pub async fn answer<B>(
        &self,
        request: &Request<B>,
        path: ClickPath<'_>,
        request_id: RequestId,
        peer: IpAddr,
    ) -> Response {
        match *request.method() {
            Method::GET | Method::HEAD => self.click(request, path, request_id, peer).await,
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
        path: ClickPath<'_>,
        request_id: RequestId,
        peer: IpAddr,
    ) -> Response {
        let shared = &*self.0;
        // Before anything is taken for a click that would be refused.
        let routed = match shared.outbox.refuses() {
            true => Err(EdgeError::OutboxUnavailable),
            false => route(shared, request, path, request_id, peer),
        };
        let answer = match routed {
            Ok((events, answer)) => {
                let taken = Taken::by(&events);
                match shared.outbox.append(events).await {
                    Ok(appended) => {
                        shared.metrics.appended(appended);
                        answer
                    }
                    Err(_) => {
                        taken.give_back(shared);
                        Err(EdgeError::OutboxUnavailable)
                    }
                }
            }
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
    path: ClickPath<'_>,
    request_id: RequestId,
    peer: IpAddr,
) -> Result<(EncodedEvents, Result<Redirect, EdgeError>), EdgeError> {
    let table = shared.snapshot.load();
    let table = table.as_deref().ok_or(EdgeError::NotReady)?;
    shared.hosts.check(table, request)?;
    let now_ms = now_ms();
    let mut link = match path {
        ClickPath::Link(token) => Some(OpenedLink::open(token, table, now_ms)?),
        _ => None,
    };
    let mut parameters = Parameters::parse(request.uri().query().unwrap_or_default());
    let first_step = match path {
        ClickPath::Landing => {
            // It reads the disk: the other clicks of this thread move on meanwhile.
            let find = || FirstStep::find(&parameters, request.headers(), table.keyring(), &shared.outbox);
            let found = tokio::task::block_in_place(find);
            Some(found.ok_or(EdgeError::ClickNotFound)?)
        }
        _ => None,
    };
    let campaign = match (&first_step, &link) {
        (Some(step), _) => table.campaign(&step.campaign_id),
        (None, Some(link)) => Some(link.campaign),
        (None, None) => path.campaign(table),
    };
    let answers = |c: &&CompiledCampaign| c.is_active() && host::answers_on(table, c, request);
    let campaign = campaign.filter(answers).ok_or(EdgeError::CampaignNotFound)?;

    let comeback = Comeback::of(path, &parameters);
    let is_too_deep = comeback.is_too_deep();
    let nonce = match &mut link {
        Some(link) if !is_too_deep => link.claim(&shared.nonces, now_ms)?,
        _ => None,
    };
    let entry = match (path, &first_step) {
        // Past the limit it is not routed, whatever would take it: refused and counted.
        (path, _) if is_too_deep || matches!(path, ClickPath::Trafficback(_)) => {
            Entry::Trafficback(comeback::reason(&parameters))
        }
        (_, Some(step)) => Entry::Landing { stream_id: &step.stream_id, landing_id: &step.landing_id },
        _ => link.as_ref().map_or(Entry::Campaign, OpenedLink::entry),
    };
    if let Some(link) = &link {
        link.preset(&mut parameters);
    }
    let mut context = RequestContext::of(shared, table, campaign, request, parameters, peer);
    match &first_step {
        None => context.remember_visitor(&shared.runtime, campaign, now_ms),
        Some(step) => context.remember_step(&shared.runtime, &step.click_id, now_ms),
    }
    let minted = table.keyring().mint(now_ms, shared.node_tag, shared.next_sequence());
    let click_id = first_step.as_ref().map_or(minted.as_str(), |step| &step.click_id);
    let mut scratch = Vec::new();
    let kept = first_step.as_ref().and_then(FirstStep::event);
    let origin = kept.and_then(|event| Origin::of(event, &mut scratch));
    let ctx = context.click(click_id, now_ms, &comeback);
    let ctx = match (&first_step, &origin) {
        (None, _) => ctx,
        (Some(_), None) => landing::without_origin(ctx),
        (Some(step), Some(origin)) => {
            origin.context(ctx, RequestContext::was_paid(&shared.runtime, &step.click_id, now_ms, false))
        }
    };

    let entropy = fastrand::u64(..);
    let decision = decide(table, campaign, &ctx, entry, &shared.runtime, entropy);
    shared.metrics.decided(&decision);
    if decision.decision == ClickDecision::LandingClick {
        RequestContext::was_paid(&shared.runtime, click_id, now_ms, true);
    }
    let mut answer = Redirect::to(&decision, campaign, &ctx, |host, destination, url| {
        let is_home = || comeback::leads_home(host, request) || shared.hosts.is_own(table, host);
        if is_home() || comeback::leads_to_a_campaign(url, table) {
            comeback.carry_on(destination, url);
        }
    });
    if let (Ok(redirect), Some(step)) = (&mut answer, FirstStep::of(&decision, campaign, click_id)) {
        redirect.set_cookie(step.set_cookie(table.keyring()));
    }
    let is_second_step = first_step.is_some();
    let record =
        Record { context: &context, ctx: &ctx, table, campaign, decision: &decision, is_second_step };
    let mut events = record.encode(&request_id).map_err(|_| EdgeError::Internal)?;
    match (nonce, &answer) {
        (Some(nonce), Ok(_)) => events.mark(nonce),
        // It led nowhere: the link is still good.
        (Some(Mark::Nonce { nonce, .. }), Err(_)) => shared.nonces.release(&nonce),
        _ => {}
    }
    shared.runtime.learn_visit(click_event::visit(&decision, now_ms));
    Ok((events, answer))
}

/// What a click took of what others want too.
struct Taken(Vec<Mark>);

impl Taken {
    fn by(events: &EncodedEvents) -> Self {
        let shared = |mark: &&Mark| !matches!(mark, Mark::Landing { .. });
        Self(events.marks().iter().filter(shared).cloned().collect())
    }

    /// The click was not redirected after all.
    fn give_back(self, shared: &Shared) {
        for mark in self.0 {
            match mark {
                Mark::Spent(charge) => shared.runtime.caps().give_back(&charge),
                Mark::Visit(kept) => shared.runtime.history().forget(kept.visit),
                Mark::Nonce { nonce, .. } => shared.nonces.release(&nonce),
                Mark::Landing { .. } | Mark::Postback(_) => {}
            }
        }
    }
}

impl Shared {
    fn next_sequence(&self) -> u32 {
        self.sequence.fetch_add(1, std::sync::atomic::Ordering::Relaxed)
    }
}
