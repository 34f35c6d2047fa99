//! An API key as a caller.

use traffoflex_model::WorkspaceId;

use super::store::ApiKeys;
use crate::{
    access::{Actor, ActorKind, Caller},
    error::ApiError,
};

/// `named` is the workspace that the request is about, when it says so: any but the key's own does not exist
/// for it.
pub async fn caller(keys: &ApiKeys, shown: &str, named: Option<&WorkspaceId>) -> Result<Caller, ApiError> {
    let key = keys.find(shown).await?.ok_or(ApiError::Unauthorized)?;
    let workspace_id: WorkspaceId = key.workspace_id.into();
    if named.is_some_and(|named| *named != workspace_id) {
        return Err(ApiError::NotFound);
    }
    Ok(Caller {
        actor: Actor { kind: ActorKind::ApiKey, id: key._id, name: key.name },
        workspace_id: Some(workspace_id),
        role: None,
        permissions: key.scopes,
        masks_money: key.mask_money,
        is_installation_admin: false,
        session: None,
    })
}
