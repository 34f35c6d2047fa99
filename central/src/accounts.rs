//! People: how they sign in, what they are in which workspace, and who lets them in.
//!
//! Whoever proves an address by a code of six digits ([`otp`]) has a session: a signed token ([`token`]) and a
//! document that each request looks up, so that signing out, disabling and a changed role count at once. What a
//! user may do follows from their status and from their membership in the workspace of the request
//! (`access::gate`).
//!
//! | status | who | may |
//! |---|---|---|
//! | invited | added by a workspace, not yet signed in | nothing yet: signing in makes them active |
//! | pending_approval | proved an address that nobody invited | see `/api/me`, sign out |
//! | active | approved, invited, or `AUTH_ADMIN_EMAIL` | what their memberships say |
//! | disabled | switched off | nothing, not even sign in |
//!
//! A workspace keeps at least one owner who can sign in. Only owners make, change and remove owners.

pub mod by_operator;
mod email;
mod me;
mod members;
mod noted;
pub mod otp;
mod ownership;
mod people;
mod settings;
mod shown;
mod sign_in;
pub mod store;
pub mod token;
mod users;
mod workspaces;

use std::sync::Arc;

use utoipa_axum::{router::OpenApiRouter, routes};

pub use self::settings::SettingsError;
use self::{otp::Otp, token::Tokens};
use crate::{app::App, catalog::Catalog, config::AccountsConfig, mail::Mailer};

/// A clone is cheap.
#[derive(Clone)]
pub struct Accounts(Arc<Shared>);

struct Shared {
    otp: Otp,
    tokens: Tokens,
    mailer: Mailer,
    session_ttl_ms: i64,
    /// Normalised.
    admin_email: Option<String>,
    returns_otp: bool,
    /// Where people sign in. Empty: not known.
    sign_in_url: String,
}

impl Accounts {
    /// # Errors
    /// The settings would let in whoever guesses, or nobody.
    pub fn new(config: &AccountsConfig, sign_in_url: &str, mailer: Mailer) -> Result<Self, SettingsError> {
        let secrets = settings::check(config, mailer.is_configured())?;
        let admin_email = match config.admin_email.trim() {
            "" => None,
            text => Some(email::normalise(text).map_err(SettingsError::AdminEmail)?),
        };
        Ok(Self(Arc::new(Shared {
            otp: Otp::new(secrets.signing(), config.otp_ttl_ms(), config.otp_rate_limit_ms()),
            tokens: Tokens::new(&secrets),
            mailer,
            session_ttl_ms: config.session_ttl_ms(),
            admin_email,
            returns_otp: config.dev_return_otp,
            sign_in_url: sign_in_url.to_owned(),
        })))
    }

    pub fn tokens(&self) -> &Tokens {
        &self.0.tokens
    }

    /// Whose address is `AUTH_ADMIN_EMAIL`.
    pub fn is_installation_admin(&self, email: &str) -> bool {
        self.0.admin_email.as_deref() == Some(email)
    }
}

/// Creates what is missing.
pub async fn migrate(catalog: &Catalog) -> mongodb::error::Result<()> {
    otp::migrate(catalog).await?;
    store::migrate(catalog).await
}

/// For whoever has no session yet: before the gate.
pub fn open_routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(sign_in::request_otp)).routes(routes!(sign_in::verify_otp))
}

/// Behind the gate.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(sign_in::logout))
        .routes(routes!(me::get_me, me::update_me))
        .routes(routes!(me::list_my_sessions, me::end_my_other_sessions))
        .routes(routes!(me::end_my_session))
        .routes(routes!(users::list_users))
        .routes(routes!(users::get_user))
        .routes(routes!(users::approve_user))
        .routes(routes!(users::disable_user))
        .routes(routes!(users::enable_user))
        .routes(routes!(members::list_members, members::invite_member))
        .routes(routes!(members::get_member, members::update_member, members::remove_member))
        .routes(routes!(workspaces::list_workspaces, workspaces::create_workspace))
}
