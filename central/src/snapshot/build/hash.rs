//! What tells two states apart, in eight bytes.

use serde::Serialize;
use traffoflex_model::{Entities, EntityRef};
use traffoflex_wire::codec::{self, CodecError};
use xxhash_rust::xxh3::xxh3_64;

use super::{Change, State};

impl State {
    /// Independent of order, so that a change moves it without looking at the rest.
    pub fn hash(&self) -> Result<u64, CodecError> {
        let settings = Some(self.settings.clone());
        let change = Change { upserts: self.entities(), removed: Vec::new(), settings };
        State::default().hash_of(&change)
    }

    /// What to combine (exclusive or) with this state's hash to get the hash after the change.
    pub fn hash_of(&self, change: &Change) -> Result<u64, CodecError> {
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
        let mut hash = 0;
        if let Some(new) = &change.settings {
            hash ^= pair_hash(7, Some(&self.settings), Some(new))?;
        }
        for new in workspaces {
            hash ^= pair_hash(1, self.workspaces.get(&*new.id), Some(new))?;
        }
        for new in campaigns {
            hash ^= pair_hash(2, self.campaigns.get(&*new.id), Some(new))?;
        }
        for new in streams {
            hash ^= pair_hash(3, self.streams.get(&*new.id), Some(new))?;
        }
        for new in destinations {
            hash ^= pair_hash(4, self.destinations.get(&*new.id), Some(new))?;
        }
        for new in sources {
            hash ^= pair_hash(5, self.sources.get(&*new.id), Some(new))?;
        }
        for new in domains {
            hash ^= pair_hash(6, self.domains.get(&*new.id), Some(new))?;
        }
        for new in networks {
            hash ^= pair_hash(8, self.networks.get(&*new.id), Some(new))?;
        }
        for new in postback_templates {
            hash ^= pair_hash(9, self.postback_templates.get(&*new.id), Some(new))?;
        }
        for new in webhooks {
            hash ^= pair_hash(10, self.webhooks.get(&*new.id), Some(new))?;
        }
        for removed in &change.removed {
            hash ^= match removed {
                EntityRef::Workspace(id) => pair_hash(1, self.workspaces.get(&**id), None)?,
                EntityRef::Campaign(id) => pair_hash(2, self.campaigns.get(&**id), None)?,
                EntityRef::Stream(id) => pair_hash(3, self.streams.get(&**id), None)?,
                EntityRef::Destination(id) => pair_hash(4, self.destinations.get(&**id), None)?,
                EntityRef::Source(id) => pair_hash(5, self.sources.get(&**id), None)?,
                EntityRef::Domain(id) => pair_hash(6, self.domains.get(&**id), None)?,
                EntityRef::Network(id) => pair_hash(8, self.networks.get(&**id), None)?,
                EntityRef::PostbackTemplate(id) => pair_hash(9, self.postback_templates.get(&**id), None)?,
                EntityRef::Webhook(id) => pair_hash(10, self.webhooks.get(&**id), None)?,
            };
        }
        Ok(hash)
    }
}

fn pair_hash<T: Serialize>(kind: u8, old: Option<&T>, new: Option<&T>) -> Result<u64, CodecError> {
    let of = |entity: Option<&T>| match entity {
        Some(entity) => codec::encode_record(&(kind, entity)).map(|bytes| xxh3_64(&bytes)),
        None => Ok(0),
    };
    Ok(of(old)? ^ of(new)?)
}
