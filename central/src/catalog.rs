//! The configuration in MongoDB, one collection a kind of entity.
//!
//! Every write is a compare-and-set on `revision` with majority and journal: an acknowledged write
//! outlives a crash of the server, and of two writers that read the same state one is told.

pub mod campaign_versions;
pub mod cap_ledgers;
pub mod conversions;
pub mod domain_checks;
pub mod entity;
pub mod exclusive;
pub mod installation;
pub mod numbers;
pub mod streams;
pub mod work;

use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
    time::Duration,
};

use entity::{Entity, Stored};
use futures_util::TryStreamExt;
use mongodb::{
    Client, Collection, Database, IndexModel,
    bson::{Bson, DateTime, Document, doc},
    error::{Error, ErrorKind, Result, WriteFailure},
    options::{Acknowledgment, ClientOptions, IndexOptions, ReturnDocument, WriteConcern},
};
use tokio::sync::OnceCell;
use traffoflex_model::{
    AffiliateNetwork, Campaign, Destination, Domain, PostbackTemplate, Stream, TrafficSource, Webhook,
    Workspace,
};

use crate::config::MongoConfig;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);
/// A stream without its campaign is left alone for this long after its creation.
const ORPHAN_AGE: Duration = Duration::from_secs(3600);
/// MongoDB's code for a violated unique index.
const DUPLICATE_KEY: i32 = 11_000;

#[derive(Clone)]
pub struct Catalog {
    database: Database,
    /// Whether the server has them; unknown before it was asked.
    transactions: Arc<OnceCell<bool>>,
}

/// What came of a compare-and-set.
#[derive(Debug)]
pub enum Replaced<T> {
    Done(Stored<T>),
    Conflict { current: i64 },
    NotFound,
}

/// Which documents, and in which order.
pub struct ListQuery {
    pub filter: Document,
    pub sort: Document,
    pub limit: i64,
    pub offset: u64,
}

impl Catalog {
    /// Does not connect yet: the driver does so when first asked, and again after every loss.
    pub async fn connect(config: &MongoConfig) -> Result<Self> {
        let mut options = ClientOptions::parse(&config.mongo_uri).await?;
        options.app_name = Some("api-service".into());
        options.server_selection_timeout = Some(config.selection_timeout());
        options.connect_timeout = Some(CONNECT_TIMEOUT);
        options.write_concern =
            Some(WriteConcern::builder().w(Acknowledgment::Majority).journal(true).build());
        let database = Client::with_options(options)?.database(&config.mongo_database);
        Ok(Self { database, transactions: Arc::default() })
    }

    pub async fn ping(&self) -> Result<()> {
        self.database.run_command(doc! { "ping": 1 }).await.map(drop)
    }

    pub fn collection<T: Entity>(&self) -> Collection<Stored<T>> {
        self.database.collection(T::COLLECTION)
    }

    pub(crate) fn database(&self) -> &Database {
        &self.database
    }

    /// Creates what is missing. Safe to run again and by several processes at once.
    pub async fn migrate(&self) -> Result<()> {
        let unique = |keys: Document| {
            IndexModel::builder().keys(keys).options(IndexOptions::builder().unique(true).build()).build()
        };
        let plain = |keys: Document| IndexModel::builder().keys(keys).build();
        let changed = || plain(doc! { "updated_at": 1 });
        let by_name = || plain(doc! { "workspace_id": 1, "name": 1, "_id": 1 });
        self.collection::<Campaign>()
            .create_indexes([
                unique(doc! { "slug": 1 }),
                unique(doc! { "public_id": 1 }),
                plain(doc! { "domain_ids": 1 }),
                by_name(),
                changed(),
            ])
            .await?;
        self.collection::<Stream>()
            .create_indexes([
                plain(doc! { "campaign_id": 1, "position": 1 }),
                plain(doc! { "targets.destination_id": 1 }),
                plain(doc! { "landings.destination_id": 1 }),
                changed(),
            ])
            .await?;
        self.collection::<Destination>().create_indexes([by_name(), changed()]).await?;
        self.collection::<Workspace>().create_indexes([changed()]).await?;
        self.ensure_workspace().await?;
        self.collection::<TrafficSource>()
            .create_indexes([unique(doc! { "workspace_id": 1, "slug": 1 }), by_name(), changed()])
            .await?;
        self.collection::<Domain>().create_indexes([unique(doc! { "host": 1 }), changed()]).await?;
        self.collection::<AffiliateNetwork>()
            .create_indexes([
                unique(doc! { "slug": 1 }),
                plain(doc! { "template_id": 1 }),
                by_name(),
                changed(),
            ])
            .await?;
        self.collection::<PostbackTemplate>()
            .create_indexes([unique(doc! { "workspace_id": 1, "slug": 1 }), by_name(), changed()])
            .await?;
        self.collection::<Webhook>().create_indexes([by_name(), changed()]).await?;
        campaign_versions::migrate(self).await?;
        crate::audit_log::migrate(self).await?;
        self.migrate_conversions().await
    }

