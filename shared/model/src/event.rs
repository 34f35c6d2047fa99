//! What a node reports. Fields as in CONTRACTS.md; the identity of an event (`event_id`, `node_id`,
//! `node_epoch`, `node_seq`, `schema`) is added by the outbox, which alone knows it.
//!
//! Events borrow from the request when they are written and from the outbox block when they are
//! drained, so neither way allocates per field. Fields are only ever added, at the end.

use std::{borrow::Cow, fmt};

use rust_decimal::Decimal;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::{Health, decimal_str};

/// Text that is borrowed where the format allows it.
type Text<'a> = Cow<'a, str>;

#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ClickEvent<'a> {
    /// The node's clock, UTC milliseconds.
    pub created_at: i64,
    #[serde(borrow)]
    pub click_id: Text<'a>,
    #[serde(borrow)]
    pub workspace_id: Text<'a>,
    #[serde(borrow)]
    pub campaign_id: Text<'a>,
    /// Empty when no stream matched.
    #[serde(borrow)]
    pub stream_id: Text<'a>,
    /// Empty when the click was not redirected.
    #[serde(borrow)]
    pub destination_id: Text<'a>,
    /// Empty until a click passes a landing page.
    #[serde(borrow)]
    pub landing_id: Text<'a>,
    #[serde(borrow)]
    pub source_id: Text<'a>,
    #[serde(borrow)]
    pub source_click_id: Text<'a>,
    /// Keyed hash of the client address, 16 hex digits.
    #[serde(borrow)]
    pub ip_hash: Text<'a>,
    /// The address cut to /24 (IPv4) or /48 (IPv6), as a CIDR.
    #[serde(borrow)]
    pub ip_prefix: Text<'a>,
    /// The full address; empty unless the workspace turned it on.
    #[serde(borrow)]
    pub ip: Text<'a>,
    #[serde(borrow)]
    pub user_agent: Text<'a>,
    /// 16 hex digits.
    #[serde(borrow)]
    pub ua_hash: Text<'a>,
    /// ISO 3166-1 alpha-2, empty when unknown.
    #[serde(borrow)]
    pub geo_country: Text<'a>,
    #[serde(borrow)]
    pub geo_region: Text<'a>,
    #[serde(borrow)]
    pub city: Text<'a>,
    /// 0 when unknown.
    pub asn: u32,
    #[serde(borrow)]
    pub isp: Text<'a>,
    #[serde(borrow)]
    pub device_type: Text<'a>,
    #[serde(borrow)]
    pub os: Text<'a>,
    #[serde(borrow)]
    pub os_version: Text<'a>,
    #[serde(borrow)]
    pub browser: Text<'a>,
    #[serde(borrow)]
    pub browser_version: Text<'a>,
    #[serde(borrow)]
    pub language: Text<'a>,
    #[serde(borrow)]
    pub referrer: Text<'a>,
    #[serde(borrow)]
    pub sub1: Text<'a>,
    #[serde(borrow)]
    pub sub2: Text<'a>,
    #[serde(borrow)]
    pub sub3: Text<'a>,
    #[serde(borrow)]
    pub sub4: Text<'a>,
    #[serde(borrow)]
    pub sub5: Text<'a>,
    #[serde(borrow)]
    pub sub6: Text<'a>,
    #[serde(borrow)]
    pub sub7: Text<'a>,
    #[serde(borrow)]
    pub sub8: Text<'a>,
    #[serde(borrow)]
    pub sub9: Text<'a>,
    #[serde(borrow)]
    pub sub10: Text<'a>,
    #[serde(borrow)]
    pub utm_source: Text<'a>,
    #[serde(borrow)]
    pub utm_medium: Text<'a>,
    #[serde(borrow)]
    pub utm_campaign: Text<'a>,
    #[serde(borrow)]
    pub utm_content: Text<'a>,
    #[serde(borrow)]
    pub utm_term: Text<'a>,
    #[serde(with = "decimal_str")]
    pub cost: Decimal,
    #[serde(borrow)]
    pub currency: Text<'a>,
    pub is_bot: bool,
    /// 0 (surely a person) to 100 (surely a machine).
    pub bot_score: u8,
    #[serde(borrow)]
    pub bot_reason: Text<'a>,
    pub decision: ClickDecision,
    /// As received, cut to the limit of a stored query.
    #[serde(borrow)]
    pub raw_query: Text<'a>,
    /// Parameters that none of the named fields took.
    #[serde(borrow)]
    pub query: QueryPairs<'a>,
    /// Names of fields whose value still held a macro that the source never replaced, comma separated.
    #[serde(borrow)]
    pub unreplaced: Text<'a>,
    #[serde(borrow)]
    pub request_id: Text<'a>,
    /// W3C trace context as received; empty without one. A Kafka header, not a column.
    #[serde(borrow)]
    pub traceparent: Text<'a>,
    /// The visitor's first click on the campaign within its window.
    pub is_unique: bool,
    /// The same visitor clicked a moment ago.
    pub is_duplicate: bool,
    pub is_proxy: bool,
    /// Hash of what tells the user apart, 16 hex digits; empty where no `unique_policy` asks for it.
    #[serde(borrow)]
    pub user_key: Text<'a>,
    /// From a landing page on to an offer, wherever it went: no click of its own.
    pub is_second_step: bool,
}

