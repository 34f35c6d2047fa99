//! What a postback says, whatever the network calls it.
//!
//! # Rules
//! - Of a field's names the first one with a value wins. A value that still holds a macro the network never
//!   filled in (`{payout}`) is no value: the next name is looked at, and the field is flagged. The secret is
//!   exempt: any text may be a secret.
//! - The payout is multiplied by the template's factor and rounded to what the warehouse keeps. No payout is
//!   not a payout of zero: what is known of the conversion then stays.
//! - The currency is the parameter's, else the one that stands beside the payout, else the template's.
//! - Event types are compared, kept and reported in lower case.
//! - A transaction id names the conversion; without one the click id does (see [`crate::dedupe_key`]);
//!   without both there is nothing to tell repeats by, and the postback is unusable.
//! - A required field must be in the postback itself; a template's default does not make up for it. The secret is
//!   no matter of reading: [`CompiledIntake::access`] asks for it, and an import has none.

use std::fmt::Write as _;

use rust_decimal::Decimal;
use traffoflex_model::{Claim, ClaimKind, ConversionClick, ConversionStatus, Currency, PostbackField};

use crate::{CompiledIntake, FieldError, RawFields, amount, dedupe_key};

/// Of a click id and of a transaction id.
pub const MAX_ID_BYTES: usize = 256;
pub const MAX_EVENT_TYPE_CHARS: usize = 64;
/// A longer word for a status is cut and flagged.
pub const MAX_STATUS_BYTES: usize = 128;
/// Among the flags when something was too long.
pub const CUT: &str = "truncated";

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Postback {
    /// As the network sent it, maybe empty.
    pub click_id: String,
    /// As the network sent it, maybe empty.
    pub transaction_id: String,
    /// The transaction id, or what stands for it.
    pub key_transaction: String,
    /// In lower case, maybe empty.
    pub event_type: String,
    pub status: ConversionStatus,
    /// The network's word, or the default one.
    pub raw_status: String,
    /// After the factor, of at most six decimal places. None: it names none.
    pub payout: Option<Decimal>,
    pub currency: Currency,
    /// Names of fields that held an unreplaced macro, and [`CUT`].
    pub flags: Vec<String>,
}

impl Postback {
    /// The conversion it speaks of; `repeat` as in [`dedupe_key::conversion_id`].
    pub fn conversion_id(&self, intake: &CompiledIntake, repeat: &str) -> String {
        let (workspace, network) = (&intake.workspace_id, &intake.network_id);
        dedupe_key::conversion_id(workspace, network, &self.key_transaction, &self.event_type, repeat)
    }

    /// What central is asked to let be so.
    pub fn claim(&self, intake: &CompiledIntake, arrival: Arrival<'_>, click: ConversionClick) -> Claim {
        Claim {
            claim_id: arrival.postback_id.to_owned(),
            kind: ClaimKind::Postback,
            conversion_id: self.conversion_id(intake, arrival.repeat),
            workspace_id: intake.workspace_id.clone(),
            network_id: intake.network_id.clone(),
            transaction_id: self.key_transaction.clone(),
            event_type: self.event_type.clone(),
            repeat: arrival.repeat.to_owned(),
            received_at: arrival.received_at_ms,
            status: self.status,
            raw_status: self.raw_status.clone(),
            payout: self.payout,
            currency: self.currency,
            duplicates: intake.duplicates,
            click,
            raw_payload: arrival.raw_payload.to_owned(),
        }
    }
}

/// What a claim says of a postback besides its words.
#[derive(Debug, Clone, Copy)]
pub struct Arrival<'a> {
    pub postback_id: &'a str,
    /// UTC milliseconds.
    pub received_at_ms: i64,
    /// As in [`Claim::repeat`].
    pub repeat: &'a str,
    pub raw_payload: &'a str,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Normalised {
    pub postback: Result<Postback, Vec<FieldError>>,
    /// A JSON object of all parameters, without the values of secrets.
    pub raw_payload: String,
    /// What could be read, for the log; empty when it could not.
    pub click_id: String,
    pub transaction_id: String,
}

pub fn normalise(fields: &RawFields, intake: &CompiledIntake) -> Normalised {
    let mut reader = Reader { fields, intake, errors: Vec::new(), flags: Vec::new() };
    let click_id = reader.id(PostbackField::ClickId);
    let transaction_id = reader.id(PostbackField::TransactionId);
    let postback = reader.postback(&click_id, &transaction_id);
    let Reader { errors, .. } = reader;
    Normalised {
        postback: if errors.is_empty() { Ok(postback) } else { Err(errors) },
        raw_payload: fields.payload(|name| intake.is_secret(name)),
        click_id,
        transaction_id,
    }
}

/// The values that the field may have, the first to be looked at first, with the names they came under.
pub(crate) fn candidates<'a>(
    fields: &'a RawFields,
    intake: &'a CompiledIntake,
    field: PostbackField,
) -> impl Iterator<Item = (&'a str, &'a str)> {
    let names = intake.names(field).iter();
    names.flat_map(move |name| fields.values(name).map(move |value| (name.as_str(), value)))
}

