//! Who makes a request.

use mongodb::bson::DateTime;
use serde::{Deserialize, Serialize};
use traffoflex_model::WorkspaceId;
use utoipa::ToSchema;

use super::{Permission, Role};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ActorKind {
    User,
    ApiKey,
    /// Whoever holds `AUTH_BOOTSTRAP_TOKEN`.
    Bootstrap,
    /// The command line of api-service.
    CommandLine,
    AlertRule,
}

/// Who did something, as the audit log names them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Actor {
    pub kind: ActorKind,
    /// Of the user, key or rule; empty for the others.
    pub id: String,
    /// For people: an address or a name, as it was then.
    pub name: String,
}

/// What a user is signed in by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallerSession {
    pub id: String,
    /// Nobody has let the user in yet.
    pub is_pending: bool,
}

#[derive(Debug, Clone)]
pub struct Caller {
    pub actor: Actor,
    /// None: signed in, and in no workspace.
    pub workspace_id: Option<WorkspaceId>,
    /// None for API keys, which have scopes instead.
    pub role: Option<Role>,
    pub permissions: Vec<Permission>,
    /// Amounts are not for these eyes.
    pub masks_money: bool,
    /// The user of `AUTH_ADMIN_EMAIL` and the bootstrap token: approves users, makes workspaces.
    pub is_installation_admin: bool,
    /// When the API key ends; None for all others, and for keys that never do.
    pub expires_at: Option<DateTime>,
    /// Of users alone.
    pub session: Option<CallerSession>,
}

impl Caller {
    pub fn may(&self, permission: Permission) -> bool {
        self.permissions.contains(&permission)
    }

    pub fn is_pending(&self) -> bool {
        self.session.as_ref().is_some_and(|session| session.is_pending)
    }

    /// When it is a user who calls.
    pub fn user_id(&self) -> Option<&str> {
        (self.actor.kind == ActorKind::User).then_some(&self.actor.id)
    }
}
