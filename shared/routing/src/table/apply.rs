//! The next version of a table from a delta. Building from nothing is the same work on empty maps,
//! so both ways end in the same table.

use std::{collections::BTreeMap, sync::Arc};

use traffoflex_model::{Campaign, CampaignId, Entities, EntityRef, SnapshotDelta, Stream, StreamId};

use super::{
    CompiledCampaign, CompiledDestination, CompiledSource, CompiledStream, RoutingTable, TableError,
    clients::CompiledWorkspace, postbacks::PostbackConfig,
};
use crate::click_id::ClickIdKeyring;

#[derive(Clone)]
pub(super) struct StreamOwner {
    pub stream_id: StreamId,
    pub campaign_id: CampaignId,
}

/// A campaign being put together again.
struct Draft {
    head: Campaign,
    streams: Vec<Arc<CompiledStream>>,
}

impl RoutingTable {
    /// The table after the delta. Whether the delta belongs to this version is the caller's to check.
    pub fn apply(&self, delta: &SnapshotDelta) -> Result<Self, TableError> {
        let mut next = self.clone();
        next.version = delta.to_version;
        next.created_at_ms = delta.created_at_ms;
        if let Some(settings) = &delta.settings {
            next.keyring = Arc::new(ClickIdKeyring::new(settings)?);
            next.settings = Arc::new(settings.clone());
        }
        for removed in &delta.removed {
            next.remove(removed);
        }
        next.upsert(&delta.upserts)?;
        Ok(next)
    }

    fn remove(&mut self, entity: &EntityRef) {
        match entity {
            EntityRef::Workspace(id) => drop(self.workspaces.remove(id)),
            EntityRef::Destination(id) => drop(self.destinations.remove(id)),
            EntityRef::Source(id) => self.take_source(id),
            EntityRef::Domain(id) => self.take_domain(id),
            EntityRef::Network(_) | EntityRef::PostbackTemplate(_) | EntityRef::Webhook(_) => {
                Arc::make_mut(&mut self.postbacks).remove(entity);
            }
            EntityRef::Campaign(id) => {
                if let Some(campaign) = self.take_campaign(id) {
                    for stream in campaign.streams() {
                        self.stream_owners.remove(stream.id());
                    }
                }
            }
            EntityRef::Stream(id) => {
                let owner = self.stream_owners.remove(id);
                if let Some(campaign) = owner.and_then(|owner| self.take_campaign(&owner.campaign_id)) {
                    let kept = campaign.streams().iter().filter(|s| s.id() != id).cloned().collect();
                    self.put_campaign(CompiledCampaign::new(campaign.head().clone(), kept));
                }
            }
        }
    }

    pub(super) fn upsert(&mut self, entities: &Entities) -> Result<(), TableError> {
        for workspace in &entities.workspaces {
            self.workspaces.insert(Arc::new(CompiledWorkspace::compile(workspace)?));
        }
        for destination in &entities.destinations {
            self.destinations.insert(Arc::new(CompiledDestination::compile(destination)?));
        }
        for source in &entities.sources {
            self.take_source(&source.id);
        }
        for source in &entities.sources {
            let source = Arc::new(CompiledSource::compile(source));
            self.sources.insert(source.clone());
            self.source_slugs.insert(source);
        }
        for domain in &entities.domains {
            self.take_domain(&domain.id);
        }
        for domain in &entities.domains {
            let domain = Arc::new(domain.clone());
            self.domains.insert(domain.clone());
            self.domain_hosts.insert(domain);
        }
        if PostbackConfig::is_touched_by(entities) {
            Arc::make_mut(&mut self.postbacks).upsert(entities);
        }
        self.upsert_campaigns(&entities.campaigns, &entities.streams)
    }

    /// All touched campaigns are taken out before any is put back: slugs may change hands among them.
    fn upsert_campaigns(&mut self, campaigns: &[Campaign], streams: &[Stream]) -> Result<(), TableError> {
        let mut drafts: BTreeMap<CampaignId, Draft> = BTreeMap::new();
        for head in campaigns {
            let streams = self.take_campaign(&head.id).map_or(Vec::new(), |old| old.streams().to_vec());
            drafts.insert(head.id.clone(), Draft { head: head.clone(), streams });
        }
        for stream in streams {
            let compiled = Arc::new(CompiledStream::compile(stream)?);
            if let Some(owner) = self.stream_owners.get(&stream.id).cloned()
                && let Some(draft) = self.draft(&mut drafts, &owner.campaign_id)
            {
                draft.streams.retain(|other| other.id() != compiled.id());
            }
            let owner =
                StreamOwner { stream_id: stream.id.clone(), campaign_id: compiled.campaign_id().clone() };
            match self.draft(&mut drafts, &owner.campaign_id) {
                Some(draft) => draft.streams.push(compiled),
                None => return Err(TableError::no_campaign(stream)),
            }
            self.stream_owners.insert(owner);
        }
        for draft in drafts.into_values() {
            self.put_campaign(CompiledCampaign::new(draft.head, draft.streams));
        }
        Ok(())
    }

    fn draft<'d>(
        &mut self,
        drafts: &'d mut BTreeMap<CampaignId, Draft>,
        id: &CampaignId,
    ) -> Option<&'d mut Draft> {
        if !drafts.contains_key(id) {
            let old = self.take_campaign(id)?;
            drafts.insert(id.clone(), Draft { head: old.head().clone(), streams: old.streams().to_vec() });
        }
        drafts.get_mut(id)
    }

    pub(super) fn put_campaign(&mut self, campaign: CompiledCampaign) {
        let campaign = Arc::new(campaign);
        self.by_slug.insert(campaign.clone());
        self.by_public_id.insert(campaign.clone());
        self.campaigns.insert(campaign);
    }

    fn take_campaign(&mut self, id: &CampaignId) -> Option<Arc<CompiledCampaign>> {
        let campaign = self.campaigns.get(id).is_some().then(|| self.campaigns.remove(id)).flatten()?;
        // A slug that changed hands may be another campaign's by now.
        if self.by_slug.get(campaign.slug()).is_some_and(|holder| holder.id() == id) {
            self.by_slug.remove(campaign.slug());
        }
        if self.by_public_id.get(campaign.public_id()).is_some_and(|holder| holder.id() == id) {
            self.by_public_id.remove(campaign.public_id());
        }
        Some(campaign)
    }

    fn take_source(&mut self, id: &str) {
        if self.sources.get(id).is_some()
            && let Some(source) = self.sources.remove(id)
        {
            let holder = self.source_slugs.get(source.slug_key());
            if holder.is_some_and(|holder| holder.id() == source.id()) {
                self.source_slugs.remove(source.slug_key());
            }
        }
    }

    fn take_domain(&mut self, id: &str) {
        if self.domains.get(id).is_some()
            && let Some(domain) = self.domains.remove(id)
        {
            // A host that changed hands may be another domain's by now.
            let holder = self.domain_hosts.get(&domain.host);
            if holder.is_some_and(|holder| holder.id == domain.id) {
                self.domain_hosts.remove(&domain.host);
            }
        }
    }
}
