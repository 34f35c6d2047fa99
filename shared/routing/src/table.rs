//! The compiled configuration that clicks are routed by: immutable, cheap to derive a next version from.
//!
//! Every map is split into [`shards::SHARDS`] shared shards, so that a delta copies only the shards it
//! touches and a table of a million campaigns takes a change in microseconds while clicks go on
//! reading the version before. A campaign holds its compiled streams; destinations are looked up by
//! id at each decision, so that a change of one destination touches nothing else.

mod apply;
mod builder;
mod campaign;
mod clients;
mod destination;
mod postbacks;
mod shards;
mod source;

use std::sync::Arc;

pub use builder::TableBuilder;
pub use campaign::{CompiledCampaign, CompiledStream};
use clients::CompiledWorkspace;
pub use clients::{Clients, WorkspaceClients};
pub use destination::{CompiledDestination, Conditions};
pub use postbacks::PostbackConfig;
use shards::Shards;
pub use source::CompiledSource;
use traffoflex_model::{Domain, NodeSettings, Snapshot, Stream, Workspace, WorkspaceId};

use crate::click_id::{ClickIdKeyring, KeyringError};

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TableError {
    #[error("{kind} {id}, {field}: {message}")]
    Entity { kind: &'static str, id: String, field: String, message: String },
    #[error("settings: {0}")]
    Keyring(#[from] KeyringError),
}

impl TableError {
    fn no_campaign(stream: &Stream) -> Self {
        Self::Entity {
            kind: "stream",
            id: stream.id.to_string(),
            field: "campaign_id".into(),
            message: format!("there is no campaign {}", stream.campaign_id),
        }
    }
}

#[derive(Clone)]
pub struct RoutingTable {
    generation: Arc<str>,
    version: u64,
    created_at_ms: i64,
    settings: Arc<NodeSettings>,
    keyring: Arc<ClickIdKeyring>,
    workspaces: Shards<Arc<CompiledWorkspace>>,
    campaigns: Shards<Arc<CompiledCampaign>>,
    by_slug: Shards<Arc<CompiledCampaign>>,
    by_public_id: Shards<Arc<CompiledCampaign>>,
    /// The campaign a stream belongs to.
    stream_owners: Shards<apply::StreamOwner>,
    destinations: Shards<Arc<CompiledDestination>>,
    sources: Shards<Arc<CompiledSource>>,
    source_slugs: Shards<Arc<CompiledSource>>,
    domains: Shards<Arc<Domain>>,
    domain_hosts: Shards<Arc<Domain>>,
    postbacks: Arc<PostbackConfig>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counts {
    pub workspaces: usize,
    pub campaigns: usize,
    pub streams: usize,
    pub destinations: usize,
    pub sources: usize,
    pub domains: usize,
}

impl RoutingTable {
    /// Compiles a whole snapshot. Fails on the first entity that central should not have let pass.
    pub fn build(snapshot: &Snapshot) -> Result<Self, TableError> {
        let Snapshot { generation, version, created_at_ms, settings, entities } = snapshot;
        let mut table = Self::empty(generation, *version, *created_at_ms, settings)?;
        table.upsert(entities)?;
        Ok(table)
    }

    fn empty(
        generation: &str,
        version: u64,
        created_at_ms: i64,
        settings: &NodeSettings,
    ) -> Result<Self, TableError> {
        Ok(Self {
            generation: generation.into(),
            version,
            created_at_ms,
            settings: Arc::new(settings.clone()),
            keyring: Arc::new(ClickIdKeyring::new(settings)?),
            workspaces: Shards::new(|workspace| workspace.id()),
            campaigns: Shards::new(|campaign| campaign.id()),
            by_slug: Shards::new(|campaign| campaign.slug()),
            by_public_id: Shards::new(|campaign| campaign.public_id()),
            stream_owners: Shards::new(|owner| &owner.stream_id),
            destinations: Shards::new(|destination| destination.id()),
            sources: Shards::new(|source| source.id()),
            source_slugs: Shards::new(|source| source.slug_key()),
            domains: Shards::new(|domain| &domain.id),
            domain_hosts: Shards::new(|domain| &domain.host),
            postbacks: Arc::default(),
        })
    }

    pub fn generation(&self) -> &str {
        &self.generation
    }

    pub fn version(&self) -> u64 {
        self.version
    }

    /// Central's clock, UTC milliseconds.
    pub fn created_at_ms(&self) -> i64 {
        self.created_at_ms
    }

    pub fn settings(&self) -> &NodeSettings {
        &self.settings
    }

    pub fn keyring(&self) -> &ClickIdKeyring {
        &self.keyring
    }

    pub fn campaign(&self, id: &str) -> Option<&CompiledCampaign> {
        self.campaigns.get(id).map(Arc::as_ref)
    }

    /// The one that the stream belongs to, whether the stream is active or not.
    pub fn campaign_of_stream(&self, stream_id: &str) -> Option<&CompiledCampaign> {
        self.campaign(&self.stream_owners.get(stream_id)?.campaign_id)
    }

    /// `slug` in lower case.
    pub fn campaign_by_slug(&self, slug: &str) -> Option<&CompiledCampaign> {
        self.by_slug.get(slug).map(Arc::as_ref)
    }

    pub fn campaign_by_public_id(&self, public_id: &str) -> Option<&CompiledCampaign> {
        self.by_public_id.get(public_id).map(Arc::as_ref)
    }

    pub fn destination(&self, id: &str) -> Option<&CompiledDestination> {
        self.destinations.get(id).map(Arc::as_ref)
    }

    /// In no order.
    pub fn destinations(&self) -> impl Iterator<Item = &CompiledDestination> {
        self.destinations.iter().map(Arc::as_ref)
    }

    pub fn workspace(&self, id: &WorkspaceId) -> Option<&Workspace> {
        self.workspaces.get(id).map(|workspace| workspace.head())
    }

    /// Whom the workspace takes for bots and for people.
    pub fn workspace_clients(&self, id: &WorkspaceId) -> Option<&WorkspaceClients> {
        self.workspaces.get(id).map(|workspace| workspace.clients())
    }

    /// The active source with this id or slug, when it is the workspace's.
    pub fn resolve_source(&self, workspace: &WorkspaceId, named: &str) -> Option<&CompiledSource> {
        if named.is_empty() {
            return None;
        }
        self.sources
            .get(named)
            .or_else(|| self.source_slugs.get(&source::slug_key(workspace, named)))
            .map(Arc::as_ref)
            .filter(|source| source.workspace_id() == workspace && source.is_active())
    }

    /// The domain of this host, in lower case, when clicks are answered on it.
    pub fn domain_by_host(&self, host: &str) -> Option<&Domain> {
        self.domain_hosts.get(host).map(Arc::as_ref).filter(|domain| domain.answers())
    }

    /// In no order.
    pub fn sources(&self) -> impl Iterator<Item = &CompiledSource> {
        self.sources.iter().map(Arc::as_ref)
    }

    pub fn postbacks(&self) -> &PostbackConfig {
        &self.postbacks
    }

    pub fn counts(&self) -> Counts {
        Counts {
            workspaces: self.workspaces.len(),
            campaigns: self.campaigns.len(),
            streams: self.stream_owners.len(),
            destinations: self.destinations.len(),
            sources: self.sources.len(),
            domains: self.domains.len(),
        }
    }
}

#[cfg(test)]
pub(crate) mod tests;
