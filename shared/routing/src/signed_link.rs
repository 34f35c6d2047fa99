//! Signed links: `/r/{token}`. A token names a campaign and what of a click is settled beforehand, and
//! proves that central said so. Who holds it reads its contents (nothing in it is secret) and changes none.
//!
//! ```text
//! base64url without padding of:
//! version u8 = 1 | key id u32 be | fields | MAC 16 bytes
//! field: tag u8 | length u8 | value, in ascending order of the tags, each at most once
//!   1 campaign's public id   2 stream id   3 destination id
//!   4 expires at, UTC ms, i64 be   5 nonce, 16 bytes   16 + n: sub n, 1 to 10
//! ```
//! The MAC is HMAC-SHA256 over everything before it, cut to 128 bits (RFC 2104, section 5: half the
//! output): a forgery takes 2^127 tries on average, each of them a request, and the link is 22
//! characters shorter. The key id lets a new key sign while links of the old ones still hold.
//!
//! A link with a nonce is good for one click, and has an expiry: whoever remembers nonces may forget
//! one once its link has expired. Which of them were used is the caller's to know.

mod fields;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use traffoflex_model::LinkKey;

/// Longest token, in characters.
pub const MAX_TOKEN_LEN: usize = 1024;
/// Longest value of a field, in bytes.
pub const MAX_VALUE_BYTES: usize = u8::MAX as usize;
pub const NONCE_BYTES: usize = 16;
pub const SUBS: usize = 10;

const VERSION: u8 = 1;
const MAC_BYTES: usize = 16;
const HEAD_BYTES: usize = 1 + 4;
const MAX_RAW_BYTES: usize = MAX_TOKEN_LEN / 4 * 3;

/// What a token says. Empty text: not said.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Link {
    /// The campaign's public id.
    pub campaign: String,
    pub stream_id: String,
    pub destination_id: String,
    /// `sub1` to `sub10`.
    pub subs: [String; SUBS],
    /// UTC milliseconds; the first moment at which it does not hold any more.
    pub expires_at_ms: Option<i64>,
    /// Of a link for one click.
    pub nonce: Option<[u8; NONCE_BYTES]>,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MintError {
    #[error("a link names a campaign")]
    NoCampaign,
    #[error("a link for one click has an expiry")]
    NoExpiry,
    #[error("a value in a link has at most {MAX_VALUE_BYTES} bytes")]
    ValueTooLong,
    #[error("the link would be longer than {MAX_TOKEN_LEN} characters")]
    TooLong,
}

/// Why a link does not hold. What it claims of itself may be anybody's invention, unless it expired.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LinkError {
    #[error("this is no link of ours")]
    Malformed,
    #[error("it names a key that there is not, or not any more")]
    UnknownKey { claimed: Box<Link> },
    #[error("its signature is wrong")]
    BadMac { claimed: Box<Link> },
    #[error("it has expired")]
    Expired { link: Box<Link> },
}

pub fn mint(link: &Link, key: &LinkKey) -> Result<String, MintError> {
    let mut raw = Vec::with_capacity(128);
    raw.push(VERSION);
    raw.extend_from_slice(&key.id.to_be_bytes());
    fields::write(link, &mut raw)?;
    if raw.len() + MAC_BYTES > MAX_RAW_BYTES {
        return Err(MintError::TooLong);
    }
    let mac = mac(key, &raw).finalize().into_bytes();
    raw.extend_from_slice(&mac[..MAC_BYTES]);
    Ok(URL_SAFE_NO_PAD.encode(raw))
}

/// What the token says, if one of the keys signed it and it has not expired.
pub fn verify(token: &str, keys: &[LinkKey], now_ms: i64) -> Result<Link, LinkError> {
    if token.len() > MAX_TOKEN_LEN {
        return Err(LinkError::Malformed);
    }
    let raw = URL_SAFE_NO_PAD.decode(token).map_err(|_| LinkError::Malformed)?;
    let signed_bytes = raw.len().checked_sub(MAC_BYTES).filter(|bytes| *bytes > HEAD_BYTES);
    let (signed, shown) = raw.split_at(signed_bytes.ok_or(LinkError::Malformed)?);
    let (head, body) = signed.split_at(HEAD_BYTES);
    if head[0] != VERSION {
        return Err(LinkError::Malformed);
    }
    let link = fields::read(body).ok_or(LinkError::Malformed)?;
    let id = head[1..].iter().fold(0, |id, byte| id << 8 | u32::from(*byte));
    let Some(key) = keys.iter().find(|key| key.id == id) else {
        return Err(LinkError::UnknownKey { claimed: Box::new(link) });
    };
    // In constant time.
    if mac(key, signed).verify_truncated_left(shown).is_err() {
        return Err(LinkError::BadMac { claimed: Box::new(link) });
    }
    match link.expires_at_ms {
        Some(at_ms) if at_ms <= now_ms => Err(LinkError::Expired { link: Box::new(link) }),
        _ => Ok(link),
    }
}

fn mac(key: &LinkKey, bytes: &[u8]) -> Hmac<Sha256> {
    // A key of its block size or less is taken as it is.
    let mut block = [0; 64];
    block[..key.key.len()].copy_from_slice(&key.key);
    Hmac::<Sha256>::new(&block.into()).chain_update(bytes)
}

#[cfg(test)]
mod tests;
