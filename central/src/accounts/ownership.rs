//! Who may make whom what, and that no workspace is left without an owner.

use traffoflex_model::WorkspaceId;

use super::{
    noted::conflict,
    store::{
        Membership, User, UserStatus,
        membership::{self, MAX_MEMBERS},
        user,
    },
};
use crate::{
    access::{Caller, Role},
    catalog::{Catalog, work::Work},
    error::ApiError,
};

/// Work that adds, changes and removes members happens one at a time in the whole installation: two owners could
/// otherwise remove each other, and a user be forgotten who is just being invited.
const LEASE: &str = "owners";

/// Only owners give and take what owners have.
pub fn may_touch(caller: &Caller, role: Role) -> Result<(), ApiError> {
    if role == Role::Owner && caller.role != Some(Role::Owner) {
        return Err(ApiError::Forbidden);
    }
    Ok(())
}

/// Nobody makes anybody what they are not themselves: a key that may invite would otherwise invite its holder to
/// all else, and who sees no amounts somebody who does.
pub fn may_give(caller: &Caller, role: Role, mask_money: bool) -> Result<(), ApiError> {
    may_touch(caller, role)?;
    let has_all = role.permissions().iter().all(|permission| caller.may(*permission));
    if !has_all || (caller.masks_money && !mask_money) {
        return Err(ApiError::Forbidden);
    }
    Ok(())
}

/// Amounts are hidden from analysts only: whoever writes campaigns meets them everywhere.
pub fn check_mask(role: Role, mask_money: bool) -> Result<(), ApiError> {
    if mask_money && role != Role::Analyst {
        return Err(ApiError::field("mask_money", "only for analysts"));
    }
    Ok(())
}

/// Does what changes who is a member, while nobody else does.
pub async fn exclusively<T>(
    catalog: &Catalog,
    work: impl Future<Output = Result<T, ApiError>>,
) -> Result<T, ApiError> {
    catalog.exclusively(LEASE, work).await?
}

/// Makes somebody a member of the workspace who is none.
pub async fn join(
    catalog: &Catalog,
    work: &mut Work,
    workspace: &WorkspaceId,
    user: &User,
    (role, mask_money): (Role, bool),
) -> Result<Membership, ApiError> {
    let members = membership::of_workspace(catalog, workspace).await?;
    if members.iter().any(|member| member.user_id == user._id) {
        return Err(conflict("they are a member already"));
    }
    if members.len() >= MAX_MEMBERS {
        return Err(conflict(&format!("a workspace has at most {MAX_MEMBERS} members")));
    }
    let membership = Membership::new(workspace, &user._id, role, mask_money);
    membership.add(work)?;
    Ok(membership)
}

/// Refuses when the workspace would lose its last owner who can sign in.
pub async fn keep_one(catalog: &Catalog, owner: &Membership) -> Result<(), ApiError> {
    if owner.role != Role::Owner {
        return Ok(());
    }
    let user = user::by_id(catalog, &owner.user_id).await?;
    // One who could not sign in was none to keep.
    let is_active = user.is_some_and(|user| user.status == UserStatus::Active);
    if !is_active || membership::has_other_owner(catalog, &owner.workspace_id, &owner.user_id).await? {
        return Ok(());
    }
    Err(conflict("a workspace keeps at least one active owner"))
}
