//! What nodes say of themselves, as it is kept: the last report in the node's document, and one of each minute
//! in `node_history`, for [`HISTORY_KEPT`].

use std::time::Duration;

use futures_util::TryStreamExt;
use mongodb::{
    IndexModel,
    bson::{DateTime, Document, doc, to_bson},
    error::{Error, Result},
    options::IndexOptions,
};
use serde::{Deserialize, Serialize};
use traffoflex_wire::node_report::NodeReport;

use super::NodePresence;
use crate::catalog::Catalog;

pub const HISTORY: &str = "node_history";
const HISTORY_KEPT: Duration = Duration::from_secs(24 * 3600);
const MS_PER_MINUTE: i64 = 60_000;
/// Minutes of a day.
pub const MAX_MOMENTS: i64 = 1440;

/// What a node said, and how far its clock was from ours then.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reported {
    pub report: NodeReport,
    /// Above zero: the node's clock is ahead. The request's own way makes it look later.
    pub clock_offset_ms: i64,
    pub at: DateTime,
}

/// A document of `node_history`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Moment {
    _id: String,
    node: String,
    pub reported: Reported,
    /// As `reported`, for the index.
    at: DateTime,
}

impl Reported {
    pub fn now(report: NodeReport) -> Self {
        let at = DateTime::now();
        let sent_at_ms = if report.sent_at_ms > 0 { report.sent_at_ms } else { at.timestamp_millis() };
        Self { clock_offset_ms: sent_at_ms.saturating_sub(at.timestamp_millis()), at, report }
    }
}

pub(super) async fn migrate(catalog: &Catalog) -> Result<()> {
    let kept = IndexOptions::builder().expire_after(HISTORY_KEPT).build();
    let expires = IndexModel::builder().keys(doc! { "at": 1 }).options(kept).build();
    let of_node = IndexModel::builder().keys(doc! { "node": 1, "at": -1 }).build();
    let history = catalog.database().collection::<Document>(HISTORY);
    history.create_indexes([expires, of_node]).await.map(drop)
}

impl NodePresence {
    /// Keeps what a node said.
    pub(super) async fn write_report(&self, node: &str, reported: &Reported) -> Result<()> {
        let kept = to_bson(reported).map_err(Error::custom)?;
        let set = doc! { "$set": { "reported": kept } };
        self.nodes().update_one(doc! { "_id": node }, set).await?;
        let minute = reported.at.timestamp_millis() / MS_PER_MINUTE;
        let moment = Moment {
            _id: format!("{node}/{minute}"),
            node: node.to_owned(),
            reported: reported.clone(),
            at: reported.at,
        };
        let history = self.0.catalog.database().collection::<Moment>(HISTORY);
        history.replace_one(doc! { "_id": &moment._id }, &moment).upsert(true).await.map(drop)
    }

    /// Of the last day, a moment a minute in which it said something, the latest first.
    pub async fn history(&self, node: &str) -> Result<Vec<Reported>> {
        let history = self.0.catalog.database().collection::<Moment>(HISTORY);
        let found = history.find(doc! { "node": node }).sort(doc! { "at": -1 }).limit(MAX_MOMENTS).await?;
        found.map_ok(|moment| moment.reported).try_collect().await
    }
}