    pub async fn get<T: Entity>(&self, workspace: &str, id: &str) -> Result<Option<Stored<T>>> {
        self.collection().find_one(doc! { "_id": id, T::WORKSPACE: workspace }).await
    }

    pub async fn list<T: Entity>(&self, query: ListQuery) -> Result<(Vec<Stored<T>>, u64)> {
        let collection = self.collection::<T>();
        let total = collection.count_documents(query.filter.clone()).await?;
        let found =
            collection.find(query.filter).sort(query.sort).limit(query.limit).skip(query.offset).await?;
        Ok((found.try_collect().await?, total))
    }

    pub async fn insert<T: Entity>(&self, entity: T) -> Result<Stored<T>> {
        let stored = Stored::new(entity, DateTime::now());
        self.collection().insert_one(&stored).await?;
        Ok(stored)
    }

    /// Removes streams whose campaign does not exist, which a crash between two writes can leave.
    /// Young ones stay: their campaign may be on its way.
    pub async fn sweep_orphans(&self) -> Result<u64> {
        let before =
            DateTime::from_millis(DateTime::now().timestamp_millis() - ORPHAN_AGE.as_millis() as i64);
        let pipeline = [
            doc! { "$match": { "created_at": { "$lt": before } } },
            doc! { "$lookup": { "from": Campaign::COLLECTION, "localField": "campaign_id", "foreignField": "_id", "as": "campaign" } },
            doc! { "$match": { "campaign": [] } },
            doc! { "$project": { "_id": 1 } },
        ];
        let found: Vec<Document> =
            self.collection::<Stream>().aggregate(pipeline).await?.try_collect().await?;
        let ids: Vec<Bson> = found.into_iter().filter_map(|mut stream| stream.remove("_id")).collect();
        if ids.is_empty() {
            return Ok(0);
        }
        let deleted = self.collection::<Stream>().delete_many(doc! { "_id": { "$in": ids } }).await?;
        Ok(deleted.deleted_count)
    }

    /// Writes the entity if it is still at `revision`.
    pub async fn replace<T: Entity>(&self, entity: T, revision: i64) -> Result<Replaced<T>> {
        let (id, workspace) = (entity.id().to_owned(), entity.workspace_id().to_owned());
        let mut set = mongodb::bson::to_document(&entity).map_err(Error::custom)?;
        set.insert("updated_at", DateTime::now());
        let filter = doc! { "_id": &id, T::WORKSPACE: &workspace, "revision": revision };
        let updated = self
            .collection::<T>()
            .find_one_and_update(filter, doc! { "$set": set, "$inc": { "revision": 1 } })
            .return_document(ReturnDocument::After)
            .await?;
        match updated {
            Some(stored) => Ok(Replaced::Done(stored)),
            None => Ok(match self.get::<T>(&workspace, &id).await? {
                Some(stored) => Replaced::Conflict { current: stored.revision },
                None => Replaced::NotFound,
            }),
        }
    }

    /// Which of the ids do not exist in the workspace.
    pub async fn missing<T: Entity>(&self, workspace: &str, ids: &[&str]) -> Result<Vec<String>> {
        let filter = doc! { T::WORKSPACE: workspace, "_id": { "$in": ids.to_vec() } };
        let found = self.collection::<T>().distinct("_id", filter).await?;
        let exists = |id: &&&str| found.iter().any(|f| matches!(f, Bson::String(f) if f == **id));
        Ok(ids.iter().filter(|id| !exists(id)).map(|id| (*id).to_owned()).collect())
    }

    /// By their ids.
    pub async fn names_of<T: Entity>(
        &self,
        workspace: &str,
        ids: BTreeSet<&str>,
    ) -> Result<HashMap<String, String>> {
        if ids.is_empty() {
            return Ok(HashMap::new());
        }
        let ids: Vec<&str> = ids.into_iter().collect();
        let found = self.find_all::<T>(doc! { T::WORKSPACE: workspace, "_id": { "$in": ids } }).await?;
        Ok(found.into_iter().map(|stored| (stored._id, stored.entity.name().to_owned())).collect())
    }

    /// Names of documents that match, to say where something is used.
    pub async fn names<T: Entity>(&self, filter: Document) -> Result<Vec<(String, String)>> {
        let found: Vec<Stored<T>> =
            self.collection::<T>().find(filter).limit(MAX_NAMES).await?.try_collect().await?;
        Ok(found.into_iter().map(|s| (s.entity.id().to_owned(), s.entity.name().to_owned())).collect())
    }
}

/// Places named when something is still in use.
const MAX_NAMES: i64 = 20;

/// The violated unique index, by its field, when the error is that.
pub fn duplicate_field(error: &Error) -> Option<&'static str> {
    let message = match &*error.kind {
        ErrorKind::Write(WriteFailure::WriteError(write)) if write.code == DUPLICATE_KEY => &write.message,
        ErrorKind::Command(command) if command.code == DUPLICATE_KEY => &command.message,
        _ => return None,
    };
    ["public_id", "slug", "host"]
        .into_iter()
        .find(|field| message.contains(&format!("{field}_1")))
        .or(Some("id"))
}
