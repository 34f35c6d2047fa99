//! Rates of a workspace in its exported file.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::{MAX_ROWS, mirror, read, store, store::Dated};
use crate::{access::WorkspaceApp, catalog::Catalog, error::ApiError};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PortableRate {
    currency: String,
    /// `2026-11-21`: from this day on.
    date: String,
    /// Decimal: US dollars for one unit.
    rate: String,
}

/// All of the workspace, by currency and day.
pub async fn export(catalog: &Catalog, workspace: &str) -> Result<Vec<PortableRate>, ApiError> {
    let which = store::Which { currency: None, from: None, to: None };
    let mut all = Vec::new();
    loop {
        let (page, total) =
            store::list(catalog, workspace, &which, MAX_ROWS as i64, all.len() as u64).await?;
        let is_last = page.is_empty();
        all.extend(page);
        if is_last || all.len() as u64 >= total {
            break;
        }
    }
    let portable =
        |dated: Dated| Some(PortableRate { currency: dated.currency, date: dated.date, rate: dated.rate? });
    Ok(all.into_iter().filter_map(portable).collect())
}

/// Rates that were checked.
#[derive(Default)]
pub struct Checked(Vec<Dated>);

impl Checked {
    pub fn count(&self) -> usize {
        self.0.len()
    }
}

/// Errors are those of `items[i]`.
pub fn check(rates: Vec<Value>) -> Result<Checked, ApiError> {
    let mut rows = Vec::with_capacity(rates.len());
    for chunk in rates.chunks(MAX_ROWS) {
        rows.extend(read(json!({ "items": chunk }).to_string().as_bytes())?);
    }
    Ok(Checked(rows))
}

/// From here on they are taken; reports use them at once or a little later.
pub async fn import(app: &WorkspaceApp, Checked(rows): Checked) -> Result<(), ApiError> {
    let mut rows = rows;
    while !rows.is_empty() {
        let rest = rows.split_off(rows.len().min(MAX_ROWS));
        store::take(app, rows).await?;
        rows = rest;
    }
    if let Err(error) = mirror::settle(&app.catalog, &app.warehouse).await {
        tracing::warn!(%error, "imported rates are taken, and reports will use them later");
    }
    Ok(())
}
