//! A table from nothing, a part at a time, so that reading and compiling can go on side by side and nobody
//! holds the whole configuration twice.

use std::sync::Arc;

use hashbrown::HashTable;
use traffoflex_model::{Campaign, Entities, NodeSettings, Stream};
use xxhash_rust::xxh3::xxh3_64;

use super::{CompiledCampaign, CompiledStream, RoutingTable, TableError, apply::StreamOwner};

pub struct TableBuilder {
    table: RoutingTable,
    campaigns: HashTable<Draft>,
}

/// A campaign with the streams that have come so far.
struct Draft {
    head: Campaign,
    streams: Vec<Arc<CompiledStream>>,
}

impl TableBuilder {
    pub fn new(
        generation: &str,
        version: u64,
        created_at_ms: i64,
        settings: &NodeSettings,
    ) -> Result<Self, TableError> {
        let table = RoutingTable::empty(generation, version, created_at_ms, settings)?;
        Ok(Self { table, campaigns: HashTable::new() })
    }

    /// Each entity once; a stream after its campaign.
    pub fn add(&mut self, part: Entities) -> Result<(), TableError> {
        let Entities { campaigns, streams, .. } = part;
        for head in campaigns {
            let hash = xxh3_64(head.id.as_bytes());
            let draft = Draft { head, streams: Vec::new() };
            self.campaigns.insert_unique(hash, draft, |draft| xxh3_64(draft.head.id.as_bytes()));
        }
        for stream in &streams {
            self.add_stream(stream)?;
        }
        self.table.upsert(&Entities { campaigns: Vec::new(), streams: Vec::new(), ..part })
    }

    fn add_stream(&mut self, stream: &Stream) -> Result<(), TableError> {
        let compiled = Arc::new(CompiledStream::compile(stream)?);
        let owner = &stream.campaign_id;
        let draft = self.campaigns.find_mut(xxh3_64(owner.as_bytes()), |draft| draft.head.id == *owner);
        let draft = draft.ok_or_else(|| TableError::no_campaign(stream))?;
        // One id for all of them, instead of a copy in each.
        let campaign_id = draft.head.id.clone();
        draft.streams.push(compiled);
        self.table.stream_owners.insert(StreamOwner { stream_id: stream.id.clone(), campaign_id });
        Ok(())
    }

    pub fn finish(mut self) -> RoutingTable {
        for Draft { head, streams } in self.campaigns {
            self.table.put_campaign(CompiledCampaign::new(head, streams));
        }
        self.table
    }
}
