//! `snapshot.redb`: the last good snapshot, so that a node starts with central down.
//!
//! One row an entity, keyed by kind and id, so that a delta writes only what changed; and one row
//! of head data. A full snapshot or a delta is one transaction: after a crash the file holds the
//! old version or the new one, never a mixture.

use std::{
    panic::resume_unwind,
    path::{Path, PathBuf},
    sync::{
        Mutex, MutexGuard, PoisonError,
        mpsc::{SyncSender, sync_channel},
    },
};

use redb::{Database, ReadableDatabase, ReadableTable, TableDefinition, WriteTransaction};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use traffoflex_model::{
    AffiliateNetwork, Campaign, Destination, Domain, Entities, EntityRef, NodeSettings, PostbackTemplate,
    Snapshot, SnapshotDelta, Stream, TrafficSource, Webhook, Workspace,
};
use traffoflex_routing::table::{RoutingTable, TableBuilder, TableError};
use traffoflex_wire::codec::{self, CodecError};

use crate::database_file::{self, OpenError, SetAside};

const ENTITIES: TableDefinition<'_, (u8, &str), &[u8]> = TableDefinition::new("entities");
const HEAD: TableDefinition<'_, &str, &[u8]> = TableDefinition::new("head");
const HEAD_KEY: &str = "head";
pub const FILE_NAME: &str = "snapshot.redb";
/// redb's page cache. The file is read once at start and then only written.
const CACHE_BYTES: usize = 16 << 20;
/// Entities that are read before they are compiled together.
const PART_ROWS: usize = 2048;
/// Parts that wait to be compiled.
const PARTS_AHEAD: usize = 8;

