//! An affiliate network: who calls with conversions, and how its calls are read.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::{ConversionStatus, Currency, NetworkId, PostbackTemplateId, Status, WorkspaceId, decimal_str};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AffiliateNetwork {
    pub id: NetworkId,
    pub workspace_id: WorkspaceId,
    /// In `/pb/{slug}`. Unique over all workspaces, since the path names no workspace.
    pub slug: String,
    pub name: String,
    pub status: Status,
    /// How its postbacks are read; none: by the default names alone.
    pub template_id: Option<PostbackTemplateId>,
}

/// How the postbacks of a network are read and who may send them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PostbackTemplate {
    pub id: PostbackTemplateId,
    pub workspace_id: WorkspaceId,
    /// Unique in a workspace.
    pub slug: String,
    pub name: String,
    pub status: Status,
    /// The preset it was made from, for the record.
    pub preset: Option<String>,
    /// Names of parameters by field, looked at before the default names.
    pub fields: Vec<FieldNames>,
    /// What a network's status means, looked at before the default words. Case does not matter.
    pub statuses: Vec<StatusWord>,
    /// Of a postback that names none; none: `approved`.
    pub default_status: Option<String>,
    /// Of a postback that names none; none: empty.
    pub default_event_type: Option<String>,
    /// Without one of these a postback is unusable.
    pub required: Vec<PostbackField>,
    /// Asked for when set.
    pub secret: Option<SecretHash>,
    /// Addresses and CIDRs that may send; empty: any.
    pub allowed_ips: Vec<String>,
    /// Of a postback that names none.
    pub currency: Currency,
    /// Payouts are multiplied by it: 0.01 for a network that speaks of cents.
    #[serde(with = "decimal_str")]
    pub payout_factor: Decimal,
    pub duplicates: DuplicateMode,
}

impl PostbackTemplate {
    /// Names of a field, words of a status map, addresses.
    pub const MAX_ENTRIES: usize = 200;
    /// Of a parameter's name or a status word, in bytes.
    pub const MAX_WORD_BYTES: usize = 128;
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct FieldNames {
    pub field: PostbackField,
    /// First one with a value wins. Case does not matter.
    pub names: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct StatusWord {
    pub word: String,
    pub status: ConversionStatus,
}

/// What a postback can say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum PostbackField {
    ClickId,
    TransactionId,
    Payout,
    Currency,
    EventType,
    Status,
    Secret,
}

impl PostbackField {
    pub const ALL: [Self; 7] = [
        Self::ClickId,
        Self::TransactionId,
        Self::Payout,
        Self::Currency,
        Self::EventType,
        Self::Status,
        Self::Secret,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::ClickId => "click_id",
            Self::TransactionId => "transaction_id",
            Self::Payout => "payout",
            Self::Currency => "currency",
            Self::EventType => "event_type",
            Self::Status => "status",
            Self::Secret => "secret",
        }
    }
}

/// A secret that is only ever compared: HMAC-SHA256 of it under a salt of its own, both in hex.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SecretHash {
    pub salt: String,
    pub hash: String,
}

impl std::fmt::Debug for SecretHash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SecretHash(..)")
    }
}

/// What a repeat of a conversion (same network, transaction and event type) is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum DuplicateMode {
    /// With another status or payout an update, else a duplicate.
    #[default]
    Update,
    /// Always a duplicate: the first one stands.
    Ignore,
    /// A conversion of its own.
    Count,
}

impl DuplicateMode {
    pub const ALL: [Self; 3] = [Self::Update, Self::Ignore, Self::Count];
}
