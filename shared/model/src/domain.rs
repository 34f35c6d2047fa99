//! A host name of a client, on which campaigns answer once its owner is proven.

use serde::{Deserialize, Serialize};

use crate::{DomainId, Status, WorkspaceId};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Domain {
    pub id: DomainId,
    pub workspace_id: WorkspaceId,
    /// Lower case, internationalised names in their ASCII form, no final dot. Unique over all workspaces.
    pub host: String,
    pub status: Status,
    /// What a TXT record of the owner's must show. No secret: it is public once it is there.
    pub verification_token: String,
    /// DNS has shown that the host is its owner's and points at us.
    pub verified: bool,
}

impl Domain {
    /// Whether nodes answer on it.
    pub fn answers(&self) -> bool {
        self.verified && self.status == Status::Active
    }
}
