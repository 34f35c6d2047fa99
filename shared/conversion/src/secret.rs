//! Secrets that a postback proves itself with: kept as HMAC-SHA256 under a salt of their own, compared in
//! constant time. A secret is 32 random characters at best and a short word at worst, so whoever holds the
//! snapshot can guess short ones; nobody can read one.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use subtle::ConstantTimeEq;
use traffoflex_model::SecretHash;

pub const SALT_BYTES: usize = 16;
const HASH_BYTES: usize = 32;
/// Block of SHA-256: a shorter key is filled up with zeros (RFC 2104, section 2).
const BLOCK_BYTES: usize = 64;

/// What is kept of a secret. `salt` is random, and new for each secret. White space around does not count,
/// as in any value of a postback.
pub fn hash(secret: &str, salt: &[u8; SALT_BYTES]) -> SecretHash {
    SecretHash { salt: hex(salt), hash: hex(&mac(secret.trim(), salt)) }
}

/// A [`SecretHash`] ready to be compared with.
#[derive(Clone)]
pub struct CompiledSecret {
    salt: [u8; SALT_BYTES],
    hash: [u8; HASH_BYTES],
}

impl CompiledSecret {
    /// None when it is not what [`hash`] makes.
    pub fn compile(secret: &SecretHash) -> Option<Self> {
        Some(Self { salt: unhex(&secret.salt)?, hash: unhex(&secret.hash)? })
    }

    /// Takes the same time wherever they differ.
    pub fn is(&self, shown: &str) -> bool {
        mac(shown, &self.salt).ct_eq(&self.hash).into()
    }
}

fn mac(secret: &str, salt: &[u8; SALT_BYTES]) -> [u8; HASH_BYTES] {
    let mut block = [0; BLOCK_BYTES];
    block[..SALT_BYTES].copy_from_slice(salt);
    Hmac::<Sha256>::new(&block.into()).chain_update(secret.as_bytes()).finalize().into_bytes().into()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn unhex<const N: usize>(text: &str) -> Option<[u8; N]> {
    let mut bytes = [0; N];
    if text.len() != 2 * N || !text.bytes().all(|b| b.is_ascii_hexdigit()) {
        return None;
    }
    for (at, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(text.get(2 * at..2 * at + 2)?, 16).ok()?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_known_by_its_hash_alone() {
        let kept = hash(" pa55 ✓", &[7; 16]);
        assert_eq!((kept.salt.len(), kept.hash.len()), (32, 64));
        let compiled = CompiledSecret::compile(&kept).unwrap();
        assert!(compiled.is("pa55 ✓"));
        for wrong in ["", "pa55", "pa55 ✓ ", "PA55 ✓", "pa55 ✓\0"] {
            assert!(!compiled.is(wrong), "{wrong:?}");
        }
        assert_ne!(hash("x", &[1; 16]).hash, hash("x", &[2; 16]).hash);
    }

    /// RFC 4231 has no test with a key of 16 bytes; this is its case 1 with the key cut to 16 and computed
    /// by another implementation (Python's hmac).
    #[test]
    fn it_is_hmac_sha256() {
        let expected = "492ce020fe2534a5789dc3848806c78f4f6711397f08e7e7a12ca5a4483c8aa6";
        assert_eq!(hash("Hi There", &[0x0b; 16]).hash, expected);
    }

    #[test]
    fn a_damaged_hash_is_none() {
        let good = hash("x", &[1; 16]);
        for (salt, hash) in [("", &*good.hash), (&good.salt, "00"), ("zz".repeat(16).as_str(), &good.hash)] {
            let damaged = SecretHash { salt: salt.to_owned(), hash: hash.to_owned() };
            assert!(CompiledSecret::compile(&damaged).is_none());
        }
    }
}
