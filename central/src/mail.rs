//! Mail that leaves: codes, invitations, alerts. Plain text, through Resend's HTTP API or an SMTP server.
//!
//! A mail is tried a few times, with growing waits; its attempts carry one idempotency key (Resend) or message
//! id (SMTP). Whether an attempt may be followed by another one says [`MailError::is_retryable`]. Nothing is
//! kept: a caller that hears of a failure decides. Whether the last
//! one failed by the delivery's fault is known to `/readyz`.

mod resend;
mod smtp;

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use backon::{ExponentialBuilder, Retryable};
use lettre::{
    message::Mailbox,
    transport::smtp::response::{Category, Code},
};
use ulid::Ulid;

use self::{resend::Resend, smtp::Smtp};
use crate::config::MailConfig;

/// Of one attempt.
const TIMEOUT: Duration = Duration::from_secs(10);
const BACKOFF_MAX: Duration = Duration::from_secs(10);

#[derive(Debug, Clone)]
pub struct Mail {
    /// An address.
    pub to: String,
    pub subject: String,
    pub text: String,
}

#[derive(Debug, thiserror::Error)]
pub enum MailError {
    #[error("no delivery of mail is configured")]
    NotConfigured,
    #[error("the mail cannot be written: {0}")]
    Unwritable(String),
    #[error("resend: {0}")]
    Unreachable(#[source] reqwest::Error),
    /// Without the body: it may repeat the address.
    #[error("resend answered {0}")]
    Answered(u16),
    #[error("smtp: {}", said(.0))]
    Smtp(lettre::transport::smtp::Error),
}

/// Without a server's own words: they may repeat the address.
fn said(error: &lettre::transport::smtp::Error) -> String {
    error.status().map_or_else(|| error.to_string(), |code| format!("the server answered {code}"))
}

impl MailError {
    /// Whether the same may go well a little later.
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::NotConfigured | Self::Unwritable(_) => false,
            Self::Unreachable(error) => !error.is_builder(),
            Self::Answered(status) => *status == 429 || *status >= 500,
            Self::Smtp(error) => !error.is_permanent(),
        }
    }

    /// Whether it says something of the delivery, and not of this one mail or its recipient, whom anybody names.
    fn is_of_delivery(&self) -> bool {
        match self {
            Self::NotConfigured | Self::Unwritable(_) => false,
            Self::Unreachable(_) => true,
            Self::Answered(status) => !matches!(status, 400 | 413 | 422),
            Self::Smtp(error) => {
                let about_mailbox = |code: Code| code.category == Category::MailSystem;
                !(error.is_permanent() && error.status().is_some_and(about_mailbox))
            }
        }
    }
}

#[derive(Debug, thiserror::Error)]
pub enum MailConfigError {
    #[error("AUTH_RESEND_API_KEY and AUTH_SMTP_URL are both set: mail goes one way")]
    TwoWays,
    #[error("AUTH_EMAIL_FROM: an address or `Name <address>` is needed to send mail")]
    Sender,
    #[error("AUTH_RESEND_API_URL: {0:?} is no http or https URL")]
    ResendUrl(String),
    #[error("AUTH_RESEND_API_KEY: visible ASCII characters")]
    ResendKey,
    /// The URL holds a password: it is not repeated.
    #[error("AUTH_SMTP_URL: smtps://user:password@host:port, or smtp:// with ?tls=required")]
    SmtpUrl,
    #[error("the HTTP client: {0}")]
    Client(#[source] reqwest::Error),
}

enum Way {
    Nowhere,
    Resend(Resend),
    Smtp(Smtp),
}

/// A clone is cheap.
#[derive(Clone)]
pub struct Mailer(Arc<Shared>);

struct Shared {
    way: Way,
    retry: ExponentialBuilder,
    failing: AtomicBool,
}

impl Mailer {
    pub fn new(config: &MailConfig) -> Result<Self, MailConfigError> {
        let from = || config.email_from.trim().parse::<Mailbox>().map_err(|_| MailConfigError::Sender);
        let way = match (config.resend_api_key.is_empty(), config.smtp_url.is_empty()) {
            (true, true) => Way::Nowhere,
            (false, true) => Way::Resend(Resend::new(config, &from()?)?),
            (true, false) => Way::Smtp(Smtp::new(config, from()?)?),
            (false, false) => return Err(MailConfigError::TwoWays),
        };
        let retry = ExponentialBuilder::new()
            .with_min_delay(Duration::from_millis(config.resend_retry_backoff_ms))
            .with_max_delay(BACKOFF_MAX.max(Duration::from_millis(config.resend_retry_backoff_ms)))
            .with_max_times(config.resend_max_attempts.saturating_sub(1) as usize)
            .with_jitter();
        Ok(Self(Arc::new(Shared { way, retry, failing: AtomicBool::new(false) })))
    }

