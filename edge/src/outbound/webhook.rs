//! Standard Webhooks: what lets a receiver know who speaks, and that nobody changed or repeats it.
//!
//! `webhook-signature` is `v1,` and the base64 of HMAC-SHA256 over `{id}.{timestamp}.{body}`, made anew at
//! each attempt, since receivers refuse an old timestamp.

use base64::{Engine, prelude::BASE64_STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use http::{HeaderMap, HeaderValue, header::InvalidHeaderValue};
use sha2::Sha256;

const SECRET_PREFIX: &str = "whsec_";

#[derive(Debug, thiserror::Error)]
pub enum SignError {
    #[error("the webhook's secret is not base64")]
    Secret,
    #[error("the webhook's secret is no key")]
    Key,
    #[error("the key of the call is no header value")]
    Id(#[from] InvalidHeaderValue),
}

/// `webhook-id`, `webhook-timestamp` and `webhook-signature`.
pub fn headers(secret: &str, id: &str, timestamp_s: i64, body: &str) -> Result<HeaderMap, SignError> {
    let signature = sign(secret, id, timestamp_s, body)?;
    let mut headers = HeaderMap::with_capacity(3);
    headers.insert("webhook-id", HeaderValue::from_str(id)?);
    headers.insert("webhook-timestamp", HeaderValue::from(timestamp_s));
    headers.insert("webhook-signature", HeaderValue::from_str(&signature)?);
    Ok(headers)
}

/// `secret` with or without its prefix.
pub fn sign(secret: &str, id: &str, timestamp_s: i64, body: &str) -> Result<String, SignError> {
    let secret = secret.strip_prefix(SECRET_PREFIX).unwrap_or(secret);
    let key = BASE64_STANDARD.decode(secret).map_err(|_| SignError::Secret)?;
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).map_err(|_| SignError::Key)?;
    mac.update(format!("{id}.{timestamp_s}.").as_bytes());
    mac.update(body.as_bytes());
    Ok(format!("v1,{}", BASE64_STANDARD.encode(mac.finalize().into_bytes())))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

    /// The vector that the libraries of the Standard Webhooks project are tested with.
    #[test]
    fn the_published_vector_is_met() {
        let (id, at_s) = ("msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330);
        let body = r#"{"test": 2432232314}"#;
        let expected = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
        assert_eq!(sign(SECRET, id, at_s, body).unwrap(), expected);
        let headers = headers(SECRET, id, at_s, body).unwrap();
        assert_eq!(headers["webhook-id"], id);
        assert_eq!(headers["webhook-timestamp"], "1614265330");
        assert_eq!(headers["webhook-signature"], expected);
    }

    #[test]
    fn every_part_is_signed() {
        let of = |id: &str, at_s: i64, body: &str| sign(SECRET, id, at_s, body).unwrap();
        let signed = of("a", 1, "b");
        for other in [of("c", 1, "b"), of("a", 2, "b"), of("a", 1, "c")] {
            assert_ne!(signed, other);
        }
        assert!(matches!(sign("whsec_not base64", "a", 1, ""), Err(SignError::Secret)));
        assert!(matches!(headers(SECRET, "a\nb", 1, ""), Err(SignError::Id(_))));
    }
}
