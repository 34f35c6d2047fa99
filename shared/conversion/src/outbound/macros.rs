//! The macros of CONTRACTS.md that a call to a traffic source may hold: the click's, and the conversion's.
//!
//! `{currency}` is the conversion's, `{cost}` the click's in the click's own currency; `{revenue}` is the
//! payout of a sale and 0 of anything else. `{timestamp}` is when the call is made out.

use rust_decimal::Decimal;
use traffoflex_model::{ConversionState, ConversionStatus, FoundClick, RuleField};
use traffoflex_template::{MacroName, MacroValues};

/// What macros are filled from.
#[derive(Clone, Copy)]
pub struct OutboundValues<'a> {
    pub click: &'a FoundClick,
    /// Empty once the campaign is gone.
    pub campaign_slug: &'a str,
    pub campaign_name: &'a str,
    /// As the postback's own claim made it.
    pub state: &'a ConversionState,
    pub transaction_id: &'a str,
    pub event_type: &'a str,
    pub network_id: &'a str,
    /// For `{random}`.
    pub random: u64,
    /// UTC milliseconds.
    pub now_ms: i64,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OutboundMacro {
    ClickId,
    SourceClickId,
    CampaignId,
    CampaignSlug,
    CampaignName,
    StreamId,
    DestinationId,
    SourceId,
    /// 1 to 10.
    Sub(u8),
    UtmSource,
    UtmMedium,
    UtmCampaign,
    UtmContent,
    UtmTerm,
    Country,
    Region,
    City,
    Isp,
    Asn,
    DeviceType,
    Os,
    Browser,
    Language,
    Ip,
    UserAgent,
    Referrer,
    Cost,
    Currency,
    /// Unix time in seconds.
    Timestamp,
    TimestampMs,
    Random,
    ConversionId,
    TransactionId,
    Payout,
    Revenue,
    Status,
    EventType,
    NetworkId,
    /// A query parameter of the click, by its lower-case name.
    Query(Box<str>),
}

impl OutboundMacro {
    /// Every name without a parameter in it; of several names for the same, the first is its own.
    pub const NAMED: &[(&'static str, Self)] = &[
        ("click_id", Self::ClickId),
        ("clickid", Self::ClickId),
        ("subid", Self::ClickId),
        ("source_click_id", Self::SourceClickId),
        ("external_id", Self::SourceClickId),
        ("externalid", Self::SourceClickId),
        ("campaign_id", Self::CampaignId),
        ("campaign_slug", Self::CampaignSlug),
        ("campaign_name", Self::CampaignName),
        ("stream_id", Self::StreamId),
        ("destination_id", Self::DestinationId),
        ("source_id", Self::SourceId),
        ("utm_source", Self::UtmSource),
        ("utm_medium", Self::UtmMedium),
        ("utm_campaign", Self::UtmCampaign),
        ("utm_content", Self::UtmContent),
        ("utm_term", Self::UtmTerm),
        ("country", Self::Country),
        ("region", Self::Region),
        ("city", Self::City),
        ("isp", Self::Isp),
        ("asn", Self::Asn),
        ("device_type", Self::DeviceType),
        ("os", Self::Os),
        ("browser", Self::Browser),
        ("language", Self::Language),
        ("ip", Self::Ip),
        ("user_agent", Self::UserAgent),
        ("referrer", Self::Referrer),
        ("cost", Self::Cost),
        ("currency", Self::Currency),
        ("timestamp", Self::Timestamp),
        ("timestamp_ms", Self::TimestampMs),
        ("random", Self::Random),
        ("conversion_id", Self::ConversionId),
        ("transaction_id", Self::TransactionId),
        ("payout", Self::Payout),
        ("revenue", Self::Revenue),
        ("status", Self::Status),
        ("event_type", Self::EventType),
        ("network_id", Self::NetworkId),
    ];
}

impl MacroName for OutboundMacro {
    /// Names ignore case.
    fn parse(name: &str) -> Option<Self> {
        let name = name.to_ascii_lowercase();
        if let Some((_, named)) = Self::NAMED.iter().find(|(known, _)| *known == name) {
            return Some(named.clone());
        }
        // `sub1`..`sub10` and `query.<param>` are spelled as in rules.
        match name.parse().ok()? {
            RuleField::Sub(n) => Some(Self::Sub(n)),
            RuleField::Query(param) => Some(Self::Query(param.into())),
            RuleField::Named(_) => None,
        }
    }
}

impl MacroValues<OutboundMacro> for OutboundValues<'_> {
    fn with_value(&self, name: &OutboundMacro, take: impl FnOnce(&str)) {
        let (click, state) = (self.click, self.state);
        let text: &str = match name {
            OutboundMacro::ClickId => &click.click_id,
            OutboundMacro::SourceClickId => &click.source_click_id,
            OutboundMacro::CampaignId => &click.campaign_id,
            OutboundMacro::CampaignSlug => self.campaign_slug,
            OutboundMacro::CampaignName => self.campaign_name,
            OutboundMacro::StreamId => &click.stream_id,
            OutboundMacro::DestinationId => &click.destination_id,
            OutboundMacro::SourceId => &click.source_id,
            OutboundMacro::Sub(n) => {
                n.checked_sub(1).and_then(|n| click.subs.get(usize::from(n))).map_or("", |s| s)
            }
            OutboundMacro::UtmSource => &click.utm_source,
            OutboundMacro::UtmMedium => &click.utm_medium,
            OutboundMacro::UtmCampaign => &click.utm_campaign,
            OutboundMacro::UtmContent => &click.utm_content,
            OutboundMacro::UtmTerm => &click.utm_term,
            OutboundMacro::Country => &click.geo_country,
            OutboundMacro::Region => &click.geo_region,
            OutboundMacro::City => &click.city,
            OutboundMacro::Isp => &click.isp,
            OutboundMacro::DeviceType => &click.device_type,
            OutboundMacro::Os => &click.os,
            OutboundMacro::Browser => &click.browser,
            OutboundMacro::Language => &click.language,
            OutboundMacro::Ip => &click.ip,
            OutboundMacro::UserAgent => &click.user_agent,
            OutboundMacro::Referrer => &click.referrer,
            OutboundMacro::Currency => state.currency.as_str(),
            OutboundMacro::ConversionId => &state.conversion_id,
            OutboundMacro::TransactionId => self.transaction_id,
            OutboundMacro::Status => state.status.as_str(),
            OutboundMacro::EventType => self.event_type,
            OutboundMacro::NetworkId => self.network_id,
            OutboundMacro::Query(name) => query(click, name),
            OutboundMacro::Asn if click.asn == 0 => "",
            OutboundMacro::Asn => return take(&click.asn.to_string()),
            OutboundMacro::Cost => return take(&decimal(click.cost)),
            OutboundMacro::Payout => return take(&decimal(state.payout)),
            OutboundMacro::Revenue if state.status == ConversionStatus::Sale => {
                return take(&decimal(state.payout));
            }
            OutboundMacro::Revenue => "0",
            OutboundMacro::Timestamp => return take(&self.now_ms.div_euclid(1000).to_string()),
            OutboundMacro::TimestampMs => return take(&self.now_ms.to_string()),
            OutboundMacro::Random => return take(&self.random.to_string()),
        };
        take(text);
    }
}

/// Without zeros at its end, whatever storage it went through.
pub(super) fn decimal(value: Decimal) -> String {
    value.normalize().to_string()
}

fn query<'a>(click: &'a FoundClick, name: &str) -> &'a str {
    let found = click.query.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
    found.map_or("", |(_, value)| value)
}