    pub fn is_configured(&self) -> bool {
        !matches!(self.0.way, Way::Nowhere)
    }

    /// The last mail could not be delivered.
    pub fn is_failing(&self) -> bool {
        self.0.failing.load(Ordering::Relaxed)
    }

    /// Whether the way that mail goes is open; no mail is sent. None: it goes no way.
    pub async fn reach(&self) -> Option<Result<(), MailError>> {
        match &self.0.way {
            Way::Nowhere => None,
            Way::Resend(resend) => Some(resend.reach().await),
            Way::Smtp(smtp) => Some(smtp.reach().await),
        }
    }

    /// Returns when it was taken over for delivery.
    ///
    /// # Errors
    /// It was refused, or not taken in any attempt.
    pub async fn send(&self, mail: Mail) -> Result<(), MailError> {
        // One for all attempts: an attempt whose answer was lost is not delivered twice.
        self.send_as(&Ulid::generate().to_string(), mail).await
    }

    /// Under a key of the caller, letters, digits, '.' and '-': the same again is the same mail.
    ///
    /// # Errors
    /// As [`Self::send`].
    pub async fn send_as(&self, id: &str, mail: Mail) -> Result<(), MailError> {
        let attempt = || async {
            match &self.0.way {
                Way::Nowhere => Err(MailError::NotConfigured),
                Way::Resend(resend) => resend.send(&mail, id).await,
                Way::Smtp(smtp) => smtp.send(&mail, id).await,
            }
        };
        let sent = attempt
            .retry(self.0.retry)
            .when(MailError::is_retryable)
            .notify(|error, wait| {
                let wait_ms = wait.as_millis() as u64;
                tracing::warn!(%error, wait_ms, "a mail is tried again");
            })
            .await;
        if sent.as_ref().err().is_none_or(MailError::is_of_delivery) {
            self.0.failing.store(sent.is_err(), Ordering::Relaxed);
        }
        sent
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config() -> MailConfig {
        MailConfig {
            email_from: "TraffoFlex <no-reply@traffoflex.example>".into(),
            resend_api_key: String::new(),
            resend_api_url: "https://api.resend.com/emails".into(),
            smtp_url: String::new(),
            resend_max_attempts: 3,
            resend_retry_backoff_ms: 1,
        }
    }

    fn refusal(set: impl FnOnce(&mut MailConfig)) -> String {
        let mut config = config();
        set(&mut config);
        Mailer::new(&config).err().map_or_else(String::new, |error| error.to_string())
    }

    #[test]
    fn a_way_that_cannot_be_gone_is_refused_and_no_password_repeated() {
        assert_eq!(refusal(|_| {}), "");
        assert_eq!(refusal(|c| c.smtp_url = "smtps://user:pw@mail.example:465".into()), "");
        assert_eq!(refusal(|c| c.smtp_url = "smtp://user:pw@mail.example:587?tls=required".into()), "");
        for url in
            ["mail.example:25", "http://user:hunter2@mail.example", "smtp://user:hunter2@mail.example?tls=x"]
        {
            let refused = refusal(|c| c.smtp_url = url.into());
            assert!(refused.starts_with("AUTH_SMTP_URL") && !refused.contains("hunter2"), "{url}: {refused}");
        }
        let key = |c: &mut MailConfig| c.resend_api_key = "re_hunter2".into();
        assert_eq!(refusal(key), "");
        for url in ["", "api.resend.com", "ftp://api.resend.com/"] {
            let refused = refusal(|c| (key(c), c.resend_api_url = url.into()).1);
            assert!(refused.starts_with("AUTH_RESEND_API_URL"), "{url}: {refused}");
        }
        for from in ["", "nobody", "a@b.example, c@d.example"] {
            let refused = refusal(|c| (key(c), c.email_from = from.into()).1);
            assert!(refused.starts_with("AUTH_EMAIL_FROM"), "{from}: {refused}");
        }
        let refused = refusal(|c| c.resend_api_key = "re_hunter2\nX: y".into());
        assert!(refused.starts_with("AUTH_RESEND_API_KEY") && !refused.contains("hunter2"), "{refused}");
    }

    #[tokio::test]
    async fn without_a_way_nothing_is_sent_and_nothing_fails() {
        let mailer = Mailer::new(&config()).unwrap();
        let mail = Mail { to: "a@b.example".into(), subject: "s".into(), text: "t".into() };
        assert!(matches!(mailer.send(mail).await, Err(MailError::NotConfigured)));
        assert!(!mailer.is_configured() && !mailer.is_failing());
    }
}
