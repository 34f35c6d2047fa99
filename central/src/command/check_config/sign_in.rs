//! Whether people could sign in: what a start would refuse, and whether mail can leave.

use super::{Check, reach::LIMIT};
use crate::{
    accounts::{Accounts, SettingsError},
    config::CentralConfig,
    mail::{MailConfigError, Mailer},
};

pub fn settings(config: &CentralConfig) -> Check {
    let mailer = match Mailer::new(&config.mail) {
        Ok(mailer) => mailer,
        Err(error) => return Check::new(of_mail(&error), Err(error.to_string())),
    };
    match Accounts::new(&config.accounts, "", mailer) {
        Ok(_) => Check::new("AUTH_JWT_SECRET", Ok("sessions can be signed".to_owned())),
        Err(error) => Check::new(of_accounts(&error), Err(error.to_string())),
    }
}

/// The variable to look at.
fn of_accounts(error: &SettingsError) -> &'static str {
    match error {
        SettingsError::ReturnsOtp => "AUTH_DEV_RETURN_OTP",
        SettingsError::NoSecret => "AUTH_JWT_SECRET",
        SettingsError::WeakSecret { variable } => variable,
        SettingsError::AdminEmail(_) => "AUTH_ADMIN_EMAIL",
        SettingsError::NoDelivery => "AUTH_RESEND_API_KEY",
    }
}

fn of_mail(error: &MailConfigError) -> &'static str {
    match error {
        MailConfigError::TwoWays | MailConfigError::SmtpUrl => "AUTH_SMTP_URL",
        MailConfigError::Sender => "AUTH_EMAIL_FROM",
        MailConfigError::ResendUrl(_) | MailConfigError::Client(_) => "AUTH_RESEND_API_URL",
        MailConfigError::ResendKey => "AUTH_RESEND_API_KEY",
    }
}

/// None: mail goes nowhere, or its settings are wrong, which [`settings`] tells.
pub async fn mail(config: &CentralConfig) -> Option<Check> {
    let mailer = Mailer::new(&config.mail).ok()?;
    let variable = if config.mail.smtp_url.is_empty() { "AUTH_RESEND_API_URL" } else { "AUTH_SMTP_URL" };
    let said = match tokio::time::timeout(LIMIT, mailer.reach()).await {
        Ok(None) => return None,
        Ok(Some(Ok(()))) => Ok("mail can be handed over".to_owned()),
        Ok(Some(Err(error))) => Err(error.to_string()),
        Err(_) => Err(format!("no answer within {} s", LIMIT.as_secs())),
    };
    Some(Check::new(variable, said))
}
