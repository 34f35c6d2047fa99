//! Requests as they are kept in MongoDB: what is to be done, by which version, and what came of it.

use futures_util::TryStreamExt;
use mongodb::{
    Collection, IndexModel,
    bson::{DateTime, doc, to_bson},
    error::{Error, Result},
    options::{IndexOptions, ReturnDocument},
};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use traffoflex_model::Money;
use traffoflex_wire::error_body::FieldError;
use ulid::Ulid;
use utoipa::ToSchema;
use xxhash_rust::xxh3::{xxh3_64, xxh3_128};

use crate::{
    access::WorkspaceApp,
    app::App,
    catalog::{Catalog, duplicate_field},
};

const COLLECTION: &str = "cost_updates";
/// Of which number a row's version begins.
const NUMBERS: &str = "cost_versions";
/// How long one attempt is left alone between two of its steps; a statement takes less. Milliseconds.
const LEASE_MS: i64 = 120_000;
/// How long a finished request is remembered: 90 days.
const KEPT_MS: i64 = 90 * 24 * 3_600_000;
/// Attempts of a row that have a version of their own; the last is that of all further ones.
const ATTEMPT_BITS: u32 = 8;
/// Requests finished in one go.
const MAX_PENDING: i64 = 100;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CostRow {
    pub campaign_id: String,
    pub source_id: Option<String>,
    pub filters: Vec<Filter>,
    /// UTC milliseconds, included.
    pub from_ms: i64,
    /// Excluded.
    pub to_ms: i64,
    pub currency: String,
    pub amount: Amount,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Filter {
    pub dimension: String,
    pub values: Vec<String>,
}

/// In millionths.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Amount {
    /// Of all clicks together.
    Total(i64),
    /// Of each.
    Cpc(i64),
}

/// What is to be done for a row, or what came of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    Due(CostRow),
    Applied {
        clicks: i64,
        /// All of them together, in millionths.
        cost: i64,
        currency: String,
    },
    /// Fields and what is wrong with them.
    Failed(Vec<(String, String)>),
}

impl Outcome {
    pub fn failed(field: &str, error: impl Into<String>) -> Self {
        Self::Failed(vec![(field.into(), error.into())])
    }
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Job {
    #[serde(rename = "_id")]
    pub id: String,
    pub workspace_id: String,
    /// Of the request's body.
    body_hash: i64,
    /// Of the first row; the others follow.
    first_number: i64,
    /// From 1 when it is carried out.
    attempt: i64,
    /// Somebody is at it until then.
    leased_until: DateTime,
    pub done: bool,
    pub rows: Vec<Outcome>,
    expires_at: Option<DateTime>,
}

pub enum Taken {
    New(String),
    /// The same was asked before.
    Known(String),
    /// Something else was asked with this key.
    Other,
}

impl Job {
    pub async fn new(app: &WorkspaceApp, rows: Vec<Outcome>, key: Option<&str>, body: &[u8]) -> Result<Self> {
        let id = match key {
            Some(key) => format!("{:032x}", xxh3_128(format!("{}\n{key}", app.workspace_id).as_bytes())),
            None => Ulid::generate().to_string(),
        };
        Ok(Self {
            id,
            workspace_id: app.workspace_id.to_string(),
            body_hash: xxh3_64(body) as i64,
            first_number: app.catalog.take_numbers(NUMBERS, rows.len() as i64).await?,
            attempt: 0,
            leased_until: DateTime::from_millis(0),
            done: false,
            rows,
            expires_at: None,
        })
    }

    /// By which a row's corrections win over those of earlier rows and of earlier attempts.
    pub fn version(&self, row: usize) -> u64 {
        let attempt = (self.attempt as u64).min((1 << ATTEMPT_BITS) - 1);
        ((self.first_number as u64 + row as u64) << ATTEMPT_BITS) | attempt
    }

