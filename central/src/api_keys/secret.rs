//! What an API key looks like, and what is kept of it: `tfx_<id>_<random>`, of which only a keyed hash is
//! stored. The random part has 256 bits, so that no guess and no fast hash matters.

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use hmac::{Hmac, Mac};
use sha2::Sha256;
use ulid::Ulid;

use crate::catalog::installation::random_bytes;

/// So that scanners of code and logs recognise a key.
const PREFIX: &str = "tfx_";
const RANDOM_BYTES: usize = 32;
/// Of a ULID, in characters.
const ID_LEN: usize = 26;

pub struct Minted {
    pub id: String,
    /// All of it, to be shown once.
    pub secret: String,
}

pub fn mint() -> std::io::Result<Minted> {
    let id = Ulid::generate().to_string();
    let random = BASE64_URL_SAFE_NO_PAD.encode(random_bytes::<RANDOM_BYTES>()?);
    let secret = format!("{PREFIX}{id}_{random}");
    Ok(Minted { id, secret })
}

/// Whether it is an API key, valid or not, rather than another kind of token.
pub fn is_key(shown: &str) -> bool {
    shown.starts_with(PREFIX)
}

/// The id that a key names.
pub fn id_of(shown: &str) -> Option<&str> {
    let (id, random) = shown.strip_prefix(PREFIX)?.split_once('_')?;
    let well_formed = id.len() == ID_LEN && id.bytes().all(|b| b.is_ascii_alphanumeric());
    (well_formed && !random.is_empty()).then_some(id)
}

/// The key of the hashes.
#[derive(Clone)]
pub struct HashKey(pub [u8; 32]);

impl HashKey {
    fn mac(&self, secret: &str) -> Hmac<Sha256> {
        // HMAC takes a key of any length.
        #[expect(clippy::expect_used, reason = "HMAC takes a key of any length")]
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.0).expect("a key of any length");
        mac.update(secret.as_bytes());
        mac
    }

    pub fn hash(&self, secret: &str) -> Vec<u8> {
        self.mac(secret).finalize().into_bytes().to_vec()
    }

    /// In constant time.
    pub fn matches(&self, shown: &str, hash: &[u8]) -> bool {
        self.mac(shown).verify_slice(hash).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_names_its_id_and_matches_its_own_hash_alone() {
        let (a, b) = (mint().unwrap(), mint().unwrap());
        assert!(is_key(&a.secret) && id_of(&a.secret) == Some(&*a.id));
        let key = HashKey([7; 32]);
        let hash = key.hash(&a.secret);
        assert!(key.matches(&a.secret, &hash));
        assert!(!key.matches(&b.secret, &hash));
        assert!(!key.matches(&a.secret[..a.secret.len() - 1], &hash));
        assert!(!HashKey([8; 32]).matches(&a.secret, &hash));
    }

    #[test]
    fn what_is_no_key_has_no_id() {
        for bad in
            ["", "tfx_", "tfx_x_y", "tfx_01ARZ3NDEKTSV4RRFFQ69G5FAV", "tfx_01ARZ3NDEKTSV4RRFFQ69G5FAV_"]
        {
            assert_eq!(id_of(bad), None, "{bad}");
        }
        assert!(!is_key("eyJhbGciOiJIUzI1NiJ9.e30.x"));
    }
}
