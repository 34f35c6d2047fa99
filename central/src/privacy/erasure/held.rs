//! What nodes hold of clicks that were erased: calls that they gave up and postbacks that they set aside may stay there
//! for long, and are told without what they know of the click.

use std::collections::{BTreeSet, HashSet};

use mongodb::{bson::doc, error::Error};

use super::{ErasureError, IdKind, collection, tombstone};
use crate::{access::WorkspaceApp, error::ApiError, warehouse::WarehouseError};

impl From<ErasureError> for ApiError {
    fn from(error: ErasureError) -> Self {
        match error {
            ErasureError::Mongo(error) => error.into(),
            ErasureError::Warehouse(error) => error.into(),
            ErasureError::Random(error) => Error::custom(error).into(),
        }
    }
}

/// Those of these clicks that the workspace had erased.
pub async fn erased_among<'c>(
    app: &WorkspaceApp,
    clicks: impl Iterator<Item = &'c str>,
) -> Result<HashSet<String>, ErasureError> {
    let clicks: BTreeSet<&str> = clicks.filter(|click| !click.is_empty()).collect();
    let any = doc! { "workspace_id": &*app.workspace_id };
    // Without any, nobody depends on ClickHouse for this.
    if clicks.is_empty() || collection(&app.catalog).find_one(any).await?.is_none() {
        return Ok(HashSet::new());
    }
    let key = tombstone::key(&app.catalog).await?;
    let sql = format!(
        "SELECT click FROM (SELECT arrayJoin({{clicks:Array(String)}}) AS click) WHERE {} IN \
         (SELECT hash FROM erasure_tombstones WHERE workspace_id = {{ws:String}} AND kind = '{}')",
        tombstone::hash("{ws:String}", IdKind::ClickId, "click"),
        IdKind::ClickId.as_str()
    );
    let statement = app.warehouse.client().query_raw(&sql).param("k0", key.k0).param("k1", key.k1);
    let clicks: Vec<&str> = clicks.into_iter().collect();
    let statement = statement.param("ws", &*app.workspace_id).param("clicks", clicks);
    let found: Vec<String> =
        app.reports.limited(statement).fetch_all().await.map_err(WarehouseError::from)?;
    Ok(found.into_iter().collect())
}
