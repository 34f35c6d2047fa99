//! What is recorded of a click: its event and, when it was not routed, why.

use std::{
    borrow::Cow,
    fmt::Write as _,
    hash::Hasher,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
};

use rust_decimal::Decimal;
use siphasher::sip::SipHasher24;
use traffoflex_model::{ClickDecision, ClickEvent, QueryPairs, TrafficbackEvent};
use traffoflex_routing::{
    click_id,
    context::ClickContext,
    decide::Decision,
    table::{CompiledCampaign, RoutingTable},
};
use traffoflex_telemetry::RequestId;
use traffoflex_wire::{
    codec::{self, CodecError},
    topic::Topic,
};

use super::{parameters::ParameterField as Field, request_context::RequestContext};
use crate::outbox::{
    EncodedEvents,
    marks::{KeptVisit, Mark},
};

/// What is known of a click once it is decided.
pub struct Record<'r, 'c> {
    pub context: &'r RequestContext<'c>,
    pub ctx: &'r ClickContext<'r>,
    pub table: &'r RoutingTable,
    pub campaign: &'r CompiledCampaign,
    pub decision: &'r Decision<'r>,
    /// From a landing page on.
    pub is_second_step: bool,
}

impl Record<'_, '_> {
    /// One unit for the outbox: all events and marks are kept, or none.
    pub fn encode(&self, request_id: &RequestId) -> Result<EncodedEvents, CodecError> {
        let (context, ctx, decision) = (self.context, self.ctx, self.decision);
        let key = &self.table.settings().ip_hash_key;
        let (address, ua_hash) =
            (Address::of(context.ip, key), keyed_hash(key, context.user_agent.as_bytes()));
        let user_key = user_key(decision);
        let event = self.click_event(&address, &ua_hash, &user_key, request_id);
        let mut events = EncodedEvents::new();
        events.push(Topic::ClickEvents, &event)?;
        if is_first_step(decision)
            && let Ok(click_id) = click_id::raw(ctx.click_id)
        {
            events.mark(Mark::Landing { click_id, event: codec::encode_record(&event)? });
        }
        if let Some(reason) = decision.rejection {
            let trafficback = TrafficbackEvent {
                created_at: event.created_at,
                click_id: event.click_id,
                workspace_id: event.workspace_id,
                campaign_id: event.campaign_id,
                stream_id: event.stream_id,
                destination_id: event.destination_id,
                reason,
                depth: ctx.depth.saturating_add(u8::from(decision.destination.is_some())),
                visited_destinations: ctx.visited.into(),
            };
            events.push(Topic::TrafficbackEvents, &trafficback)?;
        }
        for charge in &decision.charges {
            events.charge(*charge);
        }
        if let Some(visit) = visit(decision, ctx.created_at_ms) {
            events.mark(Mark::Visit(visit));
        }
        Ok(events)
    }

    fn click_event<'e>(
        &'e self,
        address: &'e Address,
        ua_hash: &'e [u8; 16],
        user_key: &'e str,
        request_id: &'e RequestId,
    ) -> ClickEvent<'e> {
        let (context, ctx, campaign, decision) = (self.context, self.ctx, self.campaign, self.decision);
        let parameters = &context.parameters;
        let workspace = self.table.workspace(campaign.workspace_id());
        let store_ip = workspace.is_some_and(|workspace| workspace.store_full_ip);
        let is_second_step = self.is_second_step;
        let [sub1, sub2, sub3, sub4, sub5, sub6, sub7, sub8, sub9, sub10] = ctx.subs.map(Cow::Borrowed);
        let query = ctx.query.iter().map(|(name, value)| (name.as_ref().into(), value.as_ref().into()));
        ClickEvent {
            created_at: ctx.created_at_ms,
            click_id: ctx.click_id.into(),
            workspace_id: campaign.workspace_id().as_str().into(),
            campaign_id: campaign.id().as_str().into(),
            stream_id: decision.stream.map_or("", |stream| stream.id()).into(),
            destination_id: decision.destination.map_or("", |destination| destination.id()).into(),
            landing_id: decision.landing.map_or("", |landing| landing.id()).into(),
            source_id: ctx.source.into(),
            source_click_id: match is_second_step {
                true => ctx.source_click_id.into(),
                false => parameters.text(Field::SourceClickId).into(),
            },
            ip_hash: address.hash().into(),
            ip_prefix: address.prefix().into(),
            ip: if store_ip { ctx.ip.into() } else { "".into() },
            user_agent: ctx.user_agent.into(),
            ua_hash: hash_text(ua_hash).into(),
            geo_country: ctx.country.into(),
            geo_region: ctx.region.into(),
            city: ctx.city.into(),
            asn: ctx.asn,
            isp: ctx.isp.into(),
            device_type: ctx.device_type.into(),
            os: ctx.os.into(),
            os_version: ctx.os_version.into(),
            browser: ctx.browser.into(),
            browser_version: ctx.browser_version.into(),
            language: ctx.language.into(),
            referrer: ctx.referrer.into(),
            sub1,
            sub2,
            sub3,
            sub4,
            sub5,
            sub6,
            sub7,
            sub8,
            sub9,
            sub10,
            utm_source: ctx.utm_source.into(),
            utm_medium: ctx.utm_medium.into(),
            utm_campaign: ctx.utm_campaign.into(),
            utm_content: ctx.utm_content.into(),
            utm_term: ctx.utm_term.into(),
            // Paid once, with the first step.
            cost: if is_second_step { Decimal::ZERO } else { ctx.cost },
            currency: ctx.currency.into(),
            is_bot: ctx.is_bot,
            bot_score: context.verdict.score,
            bot_reason: context.verdict.names(),
            decision: decision.decision,
            raw_query: parameters.raw.as_ref().into(),
            query: QueryPairs(query.collect()),
            unreplaced: parameters.flags.as_str().into(),
            request_id: request_id.as_str().into(),
            traceparent: context.traceparent.into(),
            is_unique: ctx.is_unique,
            is_duplicate: context.is_duplicate,
            is_proxy: context.is_proxy,
            user_key: user_key.into(),
            is_second_step,
        }
    }
}

