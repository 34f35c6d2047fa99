//! Campaigns with their streams as they were after each change, in MongoDB: what a rollback restores.
//!
//! A version is written in the transaction of its change, under the id of the change's audit entry. Of a
//! campaign the latest [`MAX_VERSIONS`] stay. A counter a campaign numbers them: writers of two streams of
//! one campaign meet in it, so that no version lacks what another one had already written.

use futures_util::TryStreamExt;
use mongodb::{
    ClientSession, IndexModel,
    bson::{DateTime, Document, doc, to_document},
    error::{Error, Result},
    options::ReturnDocument,
};
use serde::{Deserialize, Serialize};
use traffoflex_model::{Campaign, Stream};

use super::{Catalog, entity::Stored, work::Work};

const VERSIONS: &str = "campaign_versions";
const COUNTERS: &str = "campaign_version_counters";
/// Of a campaign; the oldest go first.
pub const MAX_VERSIONS: i64 = 200;
/// MongoDB takes documents of 16 MiB. A larger state is not remembered, and nothing can be rolled back to it.
const MAX_VERSION_BYTES: usize = 15 << 20;

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct CampaignVersion {
    /// Of the audit entry.
    pub _id: String,
    pub workspace_id: String,
    pub campaign_id: String,
    pub number: i64,
    pub at: DateTime,
    pub campaign: Campaign,
    /// By position and id.
    pub streams: Vec<Stream>,
}

pub async fn migrate(catalog: &Catalog) -> Result<()> {
    let by_number = IndexModel::builder().keys(doc! { "campaign_id": 1, "number": 1 }).build();
    catalog.database().collection::<Document>(VERSIONS).create_index(by_number).await?;
    // A transaction makes no collection as cheaply as this does.
    let counters = catalog.database().collection::<Document>(COUNTERS);
    counters.create_index(IndexModel::builder().keys(doc! { "workspace_id": 1 }).build()).await.map(drop)
}

pub(super) async fn remember(
    catalog: &Catalog,
    session: &mut ClientSession,
    workspace: &str,
    campaign: &str,
    entry: &str,
) -> Result<()> {
    let counters = catalog.database().collection::<Document>(COUNTERS);
    let counted = counters
        .find_one_and_update(
            doc! { "_id": campaign },
            doc! { "$inc": { "n": 1_i64 }, "$setOnInsert": { "workspace_id": workspace } },
        )
        .upsert(true)
        .return_document(ReturnDocument::After)
        .session(&mut *session)
        .await?;
    let number = counted.and_then(|counter| counter.get_i64("n").ok()).unwrap_or_default();
    let campaigns = catalog.collection::<Campaign>();
    let found = campaigns.find_one(doc! { "_id": campaign }).session(&mut *session).await?;
    let Some(found) = found else { return Ok(()) };
    let streams = catalog.collection::<Stream>();
    let mut streams = streams.find(doc! { "campaign_id": campaign }).session(&mut *session).await?;
    let mut streams: Vec<Stored<Stream>> = streams.stream(&mut *session).try_collect().await?;
    streams.sort_by(|a, b| (a.entity.position, &a._id).cmp(&(b.entity.position, &b._id)));
    let version = CampaignVersion {
        _id: entry.to_owned(),
        workspace_id: workspace.to_owned(),
        campaign_id: campaign.to_owned(),
        number,
        at: DateTime::now(),
        campaign: found.entity,
        streams: streams.into_iter().map(|stored| stored.entity).collect(),
    };
    let version = to_document(&version).map_err(Error::custom)?;
    let versions = catalog.database().collection::<Document>(VERSIONS);
    if mongodb::bson::to_vec(&version).map_err(Error::custom)?.len() <= MAX_VERSION_BYTES {
        versions.insert_one(version).session(&mut *session).await?;
    }
    let old = doc! { "campaign_id": campaign, "number": { "$lte": number - MAX_VERSIONS } };
    versions.delete_many(old).session(&mut *session).await.map(drop)
}

/// A campaign that goes takes its versions along.
pub fn forget(work: &mut Work, campaign: &str) {
    work.delete_many(VERSIONS, doc! { "campaign_id": campaign });
    work.delete_many(COUNTERS, doc! { "_id": campaign });
}

impl Catalog {
    pub async fn campaign_version(
        &self,
        workspace: &str,
        campaign: &str,
        entry: &str,
    ) -> Result<Option<CampaignVersion>> {
        let filter = doc! { "_id": entry, "workspace_id": workspace, "campaign_id": campaign };
        self.database().collection(VERSIONS).find_one(filter).await
    }

    /// Of these entries, those whose state is still kept.
    pub async fn kept_versions(&self, campaign: &str, entries: &[&str]) -> Result<Vec<String>> {
        let filter = doc! { "_id": { "$in": entries }, "campaign_id": campaign };
        let versions = self.database().collection::<Document>(VERSIONS);
        let found = versions.find(filter).projection(doc! { "_id": 1 }).await?;
        let found: Vec<Document> = found.try_collect().await?;
        Ok(found.iter().filter_map(|version| version.get_str("_id").ok().map(str::to_owned)).collect())
    }
}
