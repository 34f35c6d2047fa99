//! A postback as the journal keeps it.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use traffoflex_conversion::dedupe_key;
use traffoflex_model::{
    Claim, ClaimKind, ClaimOutcome, ConversionClick, ConversionState, ConversionStatus, Currency,
    DuplicateMode, NetworkId, WorkspaceId, optional_decimal,
};
use traffoflex_wire::codec::{self, CodecError};
use xxhash_rust::xxh3::xxh3_128;

use super::{imported, postback_id::PostbackId};
use crate::outbox::postbacks::{ConversionKey, PostbackMark, Queue};

/// Kept as a record: fields are only added at the end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// When it happened, UTC milliseconds: when it came, or what an import says.
    pub received_at: i64,
    pub workspace_id: WorkspaceId,
    pub network_id: NetworkId,
    pub conversion_id: String,
    /// As the network gave it; empty without one.
    pub transaction_id: String,
    /// What stands for it in the conversion's identity.
    pub key_transaction: String,
    pub event_type: String,
    pub repeat: String,
    pub status: ConversionStatus,
    pub raw_status: String,
    #[serde(with = "optional_decimal")]
    pub payout: Option<Decimal>,
    pub currency: Currency,
    pub duplicates: DuplicateMode,
    pub click_id: String,
    pub raw_payload: String,
    /// How often its click was looked for in vain.
    pub attempts: u32,
    pub step: Step,
    /// Why it was set aside; empty in the journal.
    pub error: String,
    /// See [`imported`]; empty for what came from a network.
    pub import_key: String,
    /// The version that its claim made, while webhooks have not heard of it: what its source is told may be
    /// another word.
    pub untold: Option<Box<ConversionState>>,
    /// When it was set aside, UTC milliseconds; 0 in the journal.
    pub aside_at: i64,
    /// How often central said that its click is not there, and since when, UTC milliseconds.
    pub misses: u32,
    pub missed_since: i64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Step {
    Unclaimed,
    /// Claimed; its click, or calls about it, are still to come.
    Claimed(Box<Version>),
}

/// The version that a postback made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Version {
    pub outcome: ClaimOutcome,
    pub state: ConversionState,
    /// What its source is to hear of besides, see [`Claimed::untold`](traffoflex_model::Claimed::untold).
    #[serde(default)]
    pub earlier: Vec<ConversionState>,
}

/// What stands for a conversion in the outbox's tables.
pub fn conversion_key(conversion_id: &str) -> ConversionKey {
    xxh3_128(conversion_id.as_bytes())
}

impl Entry {
    pub fn decode(record: &[u8]) -> Result<Self, CodecError> {
        codec::decode_record_of_any_age(record, &mut Vec::new())
    }

    /// As a conversion of its own.
    pub fn counted(self, id: PostbackId) -> Self {
        let repeat = self.postback_id(id);
        let (workspace, network) = (&self.workspace_id, &self.network_id);
        let conversion_id =
            dedupe_key::conversion_id(workspace, network, &self.key_transaction, &self.event_type, &repeat);
        Self { conversion_id, repeat, ..self }
    }

    /// What it is called by everywhere but on this node, where it is `id`.
    pub fn postback_id(&self, id: PostbackId) -> String {
        if self.import_key.is_empty() { id.to_string() } else { imported::postback_id(&self.import_key) }
    }

    /// Puts it into the journal, or changes what that says of it.
    pub fn journal(&self, id: PostbackId, due_ms: i64) -> Result<PostbackMark, CodecError> {
        let queue = match self.step {
            Step::Unclaimed => Queue::Unclaimed,
            Step::Claimed(_) => Queue::Claimed,
        };
        let record = codec::encode_record(self)?;
        let conversion = conversion_key(&self.conversion_id);
        Ok(PostbackMark::Journal { id: id.0, queue, due_ms, conversion, record })
    }

    /// Out of the journal, for an operator.
    pub fn set_aside(mut self, id: PostbackId, error: &str, now_ms: i64) -> Result<PostbackMark, CodecError> {
        (self.error, self.aside_at) = (error.to_owned(), now_ms);
        Ok(PostbackMark::Aside { id: id.0, record: codec::encode_record(&self)? })
    }

    pub fn claim(&self, id: PostbackId, kind: ClaimKind, click: ConversionClick) -> Claim {
        let postback_id = self.postback_id(id);
        let claim_id = match kind {
            ClaimKind::Postback => postback_id,
            ClaimKind::Attribution => format!("{postback_id}{}", Claim::ATTRIBUTION_SUFFIX),
        };
        Claim {
            claim_id,
            kind,
            conversion_id: self.conversion_id.clone(),
            workspace_id: self.workspace_id.clone(),
            network_id: self.network_id.clone(),
            transaction_id: self.key_transaction.clone(),
            event_type: self.event_type.clone(),
            repeat: self.repeat.clone(),
            received_at: self.received_at,
            status: self.status,
            raw_status: self.raw_status.clone(),
            payout: self.payout,
            currency: self.currency,
            duplicates: self.duplicates,
            click,
            raw_payload: self.raw_payload.clone(),
        }
    }
}
