//! A traffic source: who sends the clicks and is paid for them.

use serde::{Deserialize, Serialize};

use crate::{SourceId, Status, WorkspaceId};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrafficSource {
    pub id: SourceId,
    pub workspace_id: WorkspaceId,
    /// What a click may carry in `source` instead of the id. Unique in a workspace.
    pub slug: String,
    pub name: String,
    pub status: Status,
}
