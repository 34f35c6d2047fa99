//! An API key as a caller.

use traffoflex_model::WorkspaceId;

use super::store::ApiKeys;
use crate::{
    access::{
        Actor, ActorKind, Caller,
        gate::{Named, Unknown},
    },
    error::ApiError,
};

/// `named` is the workspace that the request is about, when it says so: any but the key's own does not exist
/// for it.
pub async fn caller(keys: &ApiKeys, shown: &str, named: Named) -> Result<Caller, Unknown> {
    let key = keys.find(shown).await?.ok_or(ApiError::Unauthorized)?;
    let actor = Actor { kind: ActorKind::ApiKey, id: key._id, name: key.name };
    let workspace_id: WorkspaceId = key.workspace_id.into();
    match named {
        Named::Nothing => {}
        Named::Workspace(named) if named == workspace_id => {}
        Named::Workspace(_) | Named::NoId => return Err(Unknown::place(actor)),
    }
    Ok(Caller {
        actor,
        workspace_id: Some(workspace_id),
        role: None,
        permissions: key.scopes,
        masks_money: key.mask_money,
        is_installation_admin: false,
        expires_at: key.expires_at,
        session: None,
    })
}
