//! `/api/auth`: a code by mail, a session for a code, and its end.

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use serde::{Deserialize, Serialize};
use traffoflex_wire::error_body::ErrorBody;
use utoipa::{IntoResponses, ToSchema};

use super::{
    email,
    noted::{self, themselves},
    otp::{self, Issued},
    shown::{Member, UserShown},
    store::{Membership, Session, User, UserStatus, membership, session, user},
};
use crate::{
    access::{CallerApp, Role},
    admin::input::{self, JsonBody},
    app::App,
    audit_log::{Action, Change, Entry},
    catalog::work::Work,
    error::ApiError,
    mail::Mail,
    openapi::Refusals,
    rfc3339,
};

/// A sign-in meets another write of its user at most this often.
const LET_IN_ATTEMPTS: usize = 5;

/// What those without a session may hear.
#[derive(IntoResponses)]
#[expect(dead_code, reason = "describes answers")]
pub enum SignInRefusals {
    /// Some fields are wrong: each is named.
    #[response(status = 400)]
    Validation(#[to_schema] ErrorBody),
    /// The code is wrong, used up or expired.
    #[response(status = 401)]
    InvalidOtp(#[to_schema] ErrorBody),
    /// The account is disabled.
    #[response(status = 403)]
    Disabled(#[to_schema] ErrorBody),
    /// The body is too large.
    #[response(status = 413)]
    TooLarge(#[to_schema] ErrorBody),
    /// Too many requests; `Retry-After` says when to come again.
    #[response(status = 429)]
    TooMany(#[to_schema] ErrorBody),
    /// The mail could not be sent, or a database cannot be reached.
    #[response(status = 503)]
    Unavailable(#[to_schema] ErrorBody),
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OtpRequest {
    #[schema(format = Email)]
    email: String,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct OtpRequested {
    /// False: a code of before is still valid, or was sent too shortly before; no other one was sent.
    pub sent: bool,
    #[schema(format = DateTime)]
    pub expires_at: String,
    /// When another one may be asked for.
    #[schema(format = DateTime)]
    pub next_request_at: String,
    /// The code itself, with `AUTH_DEV_RETURN_OTP` only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub otp: Option<String>,
}

/// Send a sign-in code
///
/// The answer is the same for every address, whether somebody is known by it or not.
#[utoipa::path(
    post,
    path = "/api/auth/request-otp",
    tag = "auth",
    security(()),
    request_body = OtpRequest,
    responses((status = 200, body = OtpRequested), SignInRefusals)
)]
pub async fn request_otp(
    State(app): State<App>,
    JsonBody(body): JsonBody,
) -> Result<Json<OtpRequested>, ApiError> {
    let OtpRequest { email } = input::read(body)?;
    let email = address(&email)?;
    let accounts = &app.accounts.0;
    let Issued { code, expires_at, next_request_at } = accounts.otp.issue(&app.catalog, &email).await?;
    if let Some(code) = &code {
        let shown_here = accounts.returns_otp && !accounts.mailer.is_configured();
        if !shown_here && let Err(error) = accounts.mailer.send(mail(&email, code, expires_at)).await {
            // It reached nobody: the next request makes another one at once.
            accounts.otp.withdraw(&app.catalog, &email, code).await?;
            return Err(error.into());
        }
    }
    Ok(Json(OtpRequested {
        sent: code.is_some(),
        expires_at: rfc3339::of(expires_at),
        next_request_at: rfc3339::of(next_request_at),
        otp: code.filter(|_| accounts.returns_otp),
    }))
}

fn mail(to: &str, code: &str, expires_at: mongodb::bson::DateTime) -> Mail {
    let until = rfc3339::of_ms(expires_at.timestamp_millis() / 1000 * 1000);
    Mail {
        to: to.to_owned(),
        subject: format!("{code} is your TraffoFlex sign-in code"),
        text: format!(
            "Your sign-in code is {code}\n\nIt is valid until {until} and can be used once. \
             If you did not ask for it, ignore this mail.\n"
        ),
    }
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OtpProof {
    #[schema(format = Email)]
    email: String,
    /// Six digits.
    #[schema(pattern = "^[0-9]{6}$")]
    #[serde(alias = "otp")]
    code: String,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct SignedIn {
    /// For `Authorization: Bearer`.
    pub token: String,
    #[schema(format = DateTime)]
    pub expires_at: String,
    /// With `pending_approval`, only `/api/me` and signing out work until somebody approves the user.
    pub status: UserStatus,
    pub user: UserShown,
}

/// Sign in with a code
///
/// An address that nobody invited becomes a user who waits for approval.
#[utoipa::path(
    post,
    path = "/api/auth/verify-otp",
    tag = "auth",
    security(()),
    request_body = OtpProof,
    responses((status = 200, body = SignedIn), SignInRefusals)
)]
pub async fn verify_otp(
    State(app): State<App>,
    headers: HeaderMap,
    JsonBody(body): JsonBody,
) -> Result<Response, ApiError> {
    let OtpProof { email, code } = input::read(body)?;
    let (email, code) = (address(&email)?, code.trim());
    if code.len() != otp::DIGITS || !code.bytes().all(|b| b.is_ascii_digit()) {
        return Err(ApiError::field("code", format!("{} digits", otp::DIGITS)));
    }
    let accounts = &app.accounts.0;
    if !accounts.otp.verify(&app.catalog, &email, code).await? {
        return Err(ApiError::InvalidOtp);
    }
    let agent = headers.get(header::USER_AGENT).and_then(|agent| agent.to_str().ok()).unwrap_or_default();
    let (user, session) = let_in(&app, &email, agent).await?;
    let (issued_ms, expires_ms) =
        (session.created_at.timestamp_millis(), session.expires_at.timestamp_millis());
    let token = accounts.tokens.sign(&user._id, &session._id, issued_ms, expires_ms)?;
    let first = membership::of_user(&app.catalog, &user._id).await?.into_iter().next();
    let body = SignedIn {
        token,
        expires_at: rfc3339::of(session.expires_at),
        status: user.status,
        user: UserShown::of(&app, &user, first.as_ref()),
    };
    let no_store = HeaderValue::from_static("no-store");
    Ok((StatusCode::OK, [(header::CACHE_CONTROL, no_store)], Json(body)).into_response())
}

/// The user of an address that was just proved, as they are from now on, and their session.
async fn let_in(app: &App, email: &str, agent: &str) -> Result<(User, Session), ApiError> {
    for _ in 1..LET_IN_ATTEMPTS {
        match try_to_let_in(app, email, agent).await {
            // Somebody else writes the same user at this moment; what they made of it counts.
            Err(ApiError::Conflict { .. }) => {}
            done => return done,
        }
    }
    try_to_let_in(app, email, agent).await
}

async fn try_to_let_in(app: &App, email: &str, agent: &str) -> Result<(User, Session), ApiError> {
    let catalog = &app.catalog;
    let is_admin = app.accounts.is_installation_admin(email);
    let mut work = Work::default();
    let user = match user::by_email(catalog, email).await? {
        Some(user) => user,
        None => {
            let status = if is_admin { UserStatus::Active } else { UserStatus::PendingApproval };
            let user = User::new(email, status);
            user.add(&mut work)?;
            work.record(Entry::new(&themselves(&user), None, is_new(app, &user)));
            user
        }
    };
    let status = match user.status {
        UserStatus::Disabled => return Err(ApiError::UserDisabled),
        UserStatus::Invited | UserStatus::PendingApproval if is_admin => UserStatus::Active,
        // By a workspace that has not changed its mind.
        UserStatus::Invited if membership::of_user(catalog, &user._id).await?.is_empty() => {
            UserStatus::PendingApproval
        }
        UserStatus::Invited => UserStatus::Active,
        status => status,
    };
    let user = if status == user.status { user } else { user.turn(&mut work, status) };
    if is_admin && membership::get(catalog, &app.first_workspace_id, &user._id).await?.is_none() {
        let owner = Membership::new(&app.first_workspace_id, &user._id, Role::Owner, false);
        owner.add(&mut work)?;
        let change = noted::of_member(Action::Created, None, Some(&Member::of(&user, &owner)));
        work.record(Entry::new(&themselves(&user), Some(&app.first_workspace_id), change));
    }
    let user = user.signed_in(&mut work);
    let session = session::begin(&mut work, &user._id, app.accounts.0.session_ttl_ms, agent)?;
    work.record(noted::of_oneself(&themselves(&user), "signed in"));
    noted::commit(catalog, &work).await?;
    Ok((user, session))
}

fn is_new(app: &App, user: &User) -> Change {
    Change {
        action: Action::Created,
        resource: "users",
        id: user._id.clone(),
        name: user.email.clone(),
        what: None,
        before: None,
        after: serde_json::to_value(UserShown::of(app, user, None)).ok(),
    }
}

/// Sign out
///
/// Ends the session of the request; its token opens nothing any more.
#[utoipa::path(
    post,
    path = "/api/auth/logout",
    tag = "auth",
    responses((status = 204, description = "Signed out"), Refusals)
)]
pub async fn logout(app: CallerApp) -> Result<StatusCode, ApiError> {
    let Some((user, session)) = app.caller.user_id().zip(app.caller.session.as_ref()) else {
        let message = "only a session can be ended: this is a token or a key".into();
        return Err(ApiError::Conflict { message, details: vec![] });
    };
    let mut work = Work::default();
    if let Some(session) = session::of_id(&app.catalog, user, &session.id).await? {
        session.end(&mut work);
        work.record(noted::of_oneself(&app.caller.actor, "signed out"));
        noted::commit(&app.catalog, &work).await?;
    }
    Ok(StatusCode::NO_CONTENT)
}

fn address(text: &str) -> Result<String, ApiError> {
    email::normalise(text).map_err(|error| ApiError::field("email", error.to_string()))
}
