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
    #[error("smtp: {0}")]
    Smtp(#[source] lettre::transport::smtp::Error),
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

    /// Returns when it was taken over for delivery.
    ///
    /// # Errors
    /// It was refused, or not taken in any attempt.
    pub async fn send(&self, mail: Mail) -> Result<(), MailError> {
        // One for all attempts: an attempt whose answer was lost is not delivered twice.
        let id = Ulid::generate().to_string();
        let attempt = || async {
            match &self.0.way {
                Way::Nowhere => Err(MailError::NotConfigured),
                Way::Resend(resend) => resend.send(&mail, &id).await,
                Way::Smtp(smtp) => smtp.send(&mail, &id).await,
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
