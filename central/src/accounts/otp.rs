//! Codes of six digits that prove an address.
//!
//! An address has at most one code, as one document of `otp_codes`: a keyed hash over address and code
//! (HMAC-SHA256, the key derived from `AUTH_JWT_SECRET`, so that a rotation ends the codes under way). There is no
//! other code while one is valid, nor within `AUTH_OTP_RATE_LIMIT_MINUTES` of it. A code lives for
//! `AUTH_OTP_TTL_SECONDS` and [`MAX_ATTEMPTS`] attempts; each attempt is counted before it is compared, so that
//! attempts at once are no more. The right one deletes the document: whoever deletes it has proved the address,
//! and nobody else can with the same code.
//!
//! Everybody can ask for a code, whether the address is known or not, and hears the same.

use hmac::{Hmac, Mac};
use mongodb::{
    Collection, IndexModel,
    bson::{Binary, DateTime, doc, spec::BinarySubtype},
    error::{Error, Result},
    options::{IndexOptions, ReturnDocument},
};
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use subtle::ConstantTimeEq;

use crate::catalog::{Catalog, duplicate_field, installation::random_bytes};

const COLLECTION: &str = "otp_codes";
pub const DIGITS: usize = 6;
pub const MAX_ATTEMPTS: i32 = 5;
/// A request meets the end of the code before at most this often.
const ISSUE_ATTEMPTS: usize = 5;

/// Of an address.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Document {
    /// The address.
    _id: String,
    hash: Binary,
    expires_at: DateTime,
    /// Earliest time of the next one even when this one is dead.
    next_at: DateTime,
    /// Earliest time of the next one.
    blocked_until: DateTime,
    attempts: i32,
}

/// The code of an address.
pub struct Issued {
    /// None: there was one already, and nothing is to be sent.
    pub code: Option<String>,
    pub expires_at: DateTime,
    /// When another one may be asked for.
    pub next_request_at: DateTime,
}

pub struct Otp {
    key: Hmac<Sha256>,
    ttl_ms: i64,
    rate_limit_ms: i64,
}

pub async fn migrate(catalog: &Catalog) -> Result<()> {
    // Whoever may ask for another code needs no memory of this one.
    let options = IndexOptions::builder().expire_after(std::time::Duration::ZERO).build();
    let index = IndexModel::builder().keys(doc! { "blocked_until": 1 }).options(options).build();
    codes(catalog).create_index(index).await.map(drop)
}

fn codes(catalog: &Catalog) -> Collection<Document> {
    catalog.database().collection(COLLECTION)
}

impl Otp {
    pub fn new(secret: &str, ttl_ms: i64, rate_limit_ms: i64) -> Self {
        let derived = keyed(secret.as_bytes()).chain_update("one-time codes").finalize().into_bytes();
        Self { key: keyed(&derived), ttl_ms, rate_limit_ms }
    }

    /// A new code for the address, unless it has one, or had one too shortly before.
    pub async fn issue(&self, catalog: &Catalog, email: &str) -> Result<Issued> {
        for _ in 0..ISSUE_ATTEMPTS {
            let code = new_code()?;
            let now = DateTime::now();
            let after = |ms: i64| DateTime::from_millis(now.timestamp_millis() + ms);
            let (expires_at, next_at) = (after(self.ttl_ms), after(self.rate_limit_ms));
            let blocked_until = expires_at.max(next_at);
            let free = doc! { "_id": email, "blocked_until": { "$lte": now } };
            let fresh = doc! {
                "hash": self.hash(email, &code),
                "expires_at": expires_at,
                "next_at": next_at,
                "blocked_until": blocked_until,
                "attempts": 0,
            };
            match codes(catalog).update_one(free, doc! { "$set": fresh }).upsert(true).await {
                Ok(_) => return Ok(Issued { code: Some(code), expires_at, next_request_at: blocked_until }),
                // There is one that is not free: the upsert tried to make a second.
                Err(error) if duplicate_field(&error).is_some() => {}
                Err(error) => return Err(error),
            }
            if let Some(Document { expires_at, blocked_until, .. }) =
                codes(catalog).find_one(doc! { "_id": email }).await?
            {
                return Ok(Issued { code: None, expires_at, next_request_at: blocked_until });
            }
        }
        Err(Error::custom("codes of an address come and go"))
    }

    /// Forgets a code that did not reach anybody.
    pub async fn withdraw(&self, catalog: &Catalog, email: &str, code: &str) -> Result<()> {
        let this = doc! { "_id": email, "hash": self.hash(email, code) };
        codes(catalog).delete_one(this).await.map(drop)
    }

    /// Whether this is the address's code. True once.
    pub async fn verify(&self, catalog: &Catalog, email: &str, code: &str) -> Result<bool> {
        let codes = codes(catalog);
        let alive = doc! { "_id": email, "attempts": { "$lt": MAX_ATTEMPTS }, "expires_at": { "$gt": DateTime::now() } };
        let counted = codes
            .find_one_and_update(alive, doc! { "$inc": { "attempts": 1 } })
            .return_document(ReturnDocument::After)
            .await?;
        let Some(Document { hash, next_at, attempts, .. }) = counted else { return Ok(false) };
        let this = doc! { "_id": email, "hash": &hash };
        if bool::from(hash.bytes.ct_eq(&self.hash(email, code).bytes)) {
            return Ok(codes.delete_one(this).await?.deleted_count > 0);
        }
        if attempts >= MAX_ATTEMPTS {
            // Dead: its owner need not wait for its end.
            codes.update_one(this, doc! { "$set": { "blocked_until": next_at } }).await?;
        }
        Ok(false)
    }

    fn hash(&self, email: &str, code: &str) -> Binary {
        let mac = self.key.clone().chain_update(email).chain_update([0]).chain_update(code);
        Binary { subtype: BinarySubtype::Generic, bytes: mac.finalize().into_bytes().to_vec() }
    }
}

fn keyed(key: &[u8]) -> Hmac<Sha256> {
    #[expect(clippy::expect_used, reason = "HMAC takes a key of any length")]
    Hmac::new_from_slice(key).expect("a key of any length")
}

/// Of 64 random bits: that some codes are likelier by 10^-13 helps nobody.
fn new_code() -> Result<String> {
    let random = u64::from_le_bytes(random_bytes().map_err(Error::custom)?);
    Ok(format!("{:06}", random % 1_000_000))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_is_of_address_code_and_secret() {
        let otp = |secret| Otp::new(secret, 1, 1);
        let base = otp("a").hash("ann@example.com", "123456");
        assert_eq!(base, otp("a").hash("ann@example.com", "123456"));
        assert_ne!(base, otp("b").hash("ann@example.com", "123456"));
        assert_ne!(base, otp("a").hash("bob@example.com", "123456"));
        assert_ne!(base, otp("a").hash("ann@example.com", "123457"));
    }

    #[test]
    fn codes_are_six_digits_and_differ() {
        let made: std::collections::BTreeSet<String> = (0..200).map(|_| new_code().unwrap()).collect();
        assert!(made.iter().all(|code| code.len() == DIGITS && code.bytes().all(|b| b.is_ascii_digit())));
        assert!(made.len() > 190, "{}", made.len());
    }
}
