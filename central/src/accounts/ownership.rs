//! Who may make whom what, and that no workspace is left without an owner.

use super::store::{Membership, membership};
use crate::{
    access::{Caller, Role},
    catalog::Catalog,
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

/// Refuses when the workspace would be left without an owner who can sign in.
pub async fn keep_one(catalog: &Catalog, owner: &Membership) -> Result<(), ApiError> {
    if owner.role != Role::Owner
        || membership::has_other_owner(catalog, &owner.workspace_id, &owner.user_id).await?
    {
        return Ok(());
    }
    Err(ApiError::Conflict { message: "a workspace keeps at least one active owner".into(), details: vec![] })
}
