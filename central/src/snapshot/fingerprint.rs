//! Whether anything was written since the last look, at the price of two index look-ups a collection.

use std::collections::BTreeMap;

use mongodb::{
    bson::{Bson, Document, doc},
    error::Result,
};
use traffoflex_model::{
    AffiliateNetwork, Campaign, Destination, Domain, PostbackTemplate, Stream, TrafficSource, Webhook,
    Workspace,
};

use crate::catalog::{Catalog, entity::Entity, installation};

/// Count and latest change of each collection, and the revision of the settings.
pub type Fingerprint = BTreeMap<&'static str, Document>;

const COLLECTIONS: [&str; 9] = [
    Workspace::COLLECTION,
    Campaign::COLLECTION,
    Stream::COLLECTION,
    Destination::COLLECTION,
    TrafficSource::COLLECTION,
    Domain::COLLECTION,
    AffiliateNetwork::COLLECTION,
    PostbackTemplate::COLLECTION,
    Webhook::COLLECTION,
];

pub async fn of_all(catalog: &Catalog) -> Result<Fingerprint> {
    let mut prints = Fingerprint::new();
    for name in COLLECTIONS {
        prints.insert(name, of(catalog, name).await?);
    }
    let (_, revision) = catalog.settings().await?;
    prints.insert(installation::COLLECTION, of_settings(revision));
    Ok(prints)
}

pub fn of_settings(revision: i64) -> Document {
    doc! { "revision": revision }
}

/// Changes with every write to the collection.
pub async fn of(catalog: &Catalog, name: &str) -> Result<Document> {
    let collection = catalog.database().collection::<Document>(name);
    let count = collection.estimated_document_count().await?;
    let latest = collection.find_one(doc! {}).sort(doc! { "updated_at": -1 }).await?;
    let of = |field: &str| latest.as_ref().and_then(|d| d.get(field).cloned()).unwrap_or(Bson::Null);
    let (at, id, revision) = (of("updated_at"), of("_id"), of("revision"));
    Ok(doc! { "count": count as i64, "at": at, "id": id, "revision": revision })
}
