//! Which conversion a postback speaks of: (workspace, network, transaction id, event type).
//!
//! The conversion's id is a hash of these, so that nodes which cannot ask anybody give the same
//! conversion the same id. Event types are compared in lower case. A postback without a transaction id
//! speaks of its click's one conversion of that event type: `click:` and the click id stand in for it.

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};

/// Bytes of the hash that are kept: two conversions in 2^64 would share an id.
const ID_BYTES: usize = 16;
/// Stands before a click id in place of a transaction id.
pub const CLICK_PREFIX: &str = "click:";

/// The transaction id of a postback that brings none.
pub fn transaction_of_click(click_id: &str) -> String {
    format!("{CLICK_PREFIX}{click_id}")
}

/// 22 URL-safe characters. `repeat` is empty, or for a repeat that counts of its own its postback's id.
pub fn conversion_id(
    workspace: &str,
    network: &str,
    transaction_id: &str,
    event_type: &str,
    repeat: &str,
) -> String {
    let event_type = event_type.to_lowercase();
    let mut hash = Sha256::new();
    for part in [workspace, network, transaction_id, &event_type, repeat] {
        // With lengths, or parts could be moved from one to the next.
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part.as_bytes());
    }
    BASE64_URL_SAFE_NO_PAD.encode(&hash.finalize()[..ID_BYTES])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_do_not_run_into_each_other_and_event_types_ignore_case() {
        let id = |t: &str, e: &str| conversion_id("w", "n", t, e, "");
        assert_eq!(id("t", "Deposit"), id("t", "deposit"));
        assert_ne!(id("ab", "c"), id("a", "bc"));
        assert_ne!(id("t", "x"), conversion_id("w", "n", "t", "x", "p1"));
        assert_ne!(id(&transaction_of_click("c"), ""), id("c", ""));
        assert_eq!(id("t", "").len(), 22);
    }
}
