//! How mail leaves: Resend's HTTP API or an SMTP server.

#[derive(Debug, Clone, clap::Args)]
pub struct MailConfig {
    /// Sender of all mail, an address or `Name <address>`. Needed with a delivery.
    #[arg(long, env = "AUTH_EMAIL_FROM", default_value = "")]
    pub email_from: String,

    /// Key of Resend's HTTP API. Empty: mail does not go that way.
    #[arg(long, env = "AUTH_RESEND_API_KEY", hide_env_values = true, default_value = "")]
    pub resend_api_key: String,

    /// Where Resend takes mail.
    #[arg(long, env = "AUTH_RESEND_API_URL", default_value = "https://api.resend.com/emails")]
    pub resend_api_url: String,

    /// An SMTP server instead of Resend: `smtps://user:password@host:port`, or `smtp://` with `?tls=required`
    /// for STARTTLS. Plain `smtp://` does not encrypt. Empty: mail does not go that way.
    #[arg(long, env = "AUTH_SMTP_URL", hide_env_values = true, default_value = "")]
    pub smtp_url: String,

    /// How often a mail is tried, by either way.
    #[arg(long, env = "AUTH_RESEND_MAX_ATTEMPTS", default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=10))]
    pub resend_max_attempts: u32,

    /// Wait before the second attempt, in milliseconds; it doubles with each further one.
    #[arg(long, env = "AUTH_RESEND_RETRY_BACKOFF_MS", default_value_t = 500, value_parser = clap::value_parser!(u64).range(1..=60_000))]
    pub resend_retry_backoff_ms: u64,
}
