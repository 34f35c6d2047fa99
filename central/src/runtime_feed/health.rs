//! Destinations that nodes agreed to skip: collection `destination_health`, `_id` the destination.
//! Others, degraded ones too, are used like healthy ones and not sent.

use futures_util::TryStreamExt;
use mongodb::bson::{Document, doc};
use traffoflex_model::Health;
use traffoflex_wire::runtime::DestinationHealth;

use super::RuntimeFeedError;
use crate::catalog::Catalog;

const COLLECTION: &str = "destination_health";

pub async fn unhealthy(catalog: &Catalog) -> Result<Vec<DestinationHealth>, RuntimeFeedError> {
    let collection = catalog.database().collection::<Document>(COLLECTION);
    let filter = doc! { "current": Health::Unhealthy.as_str() };
    let found = collection.find(filter).projection(doc! { "_id": 1 }).sort(doc! { "_id": 1 }).await?;
    let found: Vec<Document> = found.try_collect().await?;
    let states = found.iter().filter_map(|document| {
        let destination_id = document.get_str("_id").ok()?.into();
        Some(DestinationHealth { destination_id, state: Health::Unhealthy })
    });
    Ok(states.collect())
}
