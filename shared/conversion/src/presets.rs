//! Ready templates, under the names that users know: affiliate networks (what a postback of theirs holds,
//! and the URL to give them) and traffic sources (the URL that they are called at, and what to append to a
//! tracking link so that they fill it in).
//!
//! A preset is copied into a template or a source of a workspace and edited there; nothing reads it after.
//! What belongs to an account of the user there (a key, a goal) stands as `REPLACE_...` in a URL, listed in
//! [`SourcePreset::replace`]. Networks and sources change their macros without a word: each preset says in
//! `origin` whose page it follows.

mod adcombo;
mod admitad;
mod adsterra;
mod advertizer;
mod affise;
mod cake;
mod clickadu;
mod clickdealer;
mod cpalead;
mod drcash;
mod everad;
mod everflow;
mod exoclick;
mod impact;
mod kadam;
mod kma;
mod lemonad;
mod maxbounty;
mod mediago;
mod mgid;
mod mobidea;
mod monetizer;
mod ogads;
mod outbrain;
mod popads;
mod propellerads;
mod richads;
mod taboola;
mod trafficforce;
mod trafficstars;
mod tune;
mod zeropark;
mod zeydoo;

use serde::Serialize;
use traffoflex_model::{
    BodyType, ConversionStatus, Currency, DuplicateMode, FieldNames, PostbackField, PostbackMethod,
    PostbackTemplate, PostbackTemplateId, SourcePostback, Status, StatusWord, WorkspaceId,
};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Preset {
    Network(&'static NetworkPreset),
    Source(&'static SourcePreset),
}

/// An affiliate network: how it calls us.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct NetworkPreset {
    pub slug: &'static str,
    pub name: &'static str,
    /// The page that it follows, by its title.
    pub origin: &'static str,
    /// Appended to the network's offer link, with our macros: hands it our click id.
    pub offer_query: &'static str,
    /// Query of the postback URL that is given to the network, with the network's macros.
    pub postback_query: &'static str,
    /// Names of its own, besides the default ones.
    pub fields: &'static [(PostbackField, &'static [&'static str])],
    /// Words of its own, before the default ones.
    pub statuses: &'static [(&'static str, ConversionStatus)],
    /// Of a postback without a currency.
    pub currency: &'static str,
}

/// A traffic source: how we call it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct SourcePreset {
    pub slug: &'static str,
    pub name: &'static str,
    /// The page that it follows, by its title.
    pub origin: &'static str,
    /// Appended to our tracking link, with the source's macros.
    pub tracking_query: &'static str,
    /// Called on a sale, with our macros.
    pub postback_url: &'static str,
    /// What in the URL belongs to the user's account there, and where to find it.
    pub replace: &'static [(&'static str, &'static str)],
}

static ALL: &[Preset] = &[
    Preset::Network(&adcombo::PRESET),
    Preset::Network(&admitad::PRESET),
    Preset::Network(&affise::PRESET),
    Preset::Network(&cake::PRESET),
    Preset::Network(&clickdealer::PRESET),
    Preset::Network(&cpalead::PRESET),
    Preset::Network(&drcash::PRESET),
    Preset::Network(&everad::PRESET),
    Preset::Network(&everflow::PRESET),
    Preset::Network(&impact::PRESET),
    Preset::Network(&kma::PRESET),
    Preset::Network(&lemonad::PRESET),
    Preset::Network(&maxbounty::PRESET),
    Preset::Network(&mobidea::PRESET),
    Preset::Network(&monetizer::PRESET),
    Preset::Network(&ogads::PRESET),
    Preset::Network(&tune::PRESET),
    Preset::Network(&zeydoo::PRESET),
    Preset::Source(&adsterra::PRESET),
    Preset::Source(&advertizer::PRESET),
    Preset::Source(&clickadu::PRESET),
    Preset::Source(&exoclick::PRESET),
    Preset::Source(&kadam::PRESET),
    Preset::Source(&mediago::PRESET),
    Preset::Source(&mgid::PRESET),
    Preset::Source(&outbrain::PRESET),
    Preset::Source(&popads::PRESET),
    Preset::Source(&propellerads::PRESET),
    Preset::Source(&richads::PRESET),
    Preset::Source(&taboola::PRESET),
    Preset::Source(&trafficforce::PRESET),
    Preset::Source(&trafficstars::PRESET),
    Preset::Source(&zeropark::PRESET),
];

/// Networks, then sources, each by their slugs.
pub fn all() -> &'static [Preset] {
    ALL
}

pub fn find(slug: &str) -> Option<&'static Preset> {
    ALL.iter().find(|preset| preset.slug() == slug)
}

impl Preset {
    /// Unique among all presets.
    pub fn slug(&self) -> &'static str {
        match self {
            Self::Network(preset) => preset.slug,
            Self::Source(preset) => preset.slug,
        }
    }

    pub fn name(&self) -> &'static str {
        match self {
            Self::Network(preset) => preset.name,
            Self::Source(preset) => preset.name,
        }
    }
}

impl NetworkPreset {
    /// A template as the preset has it.
    pub fn template(&self, id: PostbackTemplateId, workspace_id: WorkspaceId) -> PostbackTemplate {
        let fields = self.fields.iter().map(|(field, names)| FieldNames {
            field: *field,
            names: names.iter().map(|name| (*name).to_owned()).collect(),
        });
        let statuses = self
            .statuses
            .iter()
            .map(|(word, status)| StatusWord { word: (*word).to_owned(), status: *status });
        PostbackTemplate {
            id,
            workspace_id,
            slug: self.slug.to_owned(),
            name: self.name.to_owned(),
            status: Status::Active,
            preset: Some(self.slug.to_owned()),
            fields: fields.collect(),
            statuses: statuses.collect(),
            default_status: None,
            default_event_type: None,
            required: vec![PostbackField::ClickId],
            secret: None,
            allowed_ips: Vec::new(),
            currency: self.currency.parse().unwrap_or(Currency::USD),
            payout_factor: rust_decimal::Decimal::ONE,
            duplicates: DuplicateMode::Update,
        }
    }

    /// What to give the network: `base` is where postback nodes are reached, without a slash at its end.
    pub fn postback_url(&self, base: &str, network_slug: &str) -> String {
        format!("{base}/pb/{network_slug}?{}", self.postback_query)
    }
}

impl SourcePreset {
    /// A call as the preset has it: on each sale. `id` as in [`SourcePostback::id`].
    pub fn postback(&self, id: &str) -> SourcePostback {
        SourcePostback {
            id: id.to_owned(),
            name: self.name.to_owned(),
            status: Status::Active,
            method: PostbackMethod::Get,
            url: self.postback_url.to_owned(),
            body: String::new(),
            content_type: BodyType::Form,
            statuses: vec![ConversionStatus::Sale],
            event_types: Vec::new(),
            on_payout_change: false,
        }
    }
}

#[cfg(test)]
mod tests;
