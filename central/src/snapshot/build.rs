//! The configuration as sets of entities, their differences, and deltas put together. Pure.

mod hash;

use std::collections::BTreeMap;

use traffoflex_model::{
    AffiliateNetwork, Campaign, Destination, Domain, Entities, EntityRef, NodeSettings, PostbackTemplate,
    SnapshotDelta, Stream, TrafficSource, Webhook, Workspace,
};

use crate::catalog::entity::Entity;

/// All entities by id, and what all nodes share.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct State {
    pub workspaces: BTreeMap<String, Workspace>,
    pub campaigns: BTreeMap<String, Campaign>,
    pub streams: BTreeMap<String, Stream>,
    pub destinations: BTreeMap<String, Destination>,
    pub sources: BTreeMap<String, TrafficSource>,
    pub domains: BTreeMap<String, Domain>,
    pub networks: BTreeMap<String, AffiliateNetwork>,
    pub postback_templates: BTreeMap<String, PostbackTemplate>,
    pub webhooks: BTreeMap<String, Webhook>,
    pub settings: NodeSettings,
}

/// New, changed and removed entities.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Change {
    pub upserts: Entities,
    pub removed: Vec<EntityRef>,
    /// None: as before.
    pub settings: Option<NodeSettings>,
}

impl Change {
    pub fn is_empty(&self) -> bool {
        self.removed.is_empty() && self.settings.is_none() && self.upserts == Entities::default()
    }
}

impl Change {
    /// What both change, of different entities.
    pub fn extend(&mut self, other: Change) {
        let Entities {
            workspaces,
            campaigns,
            streams,
            destinations,
            sources,
            domains,
            networks,
            postback_templates,
            webhooks,
        } = other.upserts;
        self.upserts.workspaces.extend(workspaces);
        self.upserts.campaigns.extend(campaigns);
        self.upserts.streams.extend(streams);
        self.upserts.destinations.extend(destinations);
        self.upserts.sources.extend(sources);
        self.upserts.domains.extend(domains);
        self.upserts.networks.extend(networks);
        self.upserts.postback_templates.extend(postback_templates);
        self.upserts.webhooks.extend(webhooks);
        self.removed.extend(other.removed);
        self.settings = other.settings.or(self.settings.take());
    }
}

impl State {
    pub fn entities(&self) -> Entities {
        Entities {
            workspaces: self.workspaces.values().cloned().collect(),
            campaigns: self.campaigns.values().cloned().collect(),
            streams: self.streams.values().cloned().collect(),
            destinations: self.destinations.values().cloned().collect(),
            sources: self.sources.values().cloned().collect(),
            domains: self.domains.values().cloned().collect(),
            networks: self.networks.values().cloned().collect(),
            postback_templates: self.postback_templates.values().cloned().collect(),
            webhooks: self.webhooks.values().cloned().collect(),
        }
    }

    /// One campaign, its streams, and what they can name.
    pub fn around(&self, campaign: &str) -> Entities {
        let campaigns: Vec<Campaign> = self.campaigns.get(campaign).cloned().into_iter().collect();
        let streams: Vec<Stream> =
            self.streams.values().filter(|stream| *stream.campaign_id == *campaign).cloned().collect();
        let targets = streams.iter().flat_map(|stream| stream.targets.iter().chain(&stream.landings));
        let targets = targets.map(|target| &target.destination_id);
        let others =
            campaigns.iter().flat_map(|c| [&c.trafficback_destination_id, &c.fallback_destination_id]);
        let general = self.workspaces.values().map(|workspace| &workspace.trafficback_destination_id);
        let others = others.chain(general).flatten();
        let mut found: BTreeMap<&str, &Destination> = BTreeMap::new();
        let mut wanted: Vec<&str> = targets.chain(others).map(|id| &**id).collect();
        while let Some(id) = wanted.pop() {
            if let Some(destination) = self.destinations.get(id)
                && found.insert(id, destination).is_none()
            {
                wanted
                    .extend(destination.caps.iter().filter_map(|cap| cap.redirect_destination_id.as_deref()));
            }
        }
        let destinations = found.into_values().cloned().collect();
        Entities {
            workspaces: self.workspaces.values().cloned().collect(),
            sources: self.sources.values().cloned().collect(),
            domains: self.domains.values().cloned().collect(),
            campaigns,
            streams,
            destinations,
            ..Entities::default()
        }
    }

