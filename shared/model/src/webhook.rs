//! A webhook: who else is told of what happens in a workspace.

use serde::{Deserialize, Serialize};

use crate::{Status, WebhookId, WorkspaceId};

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Webhook {
    pub id: WebhookId,
    pub workspace_id: WorkspaceId,
    pub name: String,
    pub status: Status,
    pub url: String,
    pub events: Vec<WebhookEvent>,
    /// `whsec_` and base64 of 24 to 64 bytes, as Standard Webhooks has it. In clear, since nodes sign with it.
    pub secret: String,
}

impl std::fmt::Debug for Webhook {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Webhook").field("id", &self.id).field("events", &self.events).finish_non_exhaustive()
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum WebhookEvent {
    /// A conversion is new or has changed.
    #[serde(rename = "conversion")]
    Conversion,
    #[serde(rename = "cap.reached")]
    CapReached,
    #[serde(rename = "destination.unhealthy")]
    DestinationUnhealthy,
    #[serde(rename = "node.offline")]
    NodeOffline,
    /// An alert of a rule opened.
    #[serde(rename = "alert")]
    Alert,
}

impl WebhookEvent {
    pub const ALL: [Self; 5] =
        [Self::Conversion, Self::CapReached, Self::DestinationUnhealthy, Self::NodeOffline, Self::Alert];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Conversion => "conversion",
            Self::CapReached => "cap.reached",
            Self::DestinationUnhealthy => "destination.unhealthy",
            Self::NodeOffline => "node.offline",
            Self::Alert => "alert",
        }
    }
}
