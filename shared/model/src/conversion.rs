//! A conversion: what a postback says, how it is claimed for the whole installation, and what it then is.
//!
//! # Identity
//! A conversion is a (workspace, network, transaction, event type). Its id is derived from these, so that
//! every node names the same conversion the same way without asking. Central orders what is said of it:
//! each change is a version, and the last version holds.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::{
    CampaignId, Currency, DestinationId, DuplicateMode, NetworkId, SourceId, StreamId, WorkspaceId,
    decimal_str,
};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ConversionStatus {
    Lead,
    Sale,
    Rejected,
    Hold,
    /// The network's word is in no map. Kept, shown and counted nowhere until the map knows it.
    #[default]
    Unmapped,
}

impl ConversionStatus {
    pub const ALL: [Self; 5] = [Self::Lead, Self::Sale, Self::Rejected, Self::Hold, Self::Unmapped];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Lead => "lead",
            Self::Sale => "sale",
            Self::Rejected => "rejected",
            Self::Hold => "hold",
            Self::Unmapped => "unmapped",
        }
    }
}

/// How a conversion was tied to a click.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Attribution {
    /// Its click was found.
    Click,
    /// The postback named none.
    #[default]
    NoClickId,
    /// The click id is none of ours.
    Forged,
    /// The click is not in the warehouse (yet).
    Pending,
    /// Looked for until it was too old to come.
    NotFound,
    /// The click is older than the campaign's attribution window.
    OutsideWindow,
}

impl Attribution {
    pub const ALL: [Self; 6] =
        [Self::Click, Self::NoClickId, Self::Forged, Self::Pending, Self::NotFound, Self::OutsideWindow];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Click => "click",
            Self::NoClickId => "no_click_id",
            Self::Forged => "forged",
            Self::Pending => "pending",
            Self::NotFound => "not_found",
            Self::OutsideWindow => "outside_window",
        }
    }
}

/// What a conversion is tied to. Ids are empty unless `attribution` is `click`; `click_id` is always
/// what the network said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConversionClick {
    pub attribution: Attribution,
    pub click_id: String,
    /// UTC milliseconds; 0 unless `attribution` is `click`.
    pub clicked_at: i64,
    pub campaign_id: CampaignId,
    pub stream_id: StreamId,
    pub destination_id: DestinationId,
    pub source_id: SourceId,
}

impl ConversionClick {
    /// Tied to nothing.
    pub fn without(attribution: Attribution, click_id: &str) -> Self {
        Self {
            attribution,
            click_id: click_id.to_owned(),
            clicked_at: 0,
            campaign_id: "".into(),
            stream_id: "".into(),
            destination_id: "".into(),
            source_id: "".into(),
        }
    }
}

/// A node asks that what a postback says be so. Repeating a claim changes nothing and answers the same.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claim {
    /// The postback's id; for [`ClaimKind::Attribution`], that with [`Claim::ATTRIBUTION_SUFFIX`].
    pub claim_id: String,
    pub kind: ClaimKind,
    pub conversion_id: String,
    pub workspace_id: WorkspaceId,
    pub network_id: NetworkId,
    pub transaction_id: String,
    pub event_type: String,
    /// Empty, or with [`DuplicateMode::Count`] the id of the repeat's postback.
    pub repeat: String,
    /// The node's clock when the postback came, UTC milliseconds.
    pub received_at: i64,
    pub status: ConversionStatus,
    pub raw_status: String,
    /// None: the postback named none, and what was known stays.
    #[serde(with = "optional_decimal")]
    pub payout: Option<Decimal>,
    pub currency: Currency,
    pub duplicates: DuplicateMode,
    pub click: ConversionClick,
    /// The postback without its secret.
    pub raw_payload: String,
}