    pub fn apply(&mut self, change: &Change) {
        for removed in &change.removed {
            match removed {
                EntityRef::Workspace(id) => drop(self.workspaces.remove(&**id)),
                EntityRef::Campaign(id) => drop(self.campaigns.remove(&**id)),
                EntityRef::Stream(id) => drop(self.streams.remove(&**id)),
                EntityRef::Destination(id) => drop(self.destinations.remove(&**id)),
                EntityRef::Source(id) => drop(self.sources.remove(&**id)),
                EntityRef::Domain(id) => drop(self.domains.remove(&**id)),
                EntityRef::Network(id) => drop(self.networks.remove(&**id)),
                EntityRef::PostbackTemplate(id) => drop(self.postback_templates.remove(&**id)),
                EntityRef::Webhook(id) => drop(self.webhooks.remove(&**id)),
            }
        }
        if let Some(settings) = &change.settings {
            self.settings = settings.clone();
        }
        let Entities {
            workspaces,
            campaigns,
            streams,
            destinations,
            sources,
            domains,
            networks,
            postback_templates,
            webhooks,
        } = &change.upserts;
        self.workspaces.extend(workspaces.iter().map(|e| (e.id.to_string(), e.clone())));
        self.campaigns.extend(campaigns.iter().map(|e| (e.id.to_string(), e.clone())));
        self.streams.extend(streams.iter().map(|e| (e.id.to_string(), e.clone())));
        self.destinations.extend(destinations.iter().map(|e| (e.id.to_string(), e.clone())));
        self.sources.extend(sources.iter().map(|e| (e.id.to_string(), e.clone())));
        self.domains.extend(domains.iter().map(|e| (e.id.to_string(), e.clone())));
        self.networks.extend(networks.iter().map(|e| (e.id.to_string(), e.clone())));
        self.postback_templates.extend(postback_templates.iter().map(|e| (e.id.to_string(), e.clone())));
        self.webhooks.extend(webhooks.iter().map(|e| (e.id.to_string(), e.clone())));
    }

    /// What leads from this state to the other.
    pub fn difference(&self, to: &State) -> Change {
        let mut change = Change::default();
        let removed = &mut change.removed;
        change.upserts = Entities {
            workspaces: difference(&self.workspaces, &to.workspaces, removed, |id| {
                EntityRef::Workspace(id.into())
            }),
            campaigns: difference(&self.campaigns, &to.campaigns, removed, |id| {
                EntityRef::Campaign(id.into())
            }),
            streams: difference(&self.streams, &to.streams, removed, |id| EntityRef::Stream(id.into())),
            destinations: difference(&self.destinations, &to.destinations, removed, |id| {
                EntityRef::Destination(id.into())
            }),
            sources: difference(&self.sources, &to.sources, removed, |id| EntityRef::Source(id.into())),
            domains: difference(&self.domains, &to.domains, removed, |id| EntityRef::Domain(id.into())),
            networks: difference(&self.networks, &to.networks, removed, |id| EntityRef::Network(id.into())),
            postback_templates: difference(&self.postback_templates, &to.postback_templates, removed, |id| {
                EntityRef::PostbackTemplate(id.into())
            }),
            webhooks: difference(&self.webhooks, &to.webhooks, removed, |id| EntityRef::Webhook(id.into())),
        };
        change.settings = (self.settings != to.settings).then(|| to.settings.clone());
        change
    }

    /// A stream goes with its campaign, or no node could compile the snapshot.
    pub fn drop_orphans(&mut self) {
        let campaigns = &self.campaigns;
        self.streams.retain(|_, stream| campaigns.contains_key(&*stream.campaign_id));
    }

    /// The change with what follows from it: streams leave with their campaign, and one whose
    /// campaign is not there yet stays out.
    pub fn with_consequences(&self, mut change: Change) -> Change {
        let upserted = |id: &str| change.upserts.campaigns.iter().any(|campaign| *campaign.id == *id);
        let removed =
            |id: &str| change.removed.iter().any(|r| matches!(r, EntityRef::Campaign(c) if **c == *id));
        let there = |id: &str| upserted(id) || (self.campaigns.contains_key(id) && !removed(id));
        let streams: Vec<Stream> =
            change.upserts.streams.iter().filter(|stream| there(&stream.campaign_id)).cloned().collect();
        if change.removed.iter().any(|removed| matches!(removed, EntityRef::Campaign(_))) {
            let left: Vec<EntityRef> = (self.streams.values())
                .filter(|stream| !there(&stream.campaign_id))
                .map(|stream| EntityRef::Stream(stream.id.clone()))
                .filter(|stream| !change.removed.contains(stream))
                .collect();
            change.removed.extend(left);
        }
        change.upserts.streams = streams;
        change
    }
}

/// The part of the state that holds a kind of entity.
pub trait Holds<T> {
    /// The change that makes the entity this, or removes it.
    fn change(&self, id: &str, entity: Option<T>) -> Change;
    fn holds(&self, id: &str) -> bool;
}

