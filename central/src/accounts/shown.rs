//! What clients see of people.

use serde::Serialize;
use traffoflex_model::{Currency, WorkspaceId};
use utoipa::ToSchema;

use super::store::{Membership, Session, User, UserStatus};
use crate::{access::Role, app::App, rfc3339};

#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct UserShown {
    pub id: String,
    pub email: String,
    pub name: String,
    pub status: UserStatus,
    /// In the workspace of the request; null: in none of its roles.
    pub role: Option<Role>,
    /// Amounts are not shown to this analyst.
    pub mask_money: bool,
    /// Of `AUTH_ADMIN_EMAIL`.
    pub is_installation_admin: bool,
    #[schema(format = DateTime)]
    pub created_at: String,
    #[schema(format = DateTime)]
    pub last_sign_in_at: Option<String>,
}

impl UserShown {
    pub fn of(app: &App, user: &User, membership: Option<&Membership>) -> Self {
        Self {
            id: user._id.clone(),
            email: user.email.clone(),
            name: user.name.clone(),
            status: user.status,
            role: membership.map(|membership| membership.role),
            mask_money: membership.is_some_and(Membership::masks_money),
            is_installation_admin: app.accounts.is_installation_admin(&user.email),
            created_at: rfc3339::of(user.created_at),
            last_sign_in_at: user.last_sign_in_at.map(rfc3339::of),
        }
    }
}

#[derive(Debug, Serialize, ToSchema)]
pub struct Member {
    /// Of the user.
    pub id: String,
    pub email: String,
    pub name: String,
    pub status: UserStatus,
    pub role: Role,
    /// Amounts are not shown to this analyst.
    pub mask_money: bool,
    /// Since when they are in the workspace.
    #[schema(format = DateTime)]
    pub created_at: String,
    #[schema(format = DateTime)]
    pub last_sign_in_at: Option<String>,
}

impl Member {
    pub fn of(user: &User, membership: &Membership) -> Self {
        Self {
            id: user._id.clone(),
            email: user.email.clone(),
            name: user.name.clone(),
            status: user.status,
            role: membership.role,
            mask_money: membership.masks_money(),
            created_at: rfc3339::of(membership.created_at),
            last_sign_in_at: user.last_sign_in_at.map(rfc3339::of),
        }
    }
}

/// A workspace, and what the caller is in it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct MyWorkspace {
    pub id: WorkspaceId,
    pub name: String,
    pub currency: Currency,
    /// Null for API keys, which have scopes.
    pub role: Option<Role>,
    pub mask_money: bool,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct SessionShown {
    pub id: String,
    #[schema(format = DateTime)]
    pub created_at: String,
    #[schema(format = DateTime)]
    pub expires_at: String,
    /// What the browser said it is.
    pub user_agent: String,
    /// The one of this request.
    pub current: bool,
}

impl SessionShown {
    pub fn of(session: &Session, current: &str) -> Self {
        Self {
            id: session._id.clone(),
            created_at: rfc3339::of(session.created_at),
            expires_at: rfc3339::of(session.expires_at),
            user_agent: session.user_agent.clone(),
            current: session._id == current,
        }
    }
}
