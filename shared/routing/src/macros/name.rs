//! The macros of CONTRACTS.md.

use std::fmt::Write as _;

use traffoflex_model::RuleField;

use super::MacroValues;

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MacroName {
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

impl MacroName {
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

    /// Names ignore case.
    pub fn parse(name: &str) -> Option<Self> {
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

    /// Calls `take` with the value, which is empty when nothing is known.
    pub fn with_value(&self, values: &MacroValues<'_>, take: impl FnOnce(&str)) {
        let ctx = values.ctx;
        let text = match self {
            Self::ClickId => ctx.click_id,
            Self::SourceClickId => ctx.source_click_id,
            Self::CampaignId => values.campaign.id(),
            Self::CampaignSlug => values.campaign.slug(),
            Self::CampaignName => values.campaign.name(),
            Self::StreamId => values.stream_id,
            Self::DestinationId => values.destination_id,
            Self::SourceId => ctx.source,
            Self::Sub(n) => ctx.subs[usize::from(n - 1)],
            Self::UtmSource => ctx.utm_source,
            Self::UtmMedium => ctx.utm_medium,
            Self::UtmCampaign => ctx.utm_campaign,
            Self::UtmContent => ctx.utm_content,
            Self::UtmTerm => ctx.utm_term,
            Self::Country => ctx.country,
            Self::Region => ctx.region,
            Self::City => ctx.city,
            Self::Isp => ctx.isp,
            Self::DeviceType => ctx.device_type,
            Self::Os => ctx.os,
            Self::Browser => ctx.browser,
            Self::Language => ctx.language,
            Self::Ip => ctx.ip,
            Self::UserAgent => ctx.user_agent,
            Self::Referrer => ctx.referrer,
            Self::Currency => ctx.currency,
            Self::Query(name) => ctx.query_param(name),
            Self::Asn if ctx.asn == 0 => "",
            Self::Asn => return take(&written(ctx.asn)),
            Self::Cost => return take(&written(ctx.cost)),
            Self::Timestamp => return take(&written(ctx.created_at_ms / 1000)),
            Self::TimestampMs => return take(&written(ctx.created_at_ms)),
            Self::Random => return take(&written(values.random)),
        };
        take(text);
    }
}

fn written(value: impl std::fmt::Display) -> String {
    let mut text = String::with_capacity(20);
    let _ = write!(text, "{value}");
    text
}