macro_rules! holds {
    ($type:ty, $field:ident) => {
        impl Holds<$type> for State {
            fn holds(&self, id: &str) -> bool {
                self.$field.contains_key(id)
            }

            fn change(&self, id: &str, entity: Option<$type>) -> Change {
                let mut change = Change::default();
                match (self.$field.get(id), entity) {
                    (old, Some(new)) if old != Some(&new) => change.upserts.$field.push(new),
                    (Some(_), None) => change.removed.push(<$type>::reference(id)),
                    _ => {}
                }
                change
            }
        }
    };
}

holds!(Workspace, workspaces);
holds!(Campaign, campaigns);
holds!(Stream, streams);
holds!(Destination, destinations);
holds!(TrafficSource, sources);
holds!(Domain, domains);
holds!(AffiliateNetwork, networks);
holds!(PostbackTemplate, postback_templates);
holds!(Webhook, webhooks);

fn difference<T: PartialEq + Clone>(
    from: &BTreeMap<String, T>,
    to: &BTreeMap<String, T>,
    removed: &mut Vec<EntityRef>,
    reference: impl Fn(&str) -> EntityRef,
) -> Vec<T> {
    removed.extend(from.keys().filter(|id| !to.contains_key(*id)).map(|id| reference(id)));
    to.iter().filter(|(id, entity)| from.get(*id) != Some(entity)).map(|(_, entity)| entity.clone()).collect()
}

/// One delta over several in a row. None when there are none.
pub fn merge<'d>(deltas: impl Iterator<Item = &'d SnapshotDelta>) -> Option<SnapshotDelta> {
    let mut merged: Option<SnapshotDelta> = None;
    let mut upserts = State::default();
    let mut removed: BTreeMap<String, EntityRef> = BTreeMap::new();
    for delta in deltas {
        let whole = merged.get_or_insert_with(|| SnapshotDelta { removed: Vec::new(), ..delta.clone() });
        whole.to_version = delta.to_version;
        whole.created_at_ms = delta.created_at_ms;
        if delta.settings.is_some() {
            whole.settings.clone_from(&delta.settings);
        }
        let (added, removals) = (delta.upserts.clone(), delta.removed.clone());
        let change = Change { upserts: added, removed: removals, settings: None };
        upserts.apply(&change);
        removed.extend(delta.removed.iter().map(|entity| (format!("{entity:?}"), entity.clone())));
    }
    // Nodes remove before they add, so what came back after its removal is in both lists.
    merged.map(|delta| SnapshotDelta {
        upserts: upserts.entities(),
        removed: removed.into_values().collect(),
        ..delta
    })
}

#[cfg(test)]
mod tests {
    use traffoflex_model::{Status, TrafficSource};

    use super::*;

    fn source(id: &str, slug: &str) -> TrafficSource {
        TrafficSource {
            id: id.into(),
            workspace_id: "w".into(),
            slug: slug.into(),
            name: slug.into(),
            status: Status::Active,
            postbacks: Vec::new(),
        }
    }

    fn state(sources: &[(&str, &str)]) -> State {
        let sources: BTreeMap<String, TrafficSource> =
            sources.iter().map(|(id, slug)| ((*id).to_owned(), source(id, slug))).collect();
        // Settings that differ from state to state.
        let ip_hash_key = [sources.len() as u8; 16];
        let settings = NodeSettings { ip_hash_key, ..NodeSettings::default() };
        State { sources, settings, ..State::default() }
    }

    #[test]
    fn differences_lead_from_one_state_to_the_other_also_when_merged() {
        let states = [
            state(&[]),
            state(&[("1", "a"), ("2", "b")]),
            state(&[("2", "c")]),
            state(&[("1", "d"), ("2", "c")]),
            state(&[("3", "a")]),
        ];
        let deltas: Vec<SnapshotDelta> = states
            .windows(2)
            .zip(1..)
            .map(|(pair, version)| {
                let change = pair[0].difference(&pair[1]);
                SnapshotDelta {
                    generation: "g".into(),
                    from_version: version,
                    to_version: version + 1,
                    created_at_ms: version as i64,
                    settings: change.settings,
                    upserts: change.upserts,
                    removed: change.removed,
                }
            })
            .collect();
        for from in 0..states.len() - 1 {
            let merged = merge(deltas[from..].iter()).unwrap();
            assert_eq!((merged.from_version, merged.to_version), (from as u64 + 1, 5));
            let mut reached = states[from].clone();
            let SnapshotDelta { upserts, removed, settings, .. } = merged.clone();
            let change = Change { upserts, removed, settings };
            let moved =
                reached.hash().unwrap() ^ states[from].hash_of(&states[from].difference(&states[4])).unwrap();
            assert_eq!(moved, states[4].hash().unwrap());
            reached.apply(&change);
            assert_eq!(reached, states[4], "from {from}");
        }
        assert!(merge([].iter()).is_none());
        assert!(states[1].difference(&states[1]).is_empty());
        assert_ne!(states[1].hash().unwrap(), states[2].hash().unwrap());
    }
}
