//! Everything a request tells, gathered once: parameters, address, place, agent.

use std::{borrow::Cow, fmt::Write as _, net::IpAddr, sync::Arc};

use http::{HeaderMap, Request, header};
use rust_decimal::Decimal;
use traffoflex_model::Currency;
use traffoflex_routing::{
    context::ClickContext,
    table::{CompiledCampaign, RoutingTable},
};
use traffoflex_telemetry::traceparent;

use super::{
    Shared,
    comeback::Comeback,
    parameters::{ParameterField as Field, Parameters},
};
use crate::{
    bot::{Suspect, Verdict},
    clock::now_ms,
    lookup::{
        geoip::Place,
        user_agent::{Agent, AgentHeaders},
    },
    outbox::marks::LANDING_KEPT_HOURS,
    runtime::{NodeRuntime, visitors::Visitor},
};

/// Longest referrer stored, in bytes.
const MAX_REFERRER_BYTES: usize = 2048;
/// Longest language tag taken over, in bytes.
const MAX_LANGUAGE_BYTES: usize = 16;

/// What is known of a click before it is routed, borrowed from the request and the tables.
pub struct RequestContext<'r> {
    pub parameters: Parameters<'r>,
    pub ip: IpAddr,
    ip_text: String,
    pub place: Place<'r>,
    pub user_agent: &'r str,
    pub agent: Arc<Agent>,
    pub language: &'r str,
    pub referrer: Cow<'r, str>,
    /// The source's id when it is known, else what the click carried.
    pub source: &'r str,
    source_slug: &'r str,
    pub cost: Decimal,
    pub currency: Currency,
    pub traceparent: &'r str,
    pub verdict: Verdict,
    pub is_proxy: bool,
    pub is_unique: bool,
    pub is_duplicate: bool,
}

impl<'r> RequestContext<'r> {
    pub(super) fn of<B>(
        shared: &'r Shared,
        table: &'r RoutingTable,
        campaign: &'r CompiledCampaign,
        request: &'r Request<B>,
        mut parameters: Parameters<'r>,
        peer: IpAddr,
    ) -> Self {
        let headers = request.headers();
        let ip = shared.trusted_proxies.client_ip(peer, headers);
        let mut ip_text = String::with_capacity(40);
        let _ = write!(ip_text, "{ip}");
        let agent_headers = AgentHeaders::of(headers);
        let cost = parameters.cost().unwrap_or_else(|| {
            parameters.flag("cost");
            Decimal::ZERO
        });
        let currency = parameters.currency().unwrap_or(campaign.currency());
        let named = parameters.id(Field::SourceId);
        let known = table.resolve_source(campaign.workspace_id(), named).or_else(|| {
            campaign
                .source_id()
                .filter(|_| named.is_empty())
                .and_then(|id| table.resolve_source(campaign.workspace_id(), id))
        });
        let agent = shared.user_agents.parse(&agent_headers);
        let place = shared.geoip.place(ip);
        let verdict = shared.bots.judge(&Suspect {
            ip,
            asn: place.asn,
            method: request.method(),
            headers,
            user_agent: agent_headers.user_agent,
            agent: &agent,
            clients: table.workspace_clients(campaign.workspace_id()),
            from_proxy: shared.trusted_proxies.trusts(peer),
            now_ms: now_ms(),
        });
        let (source, source_slug) = known.map_or(("", ""), |source| (source.id(), source.slug()));
        Self {
            place,
            agent,
            verdict,
            is_proxy: shared.trusted_proxies.visitor_has_proxy(peer, headers),
            is_unique: true,
            is_duplicate: false,
            user_agent: agent_headers.user_agent,
            language: language(headers),
            referrer: referrer(headers),
            traceparent: traceparent::from_headers(headers).unwrap_or_default(),
            parameters,
            ip,
            ip_text,
            source,
            source_slug,
            cost,
            currency,
        }
    }

