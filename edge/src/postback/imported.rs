//! Rows of imports by their keys, so that one that is sent again is the same postback again.
//!
//! Central gives a row the same key each time it is sent. The postback is called by it: a node that has not
//! seen it claims it under the same id, and central answers what it answered before. The node that took it
//! knows it, as long as it knows conversions, and takes it no second time.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use traffoflex_wire::outbound::MAX_IMPORT_KEY_BYTES;
use xxhash_rust::xxh3::xxh3_128;

use super::entry::Entry;
use crate::{clock::now_ms, outbox::postbacks::ConversionKey};

const PREFIX: &str = "import-";
const TICK: Duration = Duration::from_millis(1);
/// A clock that was set back is not waited for.
const MAX_TICKS: u32 = 3;

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

/// Central orders postbacks of the same millisecond by their ids, which say nothing of the order of rows: the
/// next row of a conversion comes in a later one.
pub async fn until_later(at_ms: i64) {
    for _ in 0..MAX_TICKS {
        if now_ms() > at_ms {
            return;
        }
        tokio::time::sleep(TICK).await;
    }
}
