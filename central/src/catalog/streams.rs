//! Streams by what they belong to.

use futures_util::TryStreamExt;
use mongodb::{
    bson::{Bson, doc},
    error::Result,
};
use traffoflex_model::Stream;

use super::{Catalog, entity::Stored};

impl Catalog {
    /// The streams of a campaign, by position and id.
    pub async fn streams_of(&self, campaign: &str) -> Result<Vec<Stored<Stream>>> {
        let sort = doc! { "position": 1, "_id": 1 };
        let streams = self.collection::<Stream>();
        streams.find(doc! { "campaign_id": campaign }).sort(sort).await?.try_collect().await
    }

    /// The campaigns with a stream that sends clicks there.
    pub async fn campaigns_of_destination(&self, workspace: &str, destination: &str) -> Result<Vec<Bson>> {
        let any = vec![
            doc! { "targets.destination_id": destination },
            doc! { "landings.destination_id": destination },
        ];
        let filter = doc! { "workspace_id": workspace, "$or": any };
        self.collection::<Stream>().distinct("campaign_id", filter).await
    }
}