    /// Rows as clients see them.
    pub fn shown(&self) -> Vec<RowAnswer> {
        self.rows.iter().enumerate().map(|(i, outcome)| RowAnswer::of(i + 1, outcome)).collect()
    }
}

/// A version above those of all requests until now.
pub async fn next_version(catalog: &Catalog) -> mongodb::error::Result<u64> {
    Ok((catalog.take_numbers(NUMBERS, 1).await? as u64) << ATTEMPT_BITS)
}

/// What became of a row; rows are counted from 1.
#[derive(Debug, Serialize, ToSchema)]
#[serde(tag = "status", rename_all = "snake_case")]
#[schema(as = CostRowAnswer)]
pub enum RowAnswer {
    #[schema(title = "CostRowPending")]
    Pending { row: usize },
    #[schema(title = "CostRowApplied")]
    Applied {
        row: usize,
        clicks: i64,
        /// Of all of them together.
        #[schema(format = "decimal")]
        cost: String,
        currency: String,
    },
    #[schema(title = "CostRowFailed")]
    Failed { row: usize, errors: Vec<FieldError> },
}

impl RowAnswer {
    fn of(row: usize, outcome: &Outcome) -> Self {
        match outcome {
            Outcome::Due(_) => Self::Pending { row },
            Outcome::Applied { clicks, cost, currency } => Self::Applied {
                row,
                clicks: *clicks,
                cost: Decimal::new(*cost, Money::SCALE).normalize().to_string(),
                currency: currency.clone(),
            },
            Outcome::Failed(errors) => {
                let errors = errors.iter().cloned();
                Self::Failed {
                    row,
                    errors: errors.map(|(field, error)| FieldError { field, error }).collect(),
                }
            }
        }
    }
}

fn jobs(catalog: &Catalog) -> Collection<Job> {
    catalog.database().collection(COLLECTION)
}

pub async fn migrate(catalog: &Catalog) -> Result<()> {
    let at_once = IndexOptions::builder().expire_after(std::time::Duration::ZERO).build();
    let expired = IndexModel::builder().keys(doc! { "expires_at": 1 }).options(at_once).build();
    let pending = IndexModel::builder().keys(doc! { "done": 1, "_id": 1 }).build();
    jobs(catalog).create_indexes([expired, pending]).await.map(drop)
}

/// From here on it is carried out, whatever happens to us.
pub async fn take(app: &App, job: Job) -> Result<Taken> {
    let (id, workspace, hash) = (job.id.clone(), job.workspace_id.clone(), job.body_hash);
    match jobs(&app.catalog).insert_one(job).await {
        Ok(_) => Ok(Taken::New(id)),
        Err(error) if duplicate_field(&error).is_some() => {
            match with_id(&app.catalog, &id, &workspace).await? {
                Some(known) if known.body_hash == hash => Ok(Taken::Known(id)),
                _ => Ok(Taken::Other),
            }
        }
        Err(error) => Err(error),
    }
}

pub async fn find(app: &WorkspaceApp, id: &str) -> Result<Option<Job>> {
    with_id(&app.catalog, id, &app.workspace_id).await
}

async fn with_id(catalog: &Catalog, id: &str, workspace: &str) -> Result<Option<Job>> {
    jobs(catalog).find_one(doc! { "_id": id, "workspace_id": workspace }).await
}

/// Ids of those that nobody is at, oldest first.
pub async fn pending(app: &App) -> Result<Vec<String>> {
    let free = doc! { "done": false, "leased_until": { "$lt": DateTime::now() } };
    let ids = app.catalog.database().collection::<mongodb::bson::Document>(COLLECTION);
    let found =
        ids.find(free).projection(doc! { "_id": 1 }).sort(doc! { "_id": 1 }).limit(MAX_PENDING).await?;
    let found: Vec<mongodb::bson::Document> = found.try_collect().await?;
    found.iter().map(|job| job.get_str("_id").map(str::to_owned).map_err(Error::custom)).collect()
}

/// For another attempt; none when it is done or somebody is at it.
pub async fn begin(app: &App, id: &str) -> Result<Option<Job>> {
    let now = DateTime::now();
    let free = doc! { "_id": id, "done": false, "leased_until": { "$lt": now } };
    let begun = doc! { "$inc": { "attempt": 1_i64 }, "$set": { "leased_until": later(now, LEASE_MS) } };
    jobs(&app.catalog).find_one_and_update(free, begun).return_document(ReturnDocument::After).await
}

/// False when another attempt has begun: ours is over.
pub async fn keep(app: &App, job: &Job) -> Result<bool> {
    let until = later(DateTime::now(), LEASE_MS);
    let kept = jobs(&app.catalog)
        .update_one(
            doc! { "_id": &job.id, "attempt": job.attempt },
            doc! { "$set": { "leased_until": until } },
        )
        .await?;
    Ok(kept.matched_count > 0)
}

/// Others may try.
pub async fn give_up(app: &App, job: &Job) -> Result<()> {
    let free = doc! { "$set": { "leased_until": DateTime::from_millis(0) } };
    jobs(&app.catalog).update_one(doc! { "_id": &job.id, "attempt": job.attempt }, free).await.map(drop)
}

pub async fn finish(app: &App, job: &Job) -> Result<()> {
    let rows = to_bson(&job.rows).map_err(Error::custom)?;
    let done = doc! { "done": true, "rows": rows, "expires_at": later(DateTime::now(), KEPT_MS) };
    let ours = doc! { "_id": &job.id, "attempt": job.attempt };
    jobs(&app.catalog).update_one(ours, doc! { "$set": done }).await.map(drop)
}

fn later(now: DateTime, ms: i64) -> DateTime {
    DateTime::from_millis(now.timestamp_millis() + ms)
}