/// Where a click was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ClickDecision {
    #[default]
    Routed,
    Trafficback,
    Fallback,
    NoRoute,
    /// Refused by the campaign's policy for bots or for signed links.
    Blocked,
    /// It came back to us by trafficback too often.
    TrafficbackLimit,
    /// The second step of a click: from its landing page to an offer.
    LandingClick,
    /// Made elsewhere and told to the node (`POST /ads/click`): it was sent nowhere from here.
    Reported,
}

impl ClickDecision {
    pub const ALL: [Self; 8] = [
        Self::Routed,
        Self::Trafficback,
        Self::Fallback,
        Self::NoRoute,
        Self::Blocked,
        Self::TrafficbackLimit,
        Self::LandingClick,
        Self::Reported,
    ];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Routed => "routed",
            Self::Trafficback => "trafficback",
            Self::Fallback => "fallback",
            Self::NoRoute => "no_route",
            Self::Blocked => "blocked",
            Self::TrafficbackLimit => "trafficback_limit",
            Self::LandingClick => "landing_click",
            Self::Reported => "reported",
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrafficbackEvent<'a> {
    pub created_at: i64,
    #[serde(borrow)]
    pub click_id: Text<'a>,
    #[serde(borrow)]
    pub workspace_id: Text<'a>,
    #[serde(borrow)]
    pub campaign_id: Text<'a>,
    #[serde(borrow)]
    pub stream_id: Text<'a>,
    /// Where it went instead; empty when nowhere.
    #[serde(borrow)]
    pub destination_id: Text<'a>,
    pub reason: TrafficbackReason,
    pub depth: u8,
    /// Campaign slugs already passed, comma separated.
    #[serde(borrow)]
    pub visited_destinations: Text<'a>,
}

/// Why a click was not routed. One reason a click, counted once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum TrafficbackReason {
    NoMatchingStream,
    NoDestinationAvailable,
    DestinationDisabled,
    DestinationUnhealthy,
    CapReached,
    GeoNotAllowed,
    DeviceNotAllowed,
    BotOrLowQuality,
    ScheduleClosed,
    AllDestinationsSeen,
    LinkExpired,
    LinkInvalid,
    LinkReplayed,
    TimeoutOrError,
}

