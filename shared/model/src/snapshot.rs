//! The routing configuration as one versioned whole, and the change from one version to the next.

use serde::{Deserialize, Serialize};

use crate::{
    AffiliateNetwork, Campaign, CampaignId, Destination, DestinationId, Domain, DomainId, NetworkId,
    PostbackTemplate, PostbackTemplateId, SourceId, Stream, StreamId, TrafficSource, Webhook, WebhookId,
    Workspace, WorkspaceId,
};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Snapshot {
    /// Identifies the database the versions are counted in. Versions of different generations do
    /// not compare: a node takes a full snapshot of a new generation whatever its version.
    pub generation: String,
    /// From 1, one higher with every write at central.
    pub version: u64,
    /// Central's clock, UTC milliseconds.
    pub created_at_ms: i64,
    pub settings: NodeSettings,
    pub entities: Entities,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SnapshotDelta {
    pub generation: String,
    pub from_version: u64,
    pub to_version: u64,
    pub created_at_ms: i64,
    /// Present when they changed.
    pub settings: Option<NodeSettings>,
    /// New or changed, whole.
    pub upserts: Entities,
    pub removed: Vec<EntityRef>,
}

#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Entities {
    pub workspaces: Vec<Workspace>,
    pub campaigns: Vec<Campaign>,
    pub streams: Vec<Stream>,
    pub destinations: Vec<Destination>,
    pub sources: Vec<TrafficSource>,
    #[serde(default)]
    pub domains: Vec<Domain>,
    #[serde(default)]
    pub networks: Vec<AffiliateNetwork>,
    #[serde(default)]
    pub postback_templates: Vec<PostbackTemplate>,
    #[serde(default)]
    pub webhooks: Vec<Webhook>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum EntityRef {
    Workspace(WorkspaceId),
    Campaign(CampaignId),
    Stream(StreamId),
    Destination(DestinationId),
    Source(SourceId),
    Domain(DomainId),
    Network(NetworkId),
    PostbackTemplate(PostbackTemplateId),
    Webhook(WebhookId),
}

/// What every node of the installation shares.
#[derive(Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct NodeSettings {
    /// The first one signs new click ids; the others still verify old ones.
    pub click_id_keys: Vec<ClickIdKey>,
    /// Keys the hash of client addresses and user agents, so that it cannot be reversed by trying all of IPv4.
    pub ip_hash_key: [u8; 16],
    /// The first one signs new links; the others still verify old ones.
    #[serde(default)]
    pub link_keys: Vec<LinkKey>,
}

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClickIdKey {
    pub key: [u8; 16],
}

/// Signs links, see `traffoflex_routing::signed_link`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinkKey {
    /// Named by every link it signed; never given to another key.
    pub id: u32,
    pub key: [u8; 32],
}

impl std::fmt::Debug for NodeSettings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NodeSettings")
            .field("click_id_keys", &self.click_id_keys.len())
            .field("link_keys", &self.link_keys)
            .finish_non_exhaustive()
    }
}

impl std::fmt::Debug for ClickIdKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ClickIdKey(..)")
    }
}

impl std::fmt::Debug for LinkKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "LinkKey({}, ..)", self.id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_not_printed() {
        let link_keys = vec![LinkKey { id: 7, key: [0xab; 32] }];
        let printed = format!("{:?}", NodeSettings { link_keys, ..NodeSettings::default() });
        assert!(printed.contains("LinkKey(7, ..)") && !printed.contains("171"), "{printed}");
    }
}
