//! A session becomes a caller: with what its user is now, not with what they were at sign-in.

use traffoflex_model::WorkspaceId;

use super::{Actor, ActorKind, Caller, CallerSession};
use crate::{
    accounts::store::{Membership, Standing, UserStatus, session},
    app::App,
    error::ApiError,
};

pub async fn caller(app: &App, token: &str, named: Option<WorkspaceId>) -> Result<Caller, ApiError> {
    let claims = app.accounts.tokens().verify(token).ok_or(ApiError::Unauthorized)?;
    let standing = session::standing(&app.catalog, &claims.jti, &claims.sub).await?;
    let Standing { user, memberships } = standing.ok_or(ApiError::Unauthorized)?;
    let is_pending = match user.status {
        UserStatus::Active => false,
        UserStatus::PendingApproval => true,
        UserStatus::Invited | UserStatus::Disabled => return Err(ApiError::Unauthorized),
    };
    let current = if is_pending { None } else { pick(memberships, named)? };
    let role = current.as_ref().map(|membership| membership.role);
    Ok(Caller {
        permissions: role.map_or_else(Vec::new, |role| role.permissions().to_vec()),
        role,
        masks_money: current.as_ref().is_some_and(Membership::masks_money),
        workspace_id: current.map(|membership| membership.workspace_id),
        is_installation_admin: !is_pending && app.accounts.is_installation_admin(&user.email),
        session: Some(CallerSession { id: claims.jti, is_pending }),
        actor: Actor { kind: ActorKind::User, id: user._id, name: user.email },
    })
}

/// The one that is named, or the oldest. One that the user is not in does not exist for them.
fn pick(memberships: Vec<Membership>, named: Option<WorkspaceId>) -> Result<Option<Membership>, ApiError> {
    let mut memberships = memberships.into_iter();
    match named {
        None => Ok(memberships.next()),
        Some(id) => {
            let found = memberships.find(|membership| membership.workspace_id == id);
            found.map(Some).ok_or(ApiError::NotFound)
        }
    }
}