/// Whether it is a macro that the network never filled in. Besides the spellings of sources these are those
/// of networks: `#leadid#` and `[[[order_id]]]`.
pub(crate) fn is_unfilled(value: &str) -> bool {
    let inner = value.trim_start_matches('[').trim_end_matches(']');
    let is_bracketed = value.starts_with("[[") && value.ends_with("]]") && is_name(inner);
    let hashed = value.strip_prefix('#').and_then(|rest| rest.strip_suffix('#'));
    is_bracketed || hashed.is_some_and(is_name) || traffoflex_template::holds_macro(value)
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

struct Reader<'a> {
    fields: &'a RawFields,
    intake: &'a CompiledIntake,
    errors: Vec<FieldError>,
    flags: Vec<String>,
}

impl<'a> Reader<'a> {
    fn postback(&mut self, click_id: &str, transaction_id: &str) -> Postback {
        let (payout, currency) = self.money();
        let (status, raw_status) = self.status();
        let event_type = self.event_type();
        self.require();
        let key_transaction = match (transaction_id, click_id) {
            ("", "") => {
                self.refuse(PostbackField::TransactionId, "there must be a transaction id or a click id");
                String::new()
            }
            ("", click_id) => dedupe_key::transaction_of_click(click_id),
            (transaction_id, _) => transaction_id.to_owned(),
        };
        if self.fields.is_cut() {
            self.flags.push(CUT.to_owned());
        }
        self.flags.sort_unstable();
        self.flags.dedup();
        Postback {
            click_id: click_id.to_owned(),
            transaction_id: transaction_id.to_owned(),
            key_transaction,
            event_type,
            status,
            raw_status,
            payout,
            currency,
            flags: std::mem::take(&mut self.flags),
        }
    }

    /// The field's first value that is one.
    fn value(&mut self, field: PostbackField) -> Option<&'a str> {
        for (_, value) in candidates(self.fields, self.intake, field) {
            if !is_unfilled(value) {
                return Some(value);
            }
            self.flags.push(field.as_str().to_owned());
        }
        None
    }

    fn refuse(&mut self, field: PostbackField, error: impl Into<String>) {
        // One complaint a field: the first one is what is wrong with it.
        if !self.errors.iter().any(|known| known.field == field.as_str()) {
            self.errors.push(FieldError::new(field.as_str(), error));
        }
    }

    fn id(&mut self, field: PostbackField) -> String {
        let Some(id) = self.value(field) else { return String::new() };
        if id.len() > MAX_ID_BYTES {
            self.refuse(field, format!("is longer than {MAX_ID_BYTES} bytes"));
            return String::new();
        }
        if id.chars().any(char::is_control) {
            self.refuse(field, "holds control characters");
            return String::new();
        }
        id.to_owned()
    }

    fn money(&mut self) -> (Option<Decimal>, Currency) {
        let parsed = self.value(PostbackField::Payout).map(amount::parse);
        let (payout, beside) = match parsed {
            None => (None, None),
            Some(Ok(amount)) => (Some(amount.value), amount.currency),
            Some(Err(error)) => {
                self.refuse(PostbackField::Payout, error.to_string());
                (None, None)
            }
        };
        let payout = payout.and_then(|payout| match amount::scaled(payout, self.intake.payout_factor) {
            Ok(payout) => Some(payout),
            Err(error) => {
                self.refuse(PostbackField::Payout, error.to_string());
                None
            }
        });
        let fallback = beside.unwrap_or(self.intake.currency);
        let currency = match self.value(PostbackField::Currency) {
            None => fallback,
            Some(code) => amount::currency(code).unwrap_or_else(|| {
                self.refuse(PostbackField::Currency, "is not a currency of ISO 4217");
                fallback
            }),
        };
        (payout, currency)
    }

    fn status(&mut self) -> (ConversionStatus, String) {
        let word = self.value(PostbackField::Status).unwrap_or(&self.intake.default_status);
        let status = self.intake.statuses().status(word);
        let kept = &word[..word.floor_char_boundary(MAX_STATUS_BYTES)];
        if kept.len() < word.len() {
            self.flags.push(CUT.to_owned());
        }
        (status, kept.chars().filter(|c| !c.is_control()).collect())
    }

    fn event_type(&mut self) -> String {
        let field = PostbackField::EventType;
        let event_type = match self.value(field) {
            None => self.intake.default_event_type.clone(),
            Some(event_type) => event_type.to_lowercase(),
        };
        if event_type.chars().count() > MAX_EVENT_TYPE_CHARS {
            self.refuse(field, format!("is longer than {MAX_EVENT_TYPE_CHARS} characters"));
        } else if event_type.chars().any(char::is_control) {
            self.refuse(field, "holds control characters");
        }
        event_type
    }

    fn require(&mut self) {
        for field in self.intake.required.iter().filter(|field| **field != PostbackField::Secret) {
            if self.value(*field).is_none() {
                let mut error = "is required".to_owned();
                if self.flags.iter().any(|flag| flag == field.as_str()) {
                    let _ = write!(error, ", and holds a macro that was not filled in");
                }
                self.refuse(*field, error);
            }
        }
    }
}

#[cfg(test)]
mod tests;
