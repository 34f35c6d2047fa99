//! Rows of imports by their keys, so that one that is sent again is the same postback again.
//!
//! Central gives a row the same key each time it is sent. The postback is called by it: a node that has not
//! seen it claims it under the same id, and central answers what it answered before. The node that took it
//! knows it, as long as it knows conversions, and takes it no second time.

use serde::{Deserialize, Serialize};
use traffoflex_wire::outbound::MAX_IMPORT_KEY_BYTES;
use xxhash_rust::xxh3::xxh3_128;

use super::entry::Entry;
use crate::outbox::postbacks::ConversionKey;

const PREFIX: &str = "import-";

/// A row that was taken. Kept as a record: fields are only added at the end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Imported {
    /// When it happened, or when it came for the first time. UTC milliseconds.
    pub received_at: i64,
    pub conversion_id: String,
}

impl Imported {
    pub fn of(entry: &Entry) -> Self {
        Self { received_at: entry.received_at, conversion_id: entry.conversion_id.clone() }
    }
}

pub fn is_key(text: &str) -> bool {
    text.len() <= MAX_IMPORT_KEY_BYTES && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

/// What a row's postback is called. No ULID begins so.
pub fn postback_id(key: &str) -> String {
    format!("{PREFIX}{key}")
}

/// What stands for the row among the conversions that a node knows. No conversion's id has a colon.
pub fn table_key(key: &str) -> ConversionKey {
    xxh3_128(format!("import:{key}").as_bytes())
}
