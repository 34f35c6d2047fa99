//! What was done about errors: collection `ingestion_error_states`, a document an error that somebody dealt
//! with. It outlives the error a little, and then goes by itself.

use std::{collections::HashMap, time::Duration};

use futures_util::TryStreamExt;
use mongodb::{
    Collection, IndexModel,
    bson::{DateTime, Document, doc},
    error::{ErrorKind, Result, WriteFailure},
    options::IndexOptions,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::IngestionErrorItem;
use crate::{access::Actor, app::App, catalog::Catalog};

const COLLECTION: &str = "ingestion_error_states";
/// Errors are kept for 90 days.
const KEPT: Duration = Duration::from_secs(100 * 24 * 3600);
const DUPLICATE_KEY: i32 = 11_000;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = IngestionErrorState)]
pub enum ErrorState {
    #[default]
    New,
    /// It was put in as an event.
    Reingested,
    /// Nobody will repair it.
    Dismissed,
}

impl ErrorState {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Reingested => "reingested",
            Self::Dismissed => "dismissed",
        }
    }
}

/// A document.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Handled {
    _id: String,
    /// Of the error: which ones there are in a period.
    observed_at: DateTime,
    pub state: ErrorState,
    pub at: DateTime,
    /// Name of who did it.
    pub by: String,
}

pub struct States(Collection<Handled>);

impl States {
    pub fn new(app: &App) -> Self {
        Self(app.catalog.database().collection(COLLECTION))
    }

    /// Creates what is missing.
    pub async fn migrate(catalog: &Catalog) -> Result<()> {
        let kept = IndexOptions::builder().expire_after(KEPT).build();
        let expires = IndexModel::builder().keys(doc! { "observed_at": 1 }).options(kept).build();
        catalog.database().collection::<Document>(COLLECTION).create_index(expires).await.map(drop)
    }

    /// Of those that were dealt with, by id.
    pub async fn of(&self, ids: &[&str]) -> Result<HashMap<String, Handled>> {
        if ids.is_empty() {
            return Ok(HashMap::new());
        }
        let found: Vec<Handled> =
            self.0.find(doc! { "_id": { "$in": ids.to_vec() } }).await?.try_collect().await?;
        Ok(found.into_iter().map(|handled| (handled._id.clone(), handled)).collect())
    }

    /// Ids of those in these states that were observed in a period, at most so many. UTC milliseconds.
    pub async fn ids(
        &self,
        states: &[ErrorState],
        (from_ms, to_ms): (i64, i64),
        most: i64,
    ) -> Result<Vec<String>> {
        let names: Vec<&str> = states.iter().map(|state| state.as_str()).collect();
        let period = doc! { "$gte": DateTime::from_millis(from_ms), "$lt": DateTime::from_millis(to_ms) };
        let found =
            self.0.find(doc! { "observed_at": period, "state": { "$in": names } }).limit(most).await?;
        found.map_ok(|handled| handled._id).try_collect().await
    }

    /// It was put in again; so it stays.
    pub async fn reingested(&self, items: &[&IngestionErrorItem], by: &Actor) -> Result<()> {
        for item in items {
            let state = doc! { "$set": set(item, ErrorState::Reingested, by) };
            self.0.update_one(doc! { "_id": &item.id }, state).upsert(true).await?;
        }
        Ok(())
    }

    /// False when it was put in again before.
    pub async fn dismiss(&self, item: &IngestionErrorItem, by: &Actor) -> Result<bool> {
        let open = doc! { "_id": &item.id, "state": { "$ne": ErrorState::Reingested.as_str() } };
        let state = doc! { "$set": set(item, ErrorState::Dismissed, by) };
        match self.0.update_one(open, state).upsert(true).await {
            Ok(_) => Ok(true),
            // Not found in that state, and there already.
            Err(error) => match &*error.kind {
                ErrorKind::Write(WriteFailure::WriteError(write)) if write.code == DUPLICATE_KEY => Ok(false),
                _ => Err(error),
            },
        }
    }
}

fn set(item: &IngestionErrorItem, state: ErrorState, by: &Actor) -> Document {
    let observed: Option<jiff::Timestamp> = item.observed_at.parse().ok();
    let by = if by.name.is_empty() { &by.id } else { &by.name };
    doc! {
        "observed_at": DateTime::from_millis(observed.unwrap_or_default().as_millisecond()),
        "state": state.as_str(),
        "at": DateTime::now(),
        "by": by,
    }
}