/// Whether the click was sent to a landing page.
fn is_first_step(decision: &Decision<'_>) -> bool {
    decision.decision == ClickDecision::Routed && decision.landing.is_some()
}

/// The user who was sent to the destination, where a stream keeps users from coming twice.
pub fn visit(decision: &Decision<'_>, now_ms: i64) -> Option<KeptVisit> {
    let (sent, destination) = (decision.user?, decision.destination?);
    Some(KeptVisit::of(sent.user.at(destination.id()), now_ms, sent.window_hours))
}

fn user_key(decision: &Decision<'_>) -> String {
    decision.user.map_or_else(String::new, |sent| format!("{:016x}", sent.user.bits()))
}

/// A client's address as events keep it.
pub struct Address {
    hash: [u8; 16],
    prefix: String,
}

impl Address {
    pub fn of(ip: IpAddr, key: &[u8; 16]) -> Self {
        let octets = match ip {
            IpAddr::V4(ip) => ip.to_ipv6_mapped().octets(),
            IpAddr::V6(ip) => ip.octets(),
        };
        Self { hash: keyed_hash(key, &octets), prefix: prefix(ip) }
    }

    /// 16 hex digits.
    pub fn hash(&self) -> &str {
        hash_text(&self.hash)
    }

    /// A CIDR.
    pub fn prefix(&self) -> &str {
        &self.prefix
    }
}

/// SipHash-2-4 as 16 hex digits: the same within an installation, meaningless outside it.
fn keyed_hash(key: &[u8; 16], bytes: &[u8]) -> [u8; 16] {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    let mut hasher = SipHasher24::new_with_key(key);
    hasher.write(bytes);
    let hash = hasher.finish();
    std::array::from_fn(|i| HEX[(hash >> (60 - 4 * i) & 15) as usize])
}

fn hash_text(hex: &[u8; 16]) -> &str {
    std::str::from_utf8(hex).unwrap_or_default()
}

/// /24 and /48: about a household's or an office's neighbourhood.
fn prefix(ip: IpAddr) -> String {
    let mut text = String::with_capacity(24);
    let _ = match ip {
        IpAddr::V4(ip) => write!(text, "{}/24", Ipv4Addr::from_bits(ip.to_bits() & !0xff)),
        IpAddr::V6(ip) => write!(text, "{}/48", Ipv6Addr::from_bits(ip.to_bits() & !(u128::MAX >> 48))),
    };
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_cut_and_hashed() {
        assert_eq!(prefix("203.0.113.77".parse().unwrap()), "203.0.113.0/24");
        assert_eq!(prefix("2001:db8:1:2:3::4".parse().unwrap()), "2001:db8:1::/48");
        let hash = keyed_hash(&[1; 16], b"x");
        assert_eq!(hash_text(&hash).len(), 16);
        assert_ne!(hash, keyed_hash(&[2; 16], b"x"), "another installation, another hash");
    }
}
