//! Takes out all that is known of a click: `/api/privacy/erase`, collection `erasures`.
//!
//! An erasure names a click by its id, or clicks by the id that their source gave them. It goes from
//! `click_events`, `trafficback_events`, `conversion_events`, `conversion_versions`, `postback_log_events`,
//! `kafka_ingestion_errors` (messages whose fields name it and the workspace), `conversion_rollup` and MongoDB's
//! `conversions`; the hours of what went are added up anew.
//!
//! # Steps ([`run`])
//! 1. Which clicks and conversions it is about is found out and written to the erasure, and so is a tombstone: a
//!    keyed hash of each id.
//! 2. What names them is removed by mutations that take the ids from a table (`erasure_targets`), so that no
//!    id stays behind in a statement.
//! 3. Everything is counted. When nothing is left it settles for `ERASURE_SETTLE_SECONDS`, since somebody may
//!    have been writing meanwhile (corrected costs, an insert under way), and is counted once more. Only then it is
//!    `done`, and the ids themselves are forgotten.
//!
//! Each step does no harm when it is done again, and what is known is written before anything is removed: after a
//! crash the next process goes on.
//!
//! # Afterwards
//! Nodes may bring events back: an outbox that was away, a broker read again, a late postback. Whatever arrives is
//! held against the tombstones every `ERASURE_RECHECK_SECONDS` ([`returned`]), and the erasure is repeated.
//!
//! # What it does to totals
//! Clicks, costs, conversions and money of what is erased are gone from every report. With `anonymise` clicks and
//! conversions stay, with their amounts, under ids that were made up; what identifies
//! (ids, addresses, agent, referrer, query, sub values, transaction, payload) is blank, and a conversion's
//! versions, postback log, ingestion errors and MongoDB's conversion go all the same.
//!
//! A conversion is anonymised once, as it stands then: a later status of the same transaction is erased and changes
//! no amount, so that nothing is counted twice. The copy is there a moment before the original goes.
//!
//! Limits: what a node still holds by itself is not reached. Its outbox, its journal and calls that wait are erased
//! when they arrive. Calls that were given up and postbacks that were set aside stay at the node until somebody has
//! them done again; they are shown without what they know of the click ([`held`]). A raw message that is no JSON is found by its text while the erasure runs, and not when it
//! arrives later. A postback for an erased click is erased as well, however late.

mod api;
mod held;
mod returned;
mod run;
mod statements;
mod tombstone;

pub use self::held::erased_among;

use std::{collections::BTreeMap, time::Duration};

use mongodb::{
    Collection, IndexModel,
    bson::{DateTime, Document, doc},
};
use serde::{Deserialize, Serialize};
use tokio_util::sync::CancellationToken;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;

use crate::{access::Actor, app::App, catalog::Catalog, warehouse::WarehouseError};

const ERASURES: &str = "erasures";
const LEASE: &str = "erasures";
/// How often what is due is looked for when nobody asks.
const LOOK_INTERVAL: Duration = Duration::from_secs(2);
/// Clicks of one pass; a source's id that many more have takes several.
const MAX_TARGETS: usize = 5000;
/// Each is updated by itself.
const MAX_ANONYMISED: usize = 100;

#[derive(Debug, thiserror::Error)]
pub enum ErasureError {
    #[error("mongodb: {0}")]
    Mongo(#[from] mongodb::error::Error),
    #[error("clickhouse: {0}")]
    Warehouse(#[from] WarehouseError),
    #[error("no random bytes: {0}")]
    Random(#[from] std::io::Error),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ErasureState {
    Queued,
    Erasing,
    /// Nothing was left when it was counted; it is counted once more.
    Settling,
    /// Nothing was left, twice.
    Done,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum IdKind {
    ClickId,
    SourceClickId,
}

impl IdKind {
    fn as_str(self) -> &'static str {
        match self {
            Self::ClickId => "click_id",
            Self::SourceClickId => "source_click_id",
        }
    }
}

/// A click that is to be erased, and what it is called afterwards where it is anonymised.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Target {
    pub click_id: String,
    pub pseudonym: String,
}

/// A document of `erasures`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Erasure {
    pub _id: String,
    pub workspace_id: String,
    pub state: ErasureState,
    pub kind: IdKind,
    /// Forgotten once it is done.
    pub identifier: Option<String>,
    pub campaign_id: Option<String>,
    pub anonymise: bool,
    pub requested_at: DateTime,
    pub requested_by: Actor,
    /// Forgotten once it is done.
    pub targets: Vec<Target>,
    /// Forgotten once it is done.
    pub conversion_ids: Vec<String>,
    /// Whose sums are to be computed anew; hours since 1970.
    #[serde(default)]
    pub click_hours: Vec<i64>,
    #[serde(default)]
    pub conversion_hours: Vec<i64>,
    /// Rows and documents that went, by table.
    pub removed: BTreeMap<String, i64>,
    pub settle_until: Option<DateTime>,
    pub done_at: Option<DateTime>,
    /// How often something came back.
    pub repeats: i64,
    /// Passes so far.
    pub passes: i64,
    /// Why the last pass failed.
    pub error: Option<String>,
}

/// Creates what is missing.
pub async fn migrate(catalog: &Catalog) -> anyhow::Result<()> {
    let plain = |keys: Document| IndexModel::builder().keys(keys).build();
    collection(catalog)
        .create_indexes([
            plain(doc! { "workspace_id": 1, "requested_at": -1, "_id": -1 }),
            plain(doc! { "state": 1 }),
        ])
        .await?;
    tombstone::ensure_key(catalog).await?;
    Ok(())
}

pub fn routes() -> OpenApiRouter<App> {
    api::routes()
}

fn collection(catalog: &Catalog) -> Collection<Erasure> {
    catalog.database().collection(ERASURES)
}

/// Erases what is due and looks for what came back, until `stop`; one process at a time.
pub async fn keep(app: App, stop: CancellationToken) {
    loop {
        let rounds = app.catalog.exclusively(LEASE, rounds(&app, &stop));
        let ended = tokio::select! {
            () = stop.cancelled() => return,
            ended = rounds => ended,
        };
        match ended {
            Ok(()) => return,
            Err(error) => tracing::warn!(%error, "nothing is erased here for now"),
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(LOOK_INTERVAL) => {}
        }
    }
}

async fn rounds(app: &App, stop: &CancellationToken) {
    let mut rechecked: Option<std::time::Instant> = None;
    loop {
        if let Err(error) = round(app, &mut rechecked).await {
            tracing::warn!(%error, "erasures wait");
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = app.privacy.0.asked.notified() => {}
            () = tokio::time::sleep(LOOK_INTERVAL) => {}
        }
    }
}

async fn round(app: &App, rechecked: &mut Option<std::time::Instant>) -> Result<(), ErasureError> {
    run::all_due(app).await?;
    if rechecked.is_none_or(|at| at.elapsed() >= app.privacy.0.recheck) {
        returned::look(app).await?;
        *rechecked = Some(std::time::Instant::now());
        run::all_due(app).await?;
    }
    Ok(())
}
