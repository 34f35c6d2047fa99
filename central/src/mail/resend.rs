//! Resend's HTTP API: `POST /emails`.

use http::HeaderValue;
use lettre::message::Mailbox;
use reqwest::{Client, redirect};
use serde_json::json;
use url::Url;

use super::{Mail, MailConfigError, MailError, TIMEOUT};
use crate::config::MailConfig;

const IDEMPOTENCY_KEY: &str = "Idempotency-Key";
/// The path when the URL names none.
const PATH: &str = "/emails";

pub struct Resend {
    client: Client,
    url: Url,
    authorization: HeaderValue,
    from: String,
}

impl Resend {
    pub fn new(config: &MailConfig, from: &Mailbox) -> Result<Self, MailConfigError> {
        let wrong = || MailConfigError::ResendUrl(config.resend_api_url.clone());
        let mut url: Url = config.resend_api_url.trim().parse().map_err(|_| wrong())?;
        if !matches!(url.scheme(), "http" | "https") || url.host().is_none() {
            return Err(wrong());
        }
        if url.path() == "/" {
            url.set_path(PATH);
        }
        let mut authorization = HeaderValue::try_from(format!("Bearer {}", config.resend_api_key.trim()))
            .map_err(|_| MailConfigError::ResendKey)?;
        authorization.set_sensitive(true);
        // A redirect would carry the key to another host.
        let client = Client::builder().timeout(TIMEOUT).redirect(redirect::Policy::none()).build();
        Ok(Self {
            client: client.map_err(MailConfigError::Client)?,
            url,
            authorization,
            from: from.to_string(),
        })
    }

    pub async fn send(&self, mail: &Mail, id: &str) -> Result<(), MailError> {
        let body = json!({ "from": self.from, "to": [mail.to], "subject": mail.subject, "text": mail.text });
        let request = self.client.post(self.url.clone()).json(&body);
        let request = request
            .header(http::header::AUTHORIZATION, self.authorization.clone())
            .header(IDEMPOTENCY_KEY, id);
        let answer = request.send().await.map_err(|error| MailError::Unreachable(error.without_url()))?;
        match answer.status() {
            status if status.is_success() => Ok(()),
            status => Err(MailError::Answered(status.as_u16())),
        }
    }
}