#[derive(Debug, thiserror::Error)]
pub enum LastGoodError {
    #[error(transparent)]
    Open(#[from] OpenError),
    #[error("snapshot store: {0}")]
    Store(Box<redb::Error>),
    #[error("snapshot store holds what this build cannot read: {0}")]
    Codec(#[from] CodecError),
    #[error("the delta starts at version {from_version} of {generation}, the store holds another")]
    Base { generation: String, from_version: u64 },
}

database_file::from_redb!(LastGoodError::Store);

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Head {
    generation: String,
    version: u64,
    created_at_ms: i64,
    settings: NodeSettings,
}

/// What a store holds: nothing yet, or a table or why there is none.
pub type Loaded = Option<Result<RoutingTable, TableError>>;

/// Order and values are part of the file format.
#[derive(Clone, Copy)]
#[repr(u8)]
enum Kind {
    Workspace = 1,
    Campaign = 2,
    Stream = 3,
    Destination = 4,
    Source = 5,
    Domain = 6,
    Network = 7,
    PostbackTemplate = 8,
    Webhook = 9,
}

pub struct LastGood {
    path: PathBuf,
    /// None after an I/O error: redb refuses further work then, and the file is opened anew.
    database: Mutex<Option<Database>>,
    /// What the file held when it was opened and checked, until it is asked for.
    opened_with: Mutex<Option<Loaded>>,
}

impl LastGood {
    /// Opens or creates the store in `dir`. A damaged file is set aside and said so.
    pub fn open(dir: &Path, now_ms: i64) -> Result<(Self, Option<SetAside>), LastGoodError> {
        let opened_with = Mutex::new(None);
        let readable = |database: &Database| match load(database) {
            Ok(loaded) => {
                *lock(&opened_with) = Some(loaded);
                Ok(())
            }
            Err(error) => Err(error.to_string()),
        };
        let path = dir.join(FILE_NAME);
        let opened = database_file::open(&path, CACHE_BYTES, now_ms, readable)?;
        Ok((Self { path, database: Mutex::new(Some(opened.database)), opened_with }, opened.set_aside))
    }

    fn with<T>(&self, work: impl FnOnce(&Database) -> Result<T, LastGoodError>) -> Result<T, LastGoodError> {
        let mut slot = lock(&self.database);
        let database = match slot.take() {
            Some(database) => database,
            None => Database::builder().set_cache_size(CACHE_BYTES).create(&self.path)?,
        };
        let result = work(&database);
        if !matches!(result, Err(LastGoodError::Store(_))) {
            *slot = Some(database);
        }
        result
    }

    /// The table that routes by the kept snapshot, or why it does not compile in this build; none when no
    /// snapshot was ever kept.
    pub fn table(&self) -> Result<Loaded, LastGoodError> {
        let loaded = lock(&self.opened_with).take();
        loaded.map_or_else(|| self.with(load), Ok)
    }

    pub fn write_full(&self, snapshot: &Snapshot) -> Result<(), LastGoodError> {
        lock(&self.opened_with).take();
        self.with(|database| write_full(database, snapshot))
    }

    pub fn write_delta(&self, delta: &SnapshotDelta) -> Result<(), LastGoodError> {
        lock(&self.opened_with).take();
        self.with(|database| write_delta(database, delta))
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn write_full(database: &Database, snapshot: &Snapshot) -> Result<(), LastGoodError> {
    let write = database.begin_write()?;
    write.delete_table(ENTITIES)?;
    put_entities(&write, &snapshot.entities)?;
    let Snapshot { generation, version, created_at_ms, settings, .. } = snapshot;
    put_head(
        &write,
        &Head {
            generation: generation.clone(),
            version: *version,
            created_at_ms: *created_at_ms,
            settings: settings.clone(),
        },
    )?;
    Ok(write.commit()?)
}

fn write_delta(database: &Database, delta: &SnapshotDelta) -> Result<(), LastGoodError> {
    let write = database.begin_write()?;
    let head = match write.open_table(HEAD)?.get(HEAD_KEY)? {
        Some(bytes) => kept::<Head>(bytes.value())?,
        None => return Err(base_error(delta)),
    };
    if head.generation != delta.generation || head.version != delta.from_version {
        return Err(base_error(delta));
    }
    {
        let mut table = write.open_table(ENTITIES)?;
        for removed in &delta.removed {
            let (kind, id) = key_of(removed);
            table.remove((kind as u8, id))?;
        }
    }
    put_entities(&write, &delta.upserts)?;
    let settings = delta.settings.clone().unwrap_or(head.settings);
    let SnapshotDelta { generation, to_version, created_at_ms, .. } = delta;
    put_head(
        &write,
        &Head {
            generation: generation.clone(),
            version: *to_version,
            created_at_ms: *created_at_ms,
            settings,
        },
    )?;
    Ok(write.commit()?)
}

/// A record that this or another build kept.
fn kept<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, CodecError> {
    codec::decode_record_of_any_age(bytes, &mut Vec::new())
}

fn base_error(delta: &SnapshotDelta) -> LastGoodError {
    LastGoodError::Base { generation: delta.generation.clone(), from_version: delta.from_version }
}

fn key_of(entity: &EntityRef) -> (Kind, &str) {
    match entity {
        EntityRef::Workspace(id) => (Kind::Workspace, id),
        EntityRef::Campaign(id) => (Kind::Campaign, id),
        EntityRef::Stream(id) => (Kind::Stream, id),
        EntityRef::Destination(id) => (Kind::Destination, id),
        EntityRef::Source(id) => (Kind::Source, id),
        EntityRef::Domain(id) => (Kind::Domain, id),
        EntityRef::Network(id) => (Kind::Network, id),
        EntityRef::PostbackTemplate(id) => (Kind::PostbackTemplate, id),
        EntityRef::Webhook(id) => (Kind::Webhook, id),
    }
}

fn put_head(write: &WriteTransaction, head: &Head) -> Result<(), LastGoodError> {
    let bytes = codec::encode_record(head)?;
    write.open_table(HEAD)?.insert(HEAD_KEY, bytes.as_slice())?;
    Ok(())
}

fn put_entities(write: &WriteTransaction, entities: &Entities) -> Result<(), LastGoodError> {
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
    } = entities;
    put(write, Kind::Workspace, workspaces, |e| &e.id)?;
    put(write, Kind::Campaign, campaigns, |e| &e.id)?;
    put(write, Kind::Stream, streams, |e| &e.id)?;
    put(write, Kind::Destination, destinations, |e| &e.id)?;
    put(write, Kind::Source, sources, |e| &e.id)?;
    put(write, Kind::Domain, domains, |e| &e.id)?;
    put(write, Kind::Network, networks, |e| &e.id)?;
    put(write, Kind::PostbackTemplate, postback_templates, |e| &e.id)?;
    put(write, Kind::Webhook, webhooks, |e| &e.id)
}

fn put<T: Serialize>(
    write: &WriteTransaction,
    kind: Kind,
    entities: &[T],
    id: impl Fn(&T) -> &str,
) -> Result<(), LastGoodError> {
    let mut table = write.open_table(ENTITIES)?;
    let mut bytes = Vec::new();
    for entity in entities {
        bytes.clear();
        codec::encode_record_into(entity, &mut bytes)?;
        table.insert((kind as u8, id(entity)), bytes.as_slice())?;
    }
    Ok(())
}

/// Reads and compiles side by side: for a large configuration either takes seconds.
fn load(database: &Database) -> Result<Loaded, LastGoodError> {
    let transaction = database.begin_read()?;
    let head = match transaction.open_table(HEAD) {
        Ok(table) => match table.get(HEAD_KEY)? {
            Some(bytes) => kept::<Head>(bytes.value())?,
            None => return Ok(None),
        },
        Err(redb::TableError::TableDoesNotExist(_)) => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    let table = transaction.open_table(ENTITIES)?;
    std::thread::scope(|scope| {
        let (parts, received) = sync_channel(PARTS_AHEAD);
        let reader = scope.spawn(move || read_parts(&table, &parts));
        let builder = TableBuilder::new(&head.generation, head.version, head.created_at_ms, &head.settings);
        let built = builder.and_then(|mut builder| {
            received.iter().try_for_each(|part| builder.add(part))?;
            Ok(builder.finish())
        });
        // Ends the reader, should it not be at its end.
        drop(received);
        match reader.join() {
            Ok(read) => read.map(|()| Some(built)),
            // As damage that redb finds by a panic always shows: to whoever opens the file.
            Err(panic) => resume_unwind(panic),
        }
    })
}

/// In the order of the keys, so that a stream comes after its campaign.
fn read_parts(
    table: &impl ReadableTable<(u8, &'static str), &'static [u8]>,
    parts: &SyncSender<Entities>,
) -> Result<(), LastGoodError> {
    let (mut part, mut rows) = (Entities::default(), 0);
    for row in table.iter()? {
        let (key, bytes) = row?;
        let bytes = bytes.value();
        match key.value().0 {
            k if k == Kind::Workspace as u8 => part.workspaces.push(kept::<Workspace>(bytes)?),
            k if k == Kind::Campaign as u8 => part.campaigns.push(kept::<Campaign>(bytes)?),
            k if k == Kind::Stream as u8 => part.streams.push(kept::<Stream>(bytes)?),
            k if k == Kind::Destination as u8 => part.destinations.push(kept::<Destination>(bytes)?),
            k if k == Kind::Source as u8 => part.sources.push(kept::<TrafficSource>(bytes)?),
            k if k == Kind::Domain as u8 => part.domains.push(kept::<Domain>(bytes)?),
            k if k == Kind::Network as u8 => part.networks.push(kept::<AffiliateNetwork>(bytes)?),
            k if k == Kind::PostbackTemplate as u8 => {
                part.postback_templates.push(kept::<PostbackTemplate>(bytes)?);
            }
            k if k == Kind::Webhook as u8 => part.webhooks.push(kept::<Webhook>(bytes)?),
            // A later build kept a kind this one does not know; it serves what it does know.
            _ => {}
        }
        rows += 1;
        // Nobody takes it any more when an earlier part did not compile.
        if rows % PART_ROWS == 0 && parts.send(std::mem::take(&mut part)).is_err() {
            return Ok(());
        }
    }
    let _ = parts.send(part);
    Ok(())
}
