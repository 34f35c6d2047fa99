//! What the macros of a redirect's URL are filled from. Which there are, and how a template is read and
//! rendered, is [`traffoflex_template`]'s.

use std::fmt::Write as _;

pub use traffoflex_template::{ClickMacro, MAX_RENDERED_BYTES, TemplateError};

use crate::{context::ClickContext, table::CompiledCampaign};

pub type UrlTemplate = traffoflex_template::UrlTemplate<ClickMacro>;

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

impl traffoflex_template::MacroValues<ClickMacro> for MacroValues<'_> {
    fn with_value(&self, name: &ClickMacro, take: impl FnOnce(&str)) {
        let ctx = self.ctx;
        let text = match name {
            ClickMacro::ClickId => ctx.click_id,
            ClickMacro::SourceClickId => ctx.source_click_id,
            ClickMacro::CampaignId => self.campaign.id(),
            ClickMacro::CampaignSlug => self.campaign.slug(),
            ClickMacro::CampaignName => self.campaign.name(),
            ClickMacro::StreamId => self.stream_id,
            ClickMacro::DestinationId => self.destination_id,
            ClickMacro::SourceId => ctx.source,
            ClickMacro::Sub(n) => ctx.subs[usize::from(n - 1)],
            ClickMacro::UtmSource => ctx.utm_source,
            ClickMacro::UtmMedium => ctx.utm_medium,
            ClickMacro::UtmCampaign => ctx.utm_campaign,
            ClickMacro::UtmContent => ctx.utm_content,
            ClickMacro::UtmTerm => ctx.utm_term,
            ClickMacro::Country => ctx.country,
            ClickMacro::Region => ctx.region,
            ClickMacro::City => ctx.city,
            ClickMacro::Isp => ctx.isp,
            ClickMacro::DeviceType => ctx.device_type,
            ClickMacro::Os => ctx.os,
            ClickMacro::Browser => ctx.browser,
            ClickMacro::Language => ctx.language,
            ClickMacro::Ip => ctx.ip,
            ClickMacro::UserAgent => ctx.user_agent,
            ClickMacro::Referrer => ctx.referrer,
            ClickMacro::Currency => ctx.currency,
            ClickMacro::Query(name) => ctx.query_param(name),
            ClickMacro::Asn if ctx.asn == 0 => "",
            ClickMacro::Asn => return take(&written(ctx.asn)),
            ClickMacro::Cost => return take(&written(ctx.cost)),
            ClickMacro::Timestamp => return take(&written(ctx.created_at_ms / 1000)),
            ClickMacro::TimestampMs => return take(&written(ctx.created_at_ms)),
            ClickMacro::Random => return take(&written(self.random)),
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
