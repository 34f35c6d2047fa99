//! What nodes agreed on destinations: collection `destination_health`, `_id` the destination.

use futures_util::TryStreamExt;
use mongodb::bson::{Document, doc};
use traffoflex_model::Health;
use traffoflex_wire::runtime::DestinationHealth;

use super::RuntimeFeedError;
use crate::catalog::Catalog;

const COLLECTION: &str = "destination_health";

pub async fn not_healthy(catalog: &Catalog) -> Result<Vec<DestinationHealth>, RuntimeFeedError> {
    let collection = catalog.database().collection::<Document>(COLLECTION);
    let filter = doc! { "current": { "$ne": Health::Healthy.as_str() } };
    let found = collection.find(filter).projection(doc! { "current": 1 }).sort(doc! { "_id": 1 }).await?;
    let found: Vec<Document> = found.try_collect().await?;
    let states = found.iter().filter_map(|document| {
        let named = document.get_str("current").ok()?;
        let state = Health::ALL.into_iter().find(|state| state.as_str() == named)?;
        Some(DestinationHealth { destination_id: document.get_str("_id").ok()?.into(), state })
    });
    Ok(states.collect())
}
