//! The macros of CONTRACTS.md that a click fills. How a template is read and rendered is
//! [`traffoflex_template`]'s.

use std::fmt::Write as _;

use traffoflex_model::RuleField;
pub use traffoflex_template::{MAX_RENDERED_BYTES, TemplateError};

use crate::{context::ClickContext, table::CompiledCampaign};

pub type UrlTemplate = traffoflex_template::UrlTemplate<MacroName>;

/// What macros are filled from.
#[derive(Clone, Copy)]
pub struct MacroValues<'a> {
    pub ctx: &'a ClickContext<'a>,
    pub campaign: &'a CompiledCampaign,
    /// Empty when no stream took the click.
    pub stream_id: &'a str,
    pub destination_id: &'a str,
    /// For `{random}`.
    pub random: u64,
}

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
}

impl traffoflex_template::MacroName for MacroName {
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

impl traffoflex_template::MacroValues<MacroName> for MacroValues<'_> {
    fn with_value(&self, name: &MacroName, take: impl FnOnce(&str)) {
        let ctx = self.ctx;
        let text = match name {
            MacroName::ClickId => ctx.click_id,
            MacroName::SourceClickId => ctx.source_click_id,
            MacroName::CampaignId => self.campaign.id(),
            MacroName::CampaignSlug => self.campaign.slug(),
            MacroName::CampaignName => self.campaign.name(),
            MacroName::StreamId => self.stream_id,
            MacroName::DestinationId => self.destination_id,
            MacroName::SourceId => ctx.source,
            MacroName::Sub(n) => ctx.subs[usize::from(n - 1)],
            MacroName::UtmSource => ctx.utm_source,
            MacroName::UtmMedium => ctx.utm_medium,
            MacroName::UtmCampaign => ctx.utm_campaign,
            MacroName::UtmContent => ctx.utm_content,
            MacroName::UtmTerm => ctx.utm_term,
            MacroName::Country => ctx.country,
            MacroName::Region => ctx.region,
            MacroName::City => ctx.city,
            MacroName::Isp => ctx.isp,
            MacroName::DeviceType => ctx.device_type,
            MacroName::Os => ctx.os,
            MacroName::Browser => ctx.browser,
            MacroName::Language => ctx.language,
            MacroName::Ip => ctx.ip,
            MacroName::UserAgent => ctx.user_agent,
            MacroName::Referrer => ctx.referrer,
            MacroName::Currency => ctx.currency,
            MacroName::Query(name) => ctx.query_param(name),
            MacroName::Asn if ctx.asn == 0 => "",
            MacroName::Asn => return take(&written(ctx.asn)),
            MacroName::Cost => return take(&written(ctx.cost)),
            MacroName::Timestamp => return take(&written(ctx.created_at_ms / 1000)),
            MacroName::TimestampMs => return take(&written(ctx.created_at_ms)),
            MacroName::Random => return take(&written(self.random)),
        };
        take(text);
    }
}

fn written(value: impl std::fmt::Display) -> String {
    let mut text = String::with_capacity(20);
    let _ = write!(text, "{value}");
    text
}

#[cfg(test)]
mod tests;
