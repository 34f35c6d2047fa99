//! What the settings of sign-in must be before anybody is let in.

use super::email::NoAddress;
use crate::config::AccountsConfig;

/// Of a secret outside local, dev and test.
const MIN_SECRET_BYTES: usize = 32;
/// Random text of that length has more; a word said again and again has not.
const MIN_DISTINCT_BYTES: usize = 10;
/// Parts of what stands in examples and tutorials, in lower case.
const PLACEHOLDERS: [&str; 14] = [
    "changeme",
    "change-me",
    "change_me",
    "change-this",
    "change_this",
    "replace",
    "placeholder",
    "your-secret",
    "your_secret",
    "example",
    "secret-key",
    "jwt-secret",
    "jwt_secret",
    "0123456789",
];

#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum SettingsError {
    #[error("AUTH_DEV_RETURN_OTP=true shows sign-in codes to anybody: only with AUTH_ENV=local, dev or test")]
    ReturnsOtp,
    #[error("AUTH_JWT_SECRET is not set: sessions are signed with it")]
    NoSecret,
    #[error(
        "{variable} is too weak: at least {MIN_SECRET_BYTES} random bytes, not a word of an example \
         (`openssl rand -hex 32`), unless AUTH_ENV is local, dev or test"
    )]
    WeakSecret { variable: &'static str },
    #[error("AUTH_ADMIN_EMAIL: {0}")]
    AdminEmail(NoAddress),
    #[error(
        "sign-in codes could not be sent: set AUTH_RESEND_API_KEY or AUTH_SMTP_URL, unless AUTH_ENV is local, \
         dev or test"
    )]
    NoDelivery,
}

/// The first one signs, all of them verify.
pub struct Secrets(Vec<String>);

impl Secrets {
    pub fn signing(&self) -> &str {
        &self.0[0]
    }

    #[cfg(test)]
    pub fn of(secrets: &[&str]) -> Self {
        Self(secrets.iter().map(|secret| (*secret).to_owned()).collect())
    }

    pub fn all(&self) -> &[String] {
        &self.0
    }
}

pub fn check(config: &AccountsConfig, can_mail: bool) -> Result<Secrets, SettingsError> {
    let guarded = config.is_guarded();
    if guarded && config.dev_return_otp {
        return Err(SettingsError::ReturnsOtp);
    }
    if config.jwt_secret.is_empty() {
        return Err(SettingsError::NoSecret);
    }
    let previous = config.jwt_previous_secrets.split(',').map(str::trim).filter(|text| !text.is_empty());
    let named = std::iter::once(("AUTH_JWT_SECRET", config.jwt_secret.as_str()))
        .chain(previous.map(|secret| ("AUTH_JWT_PREVIOUS_SECRETS", secret)));
    let mut secrets = Vec::new();
    for (variable, secret) in named {
        if guarded && !is_strong(secret) {
            return Err(SettingsError::WeakSecret { variable });
        }
        secrets.push(secret.to_owned());
    }
    if guarded && !can_mail {
        return Err(SettingsError::NoDelivery);
    }
    if !can_mail && !config.dev_return_otp {
        tracing::warn!("nobody can sign in: no delivery of mail, and AUTH_DEV_RETURN_OTP is off");
    }
    Ok(Secrets(secrets))
}

fn is_strong(secret: &str) -> bool {
    let mut distinct: Vec<u8> = secret.bytes().collect();
    distinct.sort_unstable();
    distinct.dedup();
    let lower = secret.to_ascii_lowercase();
    secret.len() >= MIN_SECRET_BYTES
        && distinct.len() >= MIN_DISTINCT_BYTES
        && !PLACEHOLDERS.iter().any(|word| lower.contains(word))
}

#[cfg(test)]
mod tests {
    use clap::{Args, Command, FromArgMatches};

    use super::*;

    const STRONG: &str = "9f2c7a51d04be8361c5f9a7e2b8d40f6";

    /// From nothing but these arguments: the environment of a test says nothing.
    fn config(set: impl FnOnce(&mut AccountsConfig)) -> AccountsConfig {
        let command =
            AccountsConfig::augment_args(Command::new("test")).mut_args(|arg| arg.env(None::<&str>));
        let matches = command.get_matches_from(["test"]);
        let mut config = AccountsConfig::from_arg_matches(&matches).unwrap();
        set(&mut config);
        config
    }

    fn refusal(can_mail: bool, set: impl FnOnce(&mut AccountsConfig)) -> Option<SettingsError> {
        check(&config(set), can_mail).err()
    }

    #[test]
    fn production_wants_a_strong_secret_and_a_delivery() {
        let weak = |variable| Some(SettingsError::WeakSecret { variable });
        assert_eq!(refusal(true, |_| {}), Some(SettingsError::NoSecret));
        assert_eq!(refusal(true, |c| c.jwt_secret = STRONG.into()), None);
        assert_eq!(refusal(false, |c| c.jwt_secret = STRONG.into()), Some(SettingsError::NoDelivery));
        for secret in [
            &STRONG[..31],
            "changeme-9f2c7a51d04be8361c5f9a7e2b8d40f6",
            "My-JWT-Secret-9f2c7a51d04be8361c5f9a7e2",
            "abcabcabcabcabcabcabcabcabcabcabcabcabc",
            "0123456789abcdef0123456789abcdef",
        ] {
            assert_eq!(refusal(true, |c| c.jwt_secret = secret.into()), weak("AUTH_JWT_SECRET"), "{secret}");
        }
        let previous = |text: &'static str| {
            refusal(true, move |c| {
                c.jwt_secret = STRONG.into();
                c.jwt_previous_secrets = text.into();
            })
        };
        assert_eq!(previous("short"), weak("AUTH_JWT_PREVIOUS_SECRETS"));
        assert_eq!(previous(" 11aa22bb33cc44dd55ee66ff77889900 , "), None);
    }

    #[test]
    fn codes_are_shown_only_where_nobody_else_looks() {
        for (env, refused) in [
            ("production", true),
            ("staging", true),
            ("lokal", true),
            ("", true),
            ("local", false),
            ("dev", false),
            ("Test", false),
        ] {
            let found = refusal(true, |c| {
                c.auth_env = env.into();
                c.jwt_secret = STRONG.into();
                c.dev_return_otp = true;
            });
            assert_eq!(found.is_some(), refused, "{env}");
        }
        assert_eq!(
            refusal(false, |c| {
                c.auth_env = "local".into();
                c.jwt_secret = "weak".into();
            }),
            None
        );
        assert_eq!(refusal(false, |c| c.auth_env = "local".into()), Some(SettingsError::NoSecret));
    }

    #[test]
    fn seconds_count_before_minutes() {
        let ttl = |seconds, minutes| {
            config(|c| (c.otp_ttl_seconds, c.otp_ttl_minutes) = (seconds, minutes)).otp_ttl_ms()
        };
        assert_eq!(ttl(None, None), 600_000);
        assert_eq!(ttl(None, Some(5)), 300_000);
        assert_eq!(ttl(Some(30), Some(5)), 30_000);
    }
}
