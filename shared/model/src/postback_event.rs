//! What a node reports of postbacks: each version of a conversion, and each call that came in or went out.

use std::borrow::Cow;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::{Attribution, ConversionStatus, decimal_str};

type Text<'a> = Cow<'a, str>;

/// One version of a conversion.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConversionEvent<'a> {
    /// When the first postback came, the same in every version: it settles the partition. UTC milliseconds.
    pub created_at: i64,
    /// When the postback of this version came.
    pub updated_at: i64,
    #[serde(borrow)]
    pub conversion_id: Text<'a>,
    pub version: u64,
    #[serde(borrow)]
    pub click_id: Text<'a>,
    #[serde(borrow)]
    pub transaction_id: Text<'a>,
    #[serde(borrow)]
    pub workspace_id: Text<'a>,
    #[serde(borrow)]
    pub campaign_id: Text<'a>,
    #[serde(borrow)]
    pub stream_id: Text<'a>,
    #[serde(borrow)]
    pub destination_id: Text<'a>,
    #[serde(borrow)]
    pub source_id: Text<'a>,
    #[serde(borrow)]
    pub network_id: Text<'a>,
    /// The destination, where that is an offer.
    #[serde(borrow)]
    pub offer_id: Text<'a>,
    #[serde(borrow)]
    pub event_type: Text<'a>,
    pub status: ConversionStatus,
    #[serde(borrow)]
    pub raw_status: Text<'a>,
    #[serde(with = "decimal_str")]
    pub payout: Decimal,
    #[serde(borrow)]
    pub currency: Text<'a>,
    pub attribution: Attribution,
    #[serde(borrow)]
    pub raw_payload: Text<'a>,
    /// UTC milliseconds; 0 when no click was found.
    pub clicked_at: i64,
    /// The postback that made this version.
    #[serde(borrow)]
    pub postback_id: Text<'a>,
}

/// A postback that came in, or an attempt to send one out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PostbackLogEvent<'a> {
    pub created_at: i64,
    /// Inbound: of the postback. Outbound: the idempotency key, the same at each attempt.
    #[serde(borrow)]
    pub postback_id: Text<'a>,
    #[serde(borrow)]
    pub workspace_id: Text<'a>,
    #[serde(borrow)]
    pub network_id: Text<'a>,
    #[serde(borrow)]
    pub click_id: Text<'a>,
    #[serde(borrow)]
    pub transaction_id: Text<'a>,
    pub direction: PostbackDirection,
    /// Inbound: accepted, duplicate, updated, refused, forbidden; later created, updated, attributed,
    /// duplicate, ignored, not_found once it is settled. Outbound: delivered, failed, dead, cancelled.
    #[serde(borrow)]
    pub status: Text<'a>,
    /// Empty without one.
    #[serde(borrow)]
    pub error: Text<'a>,
    /// Answered by us (inbound) or by the other side (outbound); 0: none.
    pub http_status: u16,
    /// Inbound: the parameters without the secret. Outbound: method and URL.
    #[serde(borrow)]
    pub raw_payload: Text<'a>,
    #[serde(borrow)]
    pub conversion_id: Text<'a>,
    /// Outbound: the traffic source or the webhook.
    #[serde(borrow)]
    pub target_id: Text<'a>,
    /// From 1; 0 inbound.
    pub attempt: u32,
    pub latency_ms: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PostbackDirection {
    Inbound,
    Outbound,
}