impl Claim {
    pub const ATTRIBUTION_SUFFIX: &'static str = ".click";
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClaimKind {
    /// What the postback says of the conversion.
    Postback,
    /// Only what it is tied to: the click was found after the postback had been claimed.
    Attribution,
}

/// What became of a claim.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claimed {
    pub claim_id: String,
    pub outcome: ClaimOutcome,
    /// As this claim made it, or for the others as it is.
    pub state: ConversionState,
    /// What the source is to hear of besides, now that the conversion's click is known: what was said and could
    /// be told to nobody, oldest first; each a state as it was then.
    #[serde(default)]
    pub untold: Vec<ConversionState>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ClaimOutcome {
    /// The conversion is new: version 1.
    Created,
    /// Status or payout changed: a new version.
    Updated,
    /// Only the click became known: a new version.
    Attributed,
    /// It says what was known.
    Duplicate,
    /// A repeat where the mode is to ignore these.
    Ignored,
    /// It came to central after a later word and changes nothing that stands, but it held for a while, and its
    /// source is to hear of that: the state is as it was then, under the version that stands now.
    Late,
    /// With [`DuplicateMode::Count`]: somebody else's postback is this conversion already, so this one is to be
    /// claimed as one of its own, with its id as `repeat`.
    Repeat,
}

impl ClaimOutcome {
    pub const ALL: [Self; 7] = [
        Self::Created,
        Self::Updated,
        Self::Attributed,
        Self::Duplicate,
        Self::Ignored,
        Self::Late,
        Self::Repeat,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Updated => "updated",
            Self::Attributed => "attributed",
            Self::Duplicate => "duplicate",
            Self::Ignored => "ignored",
            Self::Late => "late",
            Self::Repeat => "repeat",
        }
    }

    /// The postback said something new of its own: its source is to hear of that.
    pub fn is_word(self) -> bool {
        matches!(self, Self::Created | Self::Updated | Self::Late)
    }

    /// A version of the conversion that reports must hear of.
    pub fn is_version(self) -> bool {
        matches!(self, Self::Created | Self::Updated | Self::Attributed)
    }
}

/// A conversion as of one version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConversionState {
    pub conversion_id: String,
    /// From 1.
    pub version: u64,
    /// When the first postback came, UTC milliseconds.
    pub created_at: i64,
    /// When the postback of this version came.
    pub updated_at: i64,
    pub status: ConversionStatus,
    pub raw_status: String,
    #[serde(with = "decimal_str")]
    pub payout: Decimal,
    pub currency: Currency,
    pub click: ConversionClick,
    /// As of the version before; `unmapped` and zero before the first.
    pub previous_status: ConversionStatus,
    #[serde(with = "decimal_str")]
    pub previous_payout: Decimal,
}

/// A click as the warehouse has it: what a call to its source can say.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct FoundClick {
    pub click_id: String,
    /// UTC milliseconds.
    pub created_at: i64,
    pub workspace_id: String,
    pub campaign_id: String,
    pub stream_id: String,
    /// Where the visitor ended: behind a landing page, the offer.
    pub destination_id: String,
    pub source_id: String,
    pub source_click_id: String,
    pub subs: [String; 10],
    pub utm_source: String,
    pub utm_medium: String,
    pub utm_campaign: String,
    pub utm_content: String,
    pub utm_term: String,
    pub geo_country: String,
    pub geo_region: String,
    pub city: String,
    pub isp: String,
    pub asn: u32,
    pub device_type: String,
    pub os: String,
    pub browser: String,
    pub language: String,
    /// Empty unless the workspace stores addresses.
    pub ip: String,
    pub user_agent: String,
    pub referrer: String,
    #[serde(with = "decimal_str")]
    pub cost: Decimal,
    pub currency: String,
    pub query: Vec<(String, String)>,
}

/// `#[serde(with = "optional_decimal")]`: a decimal as its string, or nothing.
pub mod optional_decimal {
    use rust_decimal::Decimal;
    use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

    pub fn serialize<S: Serializer>(value: &Option<Decimal>, s: S) -> Result<S::Ok, S::Error> {
        value.map(|value| value.to_string()).serialize(s)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(d: D) -> Result<Option<Decimal>, D::Error> {
        let text = Option::<String>::deserialize(d)?;
        text.map(|text| Decimal::from_str_exact(&text).map_err(de::Error::custom)).transpose()
    }
}
