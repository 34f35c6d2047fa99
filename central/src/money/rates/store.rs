//! Rates and changes of them in MongoDB. A removed rate stays as one without a value, so that an older
//! change that comes late does not bring it back.

use futures_util::TryStreamExt;
use mongodb::{
    Collection, IndexModel,
    bson::{Bson, Document, doc},
    error::{Error, Result},
    options::IndexOptions,
};
use serde::{Deserialize, Serialize};

use crate::{access::WorkspaceApp, catalog::Catalog};

const RATES: &str = "currency_rates";
const CHANGES: &str = "currency_rate_changes";
/// MongoDB's code for a violated unique index.
const DUPLICATE_KEY: i32 = 11_000;

/// A rate, or with none its removal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dated {
    pub currency: String,
    /// `2026-11-21`, which sorts by time.
    pub date: String,
    pub rate: Option<String>,
}

/// What was asked in one request.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Change {
    #[serde(rename = "_id")]
    pub revision: i64,
    pub workspace_id: String,
    pub rows: Vec<Dated>,
}

/// A rate as it is kept.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Kept {
    pub workspace_id: String,
    #[serde(flatten)]
    pub dated: Dated,
    pub revision: i64,
}

/// Rates of a currency, within days. All of it when empty.
pub struct Which {
    pub currency: Option<String>,
    pub from: Option<String>,
    pub to: Option<String>,
}

pub async fn migrate(catalog: &Catalog) -> Result<()> {
    let keys = doc! { "workspace_id": 1, "currency": 1, "date": 1 };
    let unique = IndexOptions::builder().unique(true).build();
    rates(catalog).create_index(IndexModel::builder().keys(keys).options(unique).build()).await.map(drop)
}

fn rates(catalog: &Catalog) -> Collection<Kept> {
    catalog.database().collection(RATES)
}

fn changes(catalog: &Catalog) -> Collection<Change> {
    catalog.database().collection(CHANGES)
}

/// From here on the change is taken.
pub async fn take(app: &WorkspaceApp, rows: Vec<Dated>) -> Result<()> {
    let revision = app.catalog.take_numbers(RATES, 1).await?;
    let change = Change { revision, workspace_id: app.workspace_id.to_string(), rows };
    changes(&app.catalog).insert_one(change).await.map(drop)
}

pub async fn has_changes(catalog: &Catalog) -> Result<bool> {
    Ok(changes(catalog).count_documents(doc! {}).limit(1).await? > 0)
}

/// Oldest first.
pub async fn all_changes(catalog: &Catalog) -> Result<Vec<Change>> {
    changes(catalog).find(doc! {}).sort(doc! { "_id": 1 }).await?.try_collect().await
}

pub async fn forget(catalog: &Catalog, change: &Change) -> Result<()> {
    changes(catalog).delete_one(doc! { "_id": change.revision }).await.map(drop)
}

/// Every rate, the removed ones included.
pub async fn all(catalog: &Catalog) -> Result<Vec<Kept>> {
    rates(catalog).find(doc! {}).await?.try_collect().await
}

/// Makes a change to the rates: each that no higher one has been at. Again changes nothing.
pub async fn apply(catalog: &Catalog, change: &Change) -> Result<()> {
    let updates: Vec<Bson> = change.rows.iter().map(|row| Bson::Document(update(change, row))).collect();
    let command = doc! {
        "update": RATES,
        "updates": updates,
        "ordered": false,
        "writeConcern": { "w": "majority", "j": true },
    };
    let answer = catalog.database().run_command(command).await?;
    // An upsert that finds its rate at a higher revision tries to insert another, and may not.
    let errors = answer.get_array("writeErrors").map(Vec::as_slice).unwrap_or_default();
    let code = |error: &Bson| error.as_document().and_then(|error| error.get_i32("code").ok());
    match errors.iter().find(|error| code(error) != Some(DUPLICATE_KEY)) {
        Some(error) => Err(Error::custom(format!("a rate was not written: {error}"))),
        None if answer.contains_key("writeConcernError") => Err(Error::custom("rates are not safe yet")),
        None => Ok(()),
    }
}

fn update(change: &Change, row: &Dated) -> Document {
    let Dated { currency, date, rate } = row;
    let id = format!("{}/{currency}/{date}", change.workspace_id);
    let set = doc! {
        "workspace_id": &change.workspace_id,
        "currency": currency,
        "date": date,
        "rate": rate,
        "revision": change.revision,
    };
    let older = doc! { "_id": id, "revision": { "$lt": change.revision } };
    doc! { "q": older, "u": { "$set": set }, "upsert": true }
}

/// A page of them by currency and day, and how many there are.
pub async fn list(
    catalog: &Catalog,
    workspace: &str,
    which: &Which,
    limit: i64,
    offset: u64,
) -> Result<(Vec<Dated>, u64)> {
    let mut filter = doc! { "workspace_id": workspace, "rate": { "$ne": Bson::Null } };
    if let Some(currency) = &which.currency {
        filter.insert("currency", currency);
    }
    let mut days = Document::new();
    if let Some(from) = &which.from {
        days.insert("$gte", from);
    }
    if let Some(to) = &which.to {
        days.insert("$lte", to);
    }
    if !days.is_empty() {
        filter.insert("date", days);
    }
    let rates = rates(catalog);
    let total = rates.count_documents(filter.clone()).await?;
    let sort = doc! { "currency": 1, "date": 1 };
    let found = rates.find(filter).sort(sort).limit(limit).skip(offset).await?;
    let found: Vec<Kept> = found.try_collect().await?;
    Ok((found.into_iter().map(|kept| kept.dated).collect(), total))
}
