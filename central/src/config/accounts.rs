//! Sign-in: codes, sessions, and how careful the service is about its secrets.

#[derive(Debug, Clone, clap::Args)]
pub struct AccountsConfig {
    /// local, dev and test allow AUTH_DEV_RETURN_OTP and a weak AUTH_JWT_SECRET; any other word is production.
    #[arg(long, env = "AUTH_ENV", default_value = "production")]
    pub auth_env: String,

    /// true: codes are in the answer instead of only in a mail. Refused outside local, dev and test.
    #[arg(long, env = "AUTH_DEV_RETURN_OTP", default_value_t = false, num_args = 0..=1, default_missing_value = "true", action = clap::ArgAction::Set)]
    pub dev_return_otp: bool,

    /// Address of the installation's administrator, who needs nobody's approval. Empty: nobody.
    #[arg(long, env = "AUTH_ADMIN_EMAIL", default_value = "")]
    pub admin_email: String,

    /// Signs sessions. Outside local, dev and test at least 32 random bytes, for example of
    /// `openssl rand -hex 32`.
    #[arg(long, env = "AUTH_JWT_SECRET", hide_env_values = true, default_value = "")]
    pub jwt_secret: String,

    /// Secrets of before, separated by commas: their sessions stay valid.
    #[arg(long, env = "AUTH_JWT_PREVIOUS_SECRETS", hide_env_values = true, default_value = "")]
    pub jwt_previous_secrets: String,

    /// How long a code is valid, in seconds. Unset: AUTH_OTP_TTL_MINUTES, or else 600.
    #[arg(long, env = "AUTH_OTP_TTL_SECONDS", value_parser = clap::value_parser!(u32).range(1..=86_400))]
    pub otp_ttl_seconds: Option<u32>,

    /// The same in minutes, from before there was AUTH_OTP_TTL_SECONDS, which counts when both are set.
    #[arg(long, env = "AUTH_OTP_TTL_MINUTES", value_parser = clap::value_parser!(u32).range(1..=1_440))]
    pub otp_ttl_minutes: Option<u32>,

    /// How long after a code no other one is sent to the address, in minutes, even when the code is not valid
    /// any more. A code that was used lifts it.
    #[arg(long, env = "AUTH_OTP_RATE_LIMIT_MINUTES", default_value_t = 1, value_parser = clap::value_parser!(u32).range(0..=1_440))]
    pub otp_rate_limit_minutes: u32,

    /// How long somebody stays signed in, in hours.
    #[arg(long, env = "AUTH_SESSION_TTL_HOURS", default_value_t = 168, value_parser = clap::value_parser!(u32).range(1..=8_784))]
    pub session_ttl_hours: u32,
}

const DEFAULT_OTP_TTL_SECONDS: u32 = 600;
/// Where secrets may be weak and codes be shown.
const UNGUARDED: [&str; 3] = ["local", "dev", "test"];

impl AccountsConfig {
    pub fn is_guarded(&self) -> bool {
        !UNGUARDED.contains(&self.auth_env.trim().to_ascii_lowercase().as_str())
    }

    pub fn otp_ttl_ms(&self) -> i64 {
        let seconds = self.otp_ttl_seconds.or(self.otp_ttl_minutes.map(|minutes| minutes * 60));
        i64::from(seconds.unwrap_or(DEFAULT_OTP_TTL_SECONDS)) * 1000
    }

    pub fn otp_rate_limit_ms(&self) -> i64 {
        i64::from(self.otp_rate_limit_minutes) * 60_000
    }

    pub fn session_ttl_ms(&self) -> i64 {
        i64::from(self.session_ttl_hours) * 3_600_000
    }
}