    /// What the click is to its visitor. Machines are no visitors: they are looked at and not remembered.
    pub fn remember_visitor(&mut self, runtime: &NodeRuntime, campaign: &CompiledCampaign, now_ms: i64) {
        let visitor = Visitor::of(campaign.id(), self.ip, self.user_agent);
        let (unique, duplicate) = (campaign.unique_window_hours(), campaign.duplicate_window_seconds());
        let counts = !self.verdict.is_bot;
        let seen = runtime.visitors().see(visitor, now_ms, unique, duplicate, counts);
        (self.is_unique, self.is_duplicate) = (seen.is_unique, seen.is_duplicate);
    }

    /// Whether this click was taken on from its landing page before.
    pub fn remember_step(&mut self, runtime: &NodeRuntime, click_id: &str, now_ms: i64) {
        let step = Visitor::of_click(click_id);
        let seen = runtime.visitors().see(step, now_ms, LANDING_KEPT_HOURS, 0, true);
        (self.is_unique, self.is_duplicate) = (false, !seen.is_unique);
    }

    /// Whether an offer took this click before, and was paid for it; from now on when it `is_taken` now.
    pub fn was_paid(runtime: &NodeRuntime, click_id: &str, now_ms: i64, is_taken: bool) -> bool {
        let paid = Visitor::of_paid_click(click_id);
        !runtime.visitors().see(paid, now_ms, LANDING_KEPT_HOURS, 0, is_taken).is_unique
    }

    /// The part that rules and macros read.
    pub fn click<'c>(
        &'c self,
        click_id: &'c str,
        created_at_ms: i64,
        comeback: &'c Comeback,
    ) -> ClickContext<'c> {
        let parameters = &self.parameters;
        ClickContext {
            click_id,
            created_at_ms,
            country: self.place.country,
            region: self.place.region,
            city: self.place.city,
            asn: self.place.asn,
            isp: self.place.isp,
            device_type: self.agent.device_type,
            os: &self.agent.os,
            os_version: &self.agent.os_version,
            browser: &self.agent.browser,
            browser_version: &self.agent.browser_version,
            language: self.language,
            user_agent: self.user_agent,
            referrer: &self.referrer,
            is_bot: self.verdict.is_bot,
            is_unique: self.is_unique,
            is_proxy: self.is_proxy,
            depth: comeback.depth,
            visited: &comeback.visited,
            ip: &self.ip_text,
            source: self.source(),
            source_slug: self.source_slug,
            source_click_id: parameters.id(Field::SourceClickId),
            subs: std::array::from_fn(|i| parameters.sub(i as u8 + 1)),
            utm_source: parameters.text(Field::UtmSource),
            utm_medium: parameters.text(Field::UtmMedium),
            utm_campaign: parameters.text(Field::UtmCampaign),
            utm_content: parameters.text(Field::UtmContent),
            utm_term: parameters.text(Field::UtmTerm),
            query: &parameters.rest,
            cost: self.cost,
            currency: self.currency_text(),
        }
    }

    /// The known source's id, else what the click carried, macro and all.
    pub fn source(&self) -> &str {
        if self.source.is_empty() { self.parameters.text(Field::SourceId) } else { self.source }
    }

    fn currency_text(&self) -> &str {
        self.currency.as_str()
    }
}

/// The first tag of `Accept-Language`, which browsers send in order of preference.
fn language(headers: &HeaderMap) -> &str {
    let listed = headers.get(header::ACCEPT_LANGUAGE).and_then(|v| v.to_str().ok()).unwrap_or_default();
    let first = listed.split([',', ';']).next().unwrap_or_default().trim();
    let legal =
        first.len() <= MAX_LANGUAGE_BYTES && first.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    if legal { first } else { "" }
}

fn referrer(headers: &HeaderMap) -> Cow<'_, str> {
    let text =
        headers.get(header::REFERER).map(|v| String::from_utf8_lossy(v.as_bytes())).unwrap_or_default();
    match text {
        Cow::Borrowed(text) => text[..text.floor_char_boundary(MAX_REFERRER_BYTES)].into(),
        Cow::Owned(mut text) => {
            text.truncate(text.floor_char_boundary(MAX_REFERRER_BYTES));
            text.into()
        }
    }
}
