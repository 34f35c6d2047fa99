//! An SMTP server: a connection a mail.

use lettre::{
    AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor,
    message::{Mailbox, header::ContentType},
};

use super::{Mail, MailConfigError, MailError, TIMEOUT};
use crate::config::MailConfig;

pub struct Smtp {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
}

impl Smtp {
    pub fn new(config: &MailConfig, from: Mailbox) -> Result<Self, MailConfigError> {
        let builder = AsyncSmtpTransport::<Tokio1Executor>::from_url(config.smtp_url.trim())
            .map_err(|_| MailConfigError::SmtpUrl)?;
        Ok(Self { transport: builder.timeout(Some(TIMEOUT)).build(), from })
    }

    pub async fn send(&self, mail: &Mail, id: &str) -> Result<(), MailError> {
        let unwritable = |error: &dyn std::fmt::Display| MailError::Unwritable(error.to_string());
        let to: Mailbox = mail.to.parse().map_err(|error| unwritable(&error))?;
        let message = Message::builder()
            .message_id(Some(format!("<{id}@{}>", self.from.email.domain())))
            .from(self.from.clone())
            .to(to)
            .subject(mail.subject.as_str())
            .header(ContentType::TEXT_PLAIN)
            .body(mail.text.clone())
            .map_err(|error| unwritable(&error))?;
        self.transport.send(message).await.map(drop).map_err(MailError::Smtp)
    }
}
