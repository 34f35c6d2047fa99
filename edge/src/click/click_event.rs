//! What is recorded of a click: its event and, when it was not routed, why.

use std::{
    borrow::Cow,
    fmt::Write as _,
    hash::Hasher,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
};

use siphasher::sip::SipHasher24;
use traffoflex_model::{ClickEvent, QueryPairs, TrafficbackEvent};
use traffoflex_routing::{
    context::ClickContext,
    decide::Decision,
    table::{CompiledCampaign, RoutingTable},
};
use traffoflex_telemetry::RequestId;
use traffoflex_wire::{codec::CodecError, topic::Topic};

use super::{parameters::ParameterField as Field, request_context::RequestContext};
use crate::outbox::EncodedEvents;

/// One unit for the outbox: both events are kept, or none.
pub fn encode(
    context: &RequestContext<'_>,
    ctx: &ClickContext<'_>,
    table: &RoutingTable,
    campaign: &CompiledCampaign,
    decision: &Decision<'_>,
    request_id: &RequestId,
) -> Result<EncodedEvents, CodecError> {
    let parameters = &context.parameters;
    let key = &table.settings().ip_hash_key;
    let ip_octets = match context.ip {
        IpAddr::V4(ip) => ip.to_ipv6_mapped().octets(),
        IpAddr::V6(ip) => ip.octets(),
    };
    let ip_hash = keyed_hash(key, &ip_octets);
    let ua_hash = keyed_hash(key, context.user_agent.as_bytes());
    let ip_prefix = prefix(context.ip);
    let store_ip = table.workspace(campaign.workspace_id()).is_some_and(|workspace| workspace.store_full_ip);
    let [sub1, sub2, sub3, sub4, sub5, sub6, sub7, sub8, sub9, sub10] = ctx.subs.map(Cow::Borrowed);
    let query = parameters.rest.iter().map(|(name, value)| (name.as_ref().into(), value.as_ref().into()));
    let event = ClickEvent {
        created_at: ctx.created_at_ms,
        click_id: ctx.click_id.into(),
        workspace_id: campaign.workspace_id().as_str().into(),
        campaign_id: campaign.id().as_str().into(),
        stream_id: decision.stream.map_or("", |stream| stream.id()).into(),
        destination_id: decision.destination.map_or("", |destination| destination.id()).into(),
        landing_id: "".into(),
        source_id: ctx.source.into(),
        source_click_id: parameters.text(Field::SourceClickId).into(),
        ip_hash: hash_text(&ip_hash).into(),
        ip_prefix: ip_prefix.as_str().into(),
        ip: if store_ip { ctx.ip.into() } else { "".into() },
        user_agent: ctx.user_agent.into(),
        ua_hash: hash_text(&ua_hash).into(),
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
        cost: ctx.cost,
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
        is_unique: context.is_unique,
        is_duplicate: context.is_duplicate,
        is_proxy: context.is_proxy,
        user_key: "".into(),
    };
    let mut events = EncodedEvents::new();
    events.push(Topic::ClickEvents, &event)?;
    if let Some(reason) = decision.rejection {
        let trafficback = TrafficbackEvent {
            created_at: event.created_at,
            click_id: event.click_id,
            workspace_id: event.workspace_id,
            campaign_id: event.campaign_id,
            stream_id: event.stream_id,
            destination_id: event.destination_id,
            reason,
            depth: 0,
            visited_destinations: "".into(),
        };
        events.push(Topic::TrafficbackEvents, &trafficback)?;
    }
    Ok(events)
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
