//! Click ids: 32 URL-safe characters that say when and where a click was taken and prove that one of
//! our nodes minted them.
//!
//! ```text
//! 24 bytes, base64url without padding:
//! created_at_ms 48 bit be | node tag 32 bit be | sequence 32 bit be | MAC 80 bit
//! ```
//! The MAC is SipHash-2-4 with 128 bits of output (a keyed pseudorandom function; Aumasson and
//! Bernstein, 2012), cut to 80: forging one takes 2^79 tries on average, each of them a request.

use std::fmt;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use siphasher::sip128::SipHasher24;
use traffoflex_model::{NodeId, NodeSettings};
use xxhash_rust::xxh3::xxh3_64;

/// Characters of a click id.
pub const LEN: usize = 32;
const BODY_BYTES: usize = 14;
const MAC_BYTES: usize = 10;
/// Bytes of a click id before it is text; the first six are its time, the highest first.
pub const RAW_BYTES: usize = BODY_BYTES + MAC_BYTES;
const MAX_TIME_MS: i64 = (1 << 48) - 1;

/// Held inline; a clone is a copy.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct ClickId([u8; LEN]);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClickIdParts {
    pub created_at_ms: i64,
    pub node_tag: u32,
    pub sequence: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ClickIdError {
    #[error("a click id is {LEN} characters of A-Z, a-z, 0-9, '-' and '_'")]
    Malformed,
    #[error("the click id was not minted by this installation")]
    Forged,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyringError {
    #[error("there is no click id key")]
    Empty,
}

/// Mints with the first key, accepts any of them.
pub struct ClickIdKeyring(Box<[SipHasher24]>);

/// The part of a click id that tells nodes apart.
pub fn node_tag(node_id: &NodeId) -> u32 {
    xxh3_64(node_id.as_str().as_bytes()) as u32
}

impl ClickIdKeyring {
    pub fn new(settings: &NodeSettings) -> Result<Self, KeyringError> {
        if settings.click_id_keys.is_empty() {
            return Err(KeyringError::Empty);
        }
        Ok(Self(settings.click_id_keys.iter().map(|key| SipHasher24::new_with_key(&key.key)).collect()))
    }

    /// Unique while no node mints more than 2^32 ids in one millisecond.
    pub fn mint(&self, created_at_ms: i64, node_tag: u32, sequence: u32) -> ClickId {
        let time = created_at_ms.clamp(0, MAX_TIME_MS) as u64;
        let mut raw = [0; RAW_BYTES];
        raw[..6].copy_from_slice(&time.to_be_bytes()[2..]);
        raw[6..10].copy_from_slice(&node_tag.to_be_bytes());
        raw[10..14].copy_from_slice(&sequence.to_be_bytes());
        let mac = mac(&self.0[0], &raw[..BODY_BYTES]);
        raw[BODY_BYTES..].copy_from_slice(&mac);
        let mut text = [0; LEN];
        // 24 bytes fill 32 characters exactly.
        let written = URL_SAFE_NO_PAD.encode_slice(raw, &mut text);
        debug_assert_eq!(written, Ok(LEN));
        ClickId(text)
    }

    /// A MAC over other text than a click id, by the first key; `purpose` keeps the uses apart. 14 characters.
    pub fn mac_of(&self, purpose: &str, text: &str) -> String {
        URL_SAFE_NO_PAD.encode(mac(&self.0[0], purposed(purpose, text).as_bytes()))
    }

    /// Whether it is what [`Self::mac_of`] said of the text, by any key.
    pub fn is_mac_of(&self, purpose: &str, text: &str, shown: &str) -> bool {
        let mut raw = [0; MAC_BYTES];
        let body = purposed(purpose, text);
        matches!(URL_SAFE_NO_PAD.decode_slice(shown, &mut raw), Ok(MAC_BYTES))
            && self.knows(body.as_bytes(), &raw)
    }

    /// Whether any key gives this MAC.
    fn knows(&self, body: &[u8], shown: &[u8]) -> bool {
        self.0.iter().fold(false, |known, key| {
            let differing = mac(key, body).iter().zip(shown).fold(0, |bits, (a, b)| bits | (a ^ b));
            known | (std::hint::black_box(differing) == 0)
        })
    }

    pub fn verify(&self, text: &str) -> Result<ClickIdParts, ClickIdError> {
        let raw = raw(text)?;
        let (body, shown) = raw.split_at(BODY_BYTES);
        if !self.knows(body, shown) {
            return Err(ClickIdError::Forged);
        }
        let be = |bytes: &[u8]| bytes.iter().fold(0_u64, |n, byte| n << 8 | u64::from(*byte));
        Ok(ClickIdParts {
            created_at_ms: be(&body[..6]) as i64,
            node_tag: be(&body[6..10]) as u32,
            sequence: be(&body[10..14]) as u32,
        })
    }
}

/// The bytes of a click id, whoever minted it.
pub fn raw(text: &str) -> Result<[u8; RAW_BYTES], ClickIdError> {
    let mut raw = [0; RAW_BYTES];
    match URL_SAFE_NO_PAD.decode_slice(text, &mut raw) {
        Ok(RAW_BYTES) if text.len() == LEN => Ok(raw),
        _ => Err(ClickIdError::Malformed),
    }
}

/// Longer than a click id's body, and never the same as another purpose's.
fn purposed(purpose: &str, text: &str) -> String {
    format!("{purpose}\0{text}")
}

fn mac(key: &SipHasher24, body: &[u8]) -> [u8; MAC_BYTES] {
    let whole = key.hash(body).as_bytes();
    let mut cut = [0; MAC_BYTES];
    cut.copy_from_slice(&whole[..MAC_BYTES]);
    cut
}

impl ClickId {
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl fmt::Display for ClickId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for ClickId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use traffoflex_model::ClickIdKey;

    use super::*;

    fn keyring(keys: &[u8]) -> ClickIdKeyring {
        let click_id_keys = keys.iter().map(|k| ClickIdKey { key: [*k; 16] }).collect();
        ClickIdKeyring::new(&NodeSettings { click_id_keys, ip_hash_key: [0; 16], link_keys: Vec::new() })
            .unwrap()
    }

    #[test]
    fn old_keys_still_verify_and_foreign_ones_do_not() {
        let id = keyring(&[1]).mint(1_763_708_066_123, 7, 9);
        assert_eq!(id.as_str().len(), LEN);
        let parts = ClickIdParts { created_at_ms: 1_763_708_066_123, node_tag: 7, sequence: 9 };
        assert_eq!(keyring(&[2, 1]).verify(id.as_str()), Ok(parts));
        assert_eq!(keyring(&[2]).verify(id.as_str()), Err(ClickIdError::Forged));
    }

    proptest! {
        #[test]
        fn every_changed_character_is_noticed(time in 0..MAX_TIME_MS, tag: u32, seq: u32, at in 0..LEN, to in "[A-Za-z0-9_-]") {
            let ring = keyring(&[3]);
            let id = ring.mint(time, tag, seq);
            prop_assert_eq!(ring.verify(id.as_str()), Ok(ClickIdParts { created_at_ms: time, node_tag: tag, sequence: seq }));
            let mut changed = id.as_str().to_owned();
            changed.replace_range(at..=at, &to);
            prop_assume!(changed != id.as_str());
            prop_assert_eq!(ring.verify(&changed), Err(ClickIdError::Forged));
        }

        #[test]
        fn no_text_makes_it_panic(text in "\\PC{0,40}") {
            prop_assert!(keyring(&[1]).verify(&text).is_err());
        }
    }
}
