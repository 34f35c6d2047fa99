//! The copy of the rates in ClickHouse.
//!
//! What goes there goes as one insert of one block, so that a report sees all of it or nothing; rows with
//! a higher revision win, so that the order does not matter. [`settle`] makes the changes that were taken.
//! [`copy_all`] brings everything there once more at each start, in case ClickHouse was set back: rates
//! first, then the changes, read in this order. A change of which the rates show only a part was not
//! finished when they were read; so either it is among the changes still, and the copy has the whole of it,
//! or whoever finished it had already brought the whole of it there.

use std::time::Duration;

use serde_json::json;
use tokio_util::sync::CancellationToken;

use super::store::{self, Change, Dated};
use crate::{
    catalog::Catalog,
    warehouse::{Warehouse, WarehouseError},
};

const TABLE: &str = "currency_rates";
/// How often changes that were not finished are looked for.
const LOOK_EVERY: Duration = Duration::from_secs(2);

#[derive(Debug, thiserror::Error)]
pub enum MirrorError {
    #[error("mongodb: {0}")]
    Mongo(#[from] mongodb::error::Error),
    #[error("clickhouse: {0}")]
    Warehouse(#[from] WarehouseError),
}

/// Makes every change that was taken, to the rates and to the copy, and forgets it. By several at once is harmless.
pub async fn settle(catalog: &Catalog, warehouse: &Warehouse) -> Result<(), MirrorError> {
    for change in store::all_changes(catalog).await? {
        store::apply(catalog, &change).await?;
        insert(warehouse, lines_of(&change)?).await?;
        store::forget(catalog, &change).await?;
    }
    Ok(())
}

pub async fn copy_all(catalog: &Catalog, warehouse: &Warehouse) -> Result<(), MirrorError> {
    let mut lines = Vec::new();
    for kept in store::all(catalog).await? {
        line(&mut lines, &kept.workspace_id, &kept.dated, kept.revision)?;
    }
    for change in store::all_changes(catalog).await? {
        lines.extend(lines_of(&change)?);
    }
    Ok(insert(warehouse, lines).await?)
}

/// Copies everything once, and then finishes what others could not, until `stop`.
pub async fn keep(catalog: Catalog, warehouse: Warehouse, stop: CancellationToken) {
    let mut copied = false;
    loop {
        let done = match copied {
            true => settle(&catalog, &warehouse).await,
            false => copy_all(&catalog, &warehouse).await,
        };
        match done {
            Ok(()) => copied = true,
            Err(error) => {
                metrics::counter!("traffoflex_currency_mirror_failures_total").increment(1);
                tracing::warn!(%error, "the rates in ClickHouse are behind");
            }
        }
        if stop.run_until_cancelled(tokio::time::sleep(LOOK_EVERY)).await.is_none() {
            return;
        }
    }
}

fn lines_of(change: &Change) -> Result<Vec<u8>, WarehouseError> {
    let mut lines = Vec::new();
    for row in &change.rows {
        line(&mut lines, &change.workspace_id, row, change.revision)?;
    }
    Ok(lines)
}

fn line(lines: &mut Vec<u8>, workspace: &str, dated: &Dated, revision: i64) -> Result<(), WarehouseError> {
    let row = json!({
        "workspace_id": workspace,
        "currency": dated.currency,
        "date": dated.date,
        "usd": dated.rate.as_deref().unwrap_or("0"),
        "deleted": dated.rate.is_none(),
        "revision": revision,
    });
    serde_json::to_writer(&mut *lines, &row)?;
    lines.push(b'\n');
    Ok(())
}

async fn insert(warehouse: &Warehouse, lines: Vec<u8>) -> Result<(), WarehouseError> {
    if lines.is_empty() {
        return Ok(());
    }
    warehouse.insert_json_into(TABLE, lines.into(), false).await
}