impl TrafficbackReason {
    pub const ALL: [Self; 14] = [
        Self::NoMatchingStream,
        Self::NoDestinationAvailable,
        Self::DestinationDisabled,
        Self::DestinationUnhealthy,
        Self::CapReached,
        Self::GeoNotAllowed,
        Self::DeviceNotAllowed,
        Self::BotOrLowQuality,
        Self::ScheduleClosed,
        Self::AllDestinationsSeen,
        Self::LinkExpired,
        Self::LinkInvalid,
        Self::LinkReplayed,
        Self::TimeoutOrError,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::NoMatchingStream => "no_matching_stream",
            Self::NoDestinationAvailable => "no_destination_available",
            Self::DestinationDisabled => "destination_disabled",
            Self::DestinationUnhealthy => "destination_unhealthy",
            Self::CapReached => "cap_reached",
            Self::GeoNotAllowed => "geo_not_allowed",
            Self::DeviceNotAllowed => "device_not_allowed",
            Self::BotOrLowQuality => "bot_or_low_quality",
            Self::ScheduleClosed => "schedule_closed",
            Self::AllDestinationsSeen => "all_destinations_seen",
            Self::LinkExpired => "link_expired",
            Self::LinkInvalid => "link_invalid",
            Self::LinkReplayed => "link_replayed",
            Self::TimeoutOrError => "timeout_or_error",
        }
    }

    /// The reason of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.as_str() == name)
    }
}

/// A destination's health has changed, as one node sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DestinationHealthEvent<'a> {
    pub created_at: i64,
    #[serde(borrow)]
    pub workspace_id: Text<'a>,
    #[serde(borrow)]
    pub destination_id: Text<'a>,
    pub previous: Health,
    pub current: Health,
    /// Of the last probe.
    pub latency_ms: u32,
    /// Of the last probe; empty when it succeeded.
    #[serde(borrow)]
    pub error: Text<'a>,
}

/// Sequence numbers that were given to events the node could not store, so that the audit can tell
/// a counted drop from a loss.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NodeGapEvent {
    pub created_at: i64,
    /// Inclusive.
    pub first_seq: u64,
    /// Inclusive.
    pub last_seq: u64,
    pub reason: DropReason,
}

/// Why an event never reached the outbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DropReason {
    /// `OUTBOX_MAX_BYTES` reached.
    OutboxFull,
    /// The disk refused the write.
    OutboxFailed,
    /// The writer's queue was full: the disk is slower than the traffic.
    QueueFull,
}

impl DropReason {
    pub const ALL: [DropReason; 3] = [Self::OutboxFull, Self::OutboxFailed, Self::QueueFull];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::OutboxFull => "outbox_full",
            Self::OutboxFailed => "outbox_failed",
            Self::QueueFull => "queue_full",
        }
    }
}

/// Parameters in order of arrival, a map in JSON.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct QueryPairs<'a>(pub Vec<(Cow<'a, str>, Cow<'a, str>)>);

impl Serialize for QueryPairs<'_> {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_map(self.0.iter().map(|(k, v)| (k, v)))
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for QueryPairs<'a> {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        struct Pairs;
        impl<'de> de::Visitor<'de> for Pairs {
            type Value = QueryPairs<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a map of query parameters")
            }
            fn visit_map<A: de::MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                // Bounded by what arrives, not by what the size hint claims.
                let mut pairs = Vec::with_capacity(map.size_hint().unwrap_or(0).min(64));
                while let Some(pair) = map.next_entry::<BorrowedText<'de>, BorrowedText<'de>>()? {
                    pairs.push((pair.0.0, pair.1.0));
                }
                Ok(QueryPairs(pairs))
            }
        }
        d.deserialize_map(Pairs)
    }
}

/// `Cow` deserialises owned unless a field says `borrow`; inside a map this says it.
#[derive(Deserialize)]
struct BorrowedText<'a>(#[serde(borrow)] Cow<'a, str>);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_click_is_one_flat_json_object() {
        let click = ClickEvent {
            created_at: 1_763_708_066_123,
            click_id: "abc".into(),
            cost: Decimal::new(15, 3),
            query: QueryPairs(vec![("zone".into(), "7".into())]),
            ..ClickEvent::default()
        };
        let json = serde_json::to_value(&click).unwrap();
        assert_eq!(json["cost"], "0.015");
        assert_eq!(json["query"]["zone"], "7");
        assert_eq!(json["decision"], "routed");
        let text = json.to_string();
        assert_eq!(serde_json::from_str::<ClickEvent<'_>>(&text).unwrap(), click);
    }
}
