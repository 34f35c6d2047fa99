//! Session tokens: JWT, HS256, signed with `AUTH_JWT_SECRET`.
//!
//! The header's `kid` is a short hash of the secret that signed, so that a rotation neither tries secrets nor ends
//! sessions: the secret of before verifies for as long as it stands in `AUTH_JWT_PREVIOUS_SECRETS`. A token alone
//! opens nothing: its session must still be there.

use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation, errors::Error};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::settings::Secrets;

const ISSUER: &str = "traffoflex";
const KID_BYTES: usize = 6;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims {
    /// The user.
    pub sub: String,
    /// The session.
    pub jti: String,
    /// Both in seconds since 1970.
    pub iat: i64,
    pub exp: i64,
    pub iss: String,
}

pub struct Tokens {
    header: Header,
    signing: EncodingKey,
    verifying: Vec<(String, DecodingKey)>,
    validation: Validation,
}

impl Tokens {
    pub fn new(secrets: &Secrets) -> Self {
        let mut validation = Validation::new(Algorithm::HS256);
        validation.set_issuer(&[ISSUER]);
        validation.set_required_spec_claims(&["exp", "iss", "sub"]);
        validation.leeway = 0;
        let verifying =
            secrets.all().iter().map(|secret| (kid(secret), DecodingKey::from_secret(secret.as_bytes())));
        Self {
            header: Header { kid: Some(kid(secrets.signing())), ..Header::new(Algorithm::HS256) },
            signing: EncodingKey::from_secret(secrets.signing().as_bytes()),
            verifying: verifying.collect(),
            validation,
        }
    }

    /// Whether it has the form of one, whoever signed it.
    pub fn is_token(text: &str) -> bool {
        text.starts_with("ey") && text.bytes().filter(|b| *b == b'.').count() == 2
    }

    /// For a session, in milliseconds since 1970.
    pub fn sign(&self, user: &str, session: &str, issued_ms: i64, expires_ms: i64) -> Result<String, Error> {
        let claims = Claims {
            sub: user.to_owned(),
            jti: session.to_owned(),
            iat: issued_ms / 1000,
            exp: expires_ms / 1000,
            iss: ISSUER.to_owned(),
        };
        jsonwebtoken::encode(&self.header, &claims, &self.signing)
    }

    /// What it says, when one of our secrets signed it and it has not expired.
    pub fn verify(&self, token: &str) -> Option<Claims> {
        let named = jsonwebtoken::decode_header(token).ok()?.kid?;
        let (_, key) = self.verifying.iter().find(|(kid, _)| *kid == named)?;
        jsonwebtoken::decode(token, key, &self.validation).ok().map(|read| read.claims)
    }
}

fn kid(secret: &str) -> String {
    let hash = Sha256::digest(format!("kid|{secret}"));
    hash[..KID_BYTES].iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};

    use super::*;
    use crate::accounts::settings::Secrets;

    const NOW: fn() -> i64 = || jiff::Timestamp::now().as_millisecond();

    fn tokens(secrets: &[&str]) -> Tokens {
        Tokens::new(&Secrets::of(secrets))
    }

    #[test]
    fn a_rotation_keeps_what_was_signed_before_it() {
        let (now, old) = (NOW(), tokens(&["first"]));
        let token = old.sign("user", "session", now, now + 60_000).unwrap();
        assert!(Tokens::is_token(&token) && !Tokens::is_token("tfk_0123456789"));
        let claims = tokens(&["second", "first"]).verify(&token).unwrap();
        assert_eq!((claims.sub.as_str(), claims.jti.as_str()), ("user", "session"));
        assert!(tokens(&["second"]).verify(&token).is_none());
        let fresh = tokens(&["second", "first"]).sign("user", "s", now, now + 60_000).unwrap();
        assert!(old.verify(&fresh).is_none(), "the new secret signs");
    }

    #[test]
    fn nothing_but_an_unexpired_hs256_token_of_ours() {
        let (now, ours) = (NOW(), tokens(&["secret"]));
        let expired = ours.sign("user", "session", now - 60_000, now - 1_000).unwrap();
        assert!(ours.verify(&expired).is_none());
        let good = ours.sign("user", "session", now, now + 60_000).unwrap();
        let parts: Vec<&str> = good.split('.').collect();
        let kid = kid("secret");
        let none = BASE64_URL_SAFE_NO_PAD.encode(format!(r#"{{"alg":"none","kid":"{kid}"}}"#));
        let unnamed = BASE64_URL_SAFE_NO_PAD.encode(r#"{"alg":"HS256"}"#);
        let other = BASE64_URL_SAFE_NO_PAD
            .encode(r#"{"sub":"x","jti":"y","iat":0,"exp":99999999999,"iss":"traffoflex"}"#);
        for bad in [
            format!("{none}.{}.", parts[1]),
            format!("{none}.{}.{}", parts[1], parts[2]),
            format!("{unnamed}.{}.{}", parts[1], parts[2]),
            format!("{}.{other}.{}", parts[0], parts[2]),
            "ey.ey.".to_owned(),
            String::new(),
        ] {
            assert!(ours.verify(&bad).is_none(), "{bad}");
        }
        let header = Header { kid: Some(kid.clone()), ..Header::new(Algorithm::HS256) };
        let foreign = Claims { iss: "other".into(), ..ours.verify(&good).unwrap() };
        let foreign = jsonwebtoken::encode(&header, &foreign, &EncodingKey::from_secret(b"secret")).unwrap();
        assert!(ours.verify(&foreign).is_none());
        let header = Header { kid: Some(kid), ..Header::new(Algorithm::HS512) };
        let claims = ours.verify(&good).unwrap();
        let longer = jsonwebtoken::encode(&header, &claims, &EncodingKey::from_secret(b"secret")).unwrap();
        assert!(ours.verify(&longer).is_none());
    }
}
