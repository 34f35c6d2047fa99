//! Codes of six digits that prove an address.
//!
//! An address has at most one code, as one document of `otp_codes`: a keyed hash over address and code
//! (HMAC-SHA256, the key derived from `AUTH_JWT_SECRET`, so that a rotation ends the codes under way). There is no
//! other code while one is valid, nor within `AUTH_OTP_RATE_LIMIT_MINUTES` of it. A code lives for
//! `AUTH_OTP_TTL_SECONDS` and [`MAX_ATTEMPTS`] attempts; each attempt is counted before it is compared, so that
//! attempts at once are no more. The right one deletes the document: whoever deletes it has proved the address,
//! and nobody else can with the same code.
//!
//! Wrong attempts are remembered beyond their code, until a right one or [`REMEMBERED_MS`]. Every [`MAX_ATTEMPTS`]
//! of them double the wait for another code, from the life of one up to [`MAX_WAIT_MS`]: who goes on guessing has
//! five attempts in six hours, 1 in 130 a year. Whoever guesses at an address keeps its owner from signing in for
//! as long; sessions that are there stay.
//!
//! Everybody can ask for a code, whether the address is known or not, and hears the same.

use hmac::{Hmac, Mac};
use mongodb::{
    Collection, IndexModel,
    bson::{Binary, DateTime, doc, spec::BinarySubtype},
    error::{Error, ErrorKind, Result},
    options::{IndexOptions, ReturnDocument},
};
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use subtle::ConstantTimeEq;

use crate::catalog::{Catalog, duplicate_field, installation::random_bytes};

const COLLECTION: &str = "otp_codes";
pub const DIGITS: usize = 6;
pub const MAX_ATTEMPTS: i32 = 5;
/// Longest wait for another code.
const MAX_WAIT_MS: i64 = 6 * 3600 * 1000;
/// Wrong attempts, after the last of them.
const REMEMBERED_MS: i64 = 7 * 24 * 3600 * 1000;
/// An index of an earlier version, which forgot wrong attempts with their code.
const FORMER_INDEX: &str = "blocked_until_1";
/// A request meets the end of the code before at most this often.
const ISSUE_ATTEMPTS: usize = 5;

/// Of an address.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Document {
    /// The address.
    _id: String,
    hash: Binary,
    issued_at: DateTime,
    expires_at: DateTime,
    /// Earliest time of the next one.
    blocked_until: DateTime,
    /// At this code.
    attempts: i32,
    /// Since the last right attempt, over all codes.
    #[serde(default)]
    failures: i32,
    /// MongoDB removes it then.
    forget_at: DateTime,
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
    match codes(catalog).drop_index(FORMER_INDEX).await {
        // There was none.
        Err(error) if matches!(&*error.kind, ErrorKind::Command(_)) => {}
        other => other?,
    }
    let options = IndexOptions::builder().expire_after(std::time::Duration::ZERO).build();
    let index = IndexModel::builder().keys(doc! { "forget_at": 1 }).options(options).build();
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
                "issued_at": now,
                "expires_at": expires_at,
                "blocked_until": blocked_until,
                "attempts": 0,
            };
            let update = doc! {
                "$set": fresh,
                "$setOnInsert": { "failures": 0 },
                "$max": { "forget_at": blocked_until },
            };
            match codes(catalog).update_one(free, update).upsert(true).await {
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

    /// Ends a code that did not reach anybody: there may be another one at once.
    pub async fn withdraw(&self, catalog: &Catalog, email: &str, code: &str) -> Result<()> {
        let this = doc! { "_id": email, "hash": self.hash(email, code) };
        let now = DateTime::now();
        let ended = doc! { "$set": { "expires_at": now, "blocked_until": now } };
        codes(catalog).update_one(this, ended).await.map(drop)
    }

    /// Whether this is the address's code. True once.
    pub async fn verify(&self, catalog: &Catalog, email: &str, code: &str) -> Result<bool> {
        let codes = codes(catalog);
        let now = DateTime::now();
        let alive = doc! { "_id": email, "attempts": { "$lt": MAX_ATTEMPTS }, "expires_at": { "$gt": now } };
        let counted = codes
            .find_one_and_update(alive, doc! { "$inc": { "attempts": 1, "failures": 1 } })
            .return_document(ReturnDocument::After)
            .await?;
        let Some(Document { hash, issued_at, failures, .. }) = counted else { return Ok(false) };
        let this = doc! { "_id": email, "hash": &hash };
        if bool::from(hash.bytes.ct_eq(&self.hash(email, code).bytes)) {
            return Ok(codes.delete_one(this).await?.deleted_count > 0);
        }
        let after = |from: DateTime, ms: i64| DateTime::from_millis(from.timestamp_millis() + ms);
        let longer = doc! {
            "blocked_until": after(issued_at, self.wait_ms(failures)),
            "forget_at": after(now, REMEMBERED_MS),
        };
        codes.update_one(this, doc! { "$max": longer }).await?;
        Ok(false)
    }

    /// From one code to the next, after so many wrong attempts.
    fn wait_ms(&self, failures: i32) -> i64 {
        match failures / MAX_ATTEMPTS {
            0 => 0,
            // What overflows is beyond the longest wait.
            dead => {
                let doubled = 1_i64.checked_shl(dead as u32 - 1).and_then(|by| self.ttl_ms.checked_mul(by));
                doubled.filter(|ms| *ms > 0).unwrap_or(MAX_WAIT_MS).min(MAX_WAIT_MS.max(self.ttl_ms))
            }
        }
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
    fn every_five_wrong_attempts_double_the_wait() {
        let otp = Otp::new("a", 600_000, 60_000);
        let minutes = |failures| otp.wait_ms(failures) / 60_000;
        assert_eq!([0, 4, 5, 9, 10, 15, 20].map(minutes), [0, 0, 10, 10, 20, 40, 80]);
        for failures in [35, 5 * 40, 5 * 63, 5 * 64, 5 * 65, i32::MAX] {
            assert_eq!(otp.wait_ms(failures), MAX_WAIT_MS, "{failures}");
        }
    }

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
