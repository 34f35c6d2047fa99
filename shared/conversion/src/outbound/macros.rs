//! The macros of CONTRACTS.md that a call to a traffic source may hold: the click's, and the conversion's.
//!
//! `{currency}` is the conversion's, `{cost}` the click's in the click's own currency; `{revenue}` is the
//! payout of a sale and 0 of anything else. `{timestamp}` is when the call is made out.

use rust_decimal::Decimal;
use traffoflex_model::{ConversionState, ConversionStatus, FoundClick};
use traffoflex_template::{ClickMacro, MacroName, MacroValues};

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
    Click(ClickMacro),
    ConversionId,
    TransactionId,
    Payout,
    Revenue,
    Status,
    EventType,
    NetworkId,
}

impl OutboundMacro {
    /// Those that speak of the conversion.
    pub const NAMED: &[(&'static str, Self)] = &[
        ("conversion_id", Self::ConversionId),
        ("transaction_id", Self::TransactionId),
        ("payout", Self::Payout),
        ("revenue", Self::Revenue),
        ("status", Self::Status),
        ("event_type", Self::EventType),
        ("network_id", Self::NetworkId),
    ];

    /// Every name without a parameter in it; of several names for the same, the first is its own.
    pub fn named() -> Vec<(&'static str, Self)> {
        let click = ClickMacro::NAMED.iter().map(|(name, of)| (*name, Self::Click(of.clone())));
        click.chain(Self::NAMED.iter().cloned()).collect()
    }
}

impl MacroName for OutboundMacro {
    /// Names ignore case.
    fn parse(name: &str) -> Option<Self> {
        let own = Self::NAMED.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        own.map(|(_, own)| own.clone()).or_else(|| ClickMacro::parse(name).map(Self::Click))
    }
}

impl MacroValues<OutboundMacro> for OutboundValues<'_> {
    fn with_value(&self, name: &OutboundMacro, take: impl FnOnce(&str)) {
        let state = self.state;
        let text = match name {
            OutboundMacro::Click(name) => return self.with_value_of_click(name, take),
            OutboundMacro::ConversionId => &state.conversion_id,
            OutboundMacro::TransactionId => self.transaction_id,
            OutboundMacro::Status => state.status.as_str(),
            OutboundMacro::EventType => self.event_type,
            OutboundMacro::NetworkId => self.network_id,
            OutboundMacro::Revenue if state.status != ConversionStatus::Sale => "0",
            OutboundMacro::Payout | OutboundMacro::Revenue => return take(&decimal(state.payout)),
        };
        take(text);
    }
}

impl OutboundValues<'_> {
    fn with_value_of_click(&self, name: &ClickMacro, take: impl FnOnce(&str)) {
        let click = self.click;
        let text: &str = match name {
            ClickMacro::ClickId => &click.click_id,
            ClickMacro::SourceClickId => &click.source_click_id,
            ClickMacro::CampaignId => &click.campaign_id,
            ClickMacro::CampaignSlug => self.campaign_slug,
            ClickMacro::CampaignName => self.campaign_name,
            ClickMacro::StreamId => &click.stream_id,
            ClickMacro::DestinationId => &click.destination_id,
            ClickMacro::SourceId => &click.source_id,
            ClickMacro::Sub(n) => {
                n.checked_sub(1).and_then(|n| click.subs.get(usize::from(n))).map_or("", |s| s)
            }
            ClickMacro::UtmSource => &click.utm_source,
            ClickMacro::UtmMedium => &click.utm_medium,
            ClickMacro::UtmCampaign => &click.utm_campaign,
            ClickMacro::UtmContent => &click.utm_content,
            ClickMacro::UtmTerm => &click.utm_term,
            ClickMacro::Country => &click.geo_country,
            ClickMacro::Region => &click.geo_region,
            ClickMacro::City => &click.city,
            ClickMacro::Isp => &click.isp,
            ClickMacro::DeviceType => &click.device_type,
            ClickMacro::Os => &click.os,
            ClickMacro::Browser => &click.browser,
            ClickMacro::Language => &click.language,
            ClickMacro::Ip => &click.ip,
            ClickMacro::UserAgent => &click.user_agent,
            ClickMacro::Referrer => &click.referrer,
            // What is spoken of in a call is the payout.
            ClickMacro::Currency => self.state.currency.as_str(),
            ClickMacro::Query(name) => query(click, name),
            ClickMacro::Asn if click.asn == 0 => "",
            ClickMacro::Asn => return take(&click.asn.to_string()),
            ClickMacro::Cost => return take(&decimal(click.cost)),
            ClickMacro::Timestamp => return take(&self.now_ms.div_euclid(1000).to_string()),
            ClickMacro::TimestampMs => return take(&self.now_ms.to_string()),
            ClickMacro::Random => return take(&self.random.to_string()),
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
