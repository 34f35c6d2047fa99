//! The macros of CONTRACTS.md that speak of a click: in the URL of its redirect, and in what is later called
//! for its conversion.

use traffoflex_model::RuleField;

use crate::MacroName;

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ClickMacro {
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
    /// A query parameter, by its lower-case name.
    Query(Box<str>),
}

impl ClickMacro {
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
    ];
}

impl MacroName for ClickMacro {
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
