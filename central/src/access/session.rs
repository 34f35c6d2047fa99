//! A session becomes a caller: with what its user is now, not with what they were at sign-in.

use super::{
    Actor, ActorKind, Caller, CallerSession,
    gate::{Named, Unknown},
};
use crate::{
    accounts::store::{Membership, Standing, UserStatus, session},
    app::App,
    error::ApiError,
};

pub async fn caller(app: &App, token: &str, named: Named) -> Result<Caller, Unknown> {
    let claims = app.accounts.tokens().verify(token).ok_or(ApiError::Unauthorized)?;
    let standing = session::standing(&app.catalog, &claims.jti, &claims.sub).await?;
    let Standing { user, memberships } = standing.ok_or(ApiError::Unauthorized)?;
    let is_pending = match user.status {
        UserStatus::Active => false,
        UserStatus::PendingApproval => true,
        UserStatus::Invited | UserStatus::Disabled => return Err(ApiError::Unauthorized.into()),
    };
    let actor = Actor { kind: ActorKind::User, id: user._id, name: user.email };
    let current = match is_pending {
        true => None,
        false => match pick(memberships, named) {
            Ok(found) => found,
            Err(NotTheirs) => return Err(Unknown::place(actor)),
        },
    };
    let role = current.as_ref().map(|membership| membership.role);
    Ok(Caller {
        permissions: role.map_or_else(Vec::new, |role| role.permissions().to_vec()),
        role,
        masks_money: current.as_ref().is_some_and(Membership::masks_money),
        workspace_id: current.map(|membership| membership.workspace_id),
        is_installation_admin: !is_pending && app.accounts.is_installation_admin(&actor.name),
        expires_at: None,
        session: Some(CallerSession { id: claims.jti, is_pending }),
        actor,
    })
}

struct NotTheirs;

/// The one that is named, or the oldest. One that the user is not in does not exist for them.
fn pick(memberships: Vec<Membership>, named: Named) -> Result<Option<Membership>, NotTheirs> {
    let mut memberships = memberships.into_iter();
    match named {
        Named::Nothing => Ok(memberships.next()),
        Named::Workspace(id) => {
            let found = memberships.find(|membership| membership.workspace_id == id);
            found.map(Some).ok_or(NotTheirs)
        }
        Named::NoId => Err(NotTheirs),
    }
}
