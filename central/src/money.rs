//! Money of several currencies: dated rates, and sums in one currency.
//!
//! A rate is what one unit is worth in US dollars from a day on, so that another currency for the
//! workspace needs no new rates. What reports, caps and earnings do with them is in [`conversion`].

pub mod conversion;
pub mod rates;

use std::collections::BTreeSet;

use serde_json::{Value, json};
use traffoflex_model::Currency;

use crate::{access::WorkspaceApp, error::ApiError};

/// The field of a row that names the currencies without which its sums are not whole.
pub const MISSING: &str = "missing_rates";

/// What an answer says of its amounts, beside them.
pub struct Amounts {
    pub currency: Currency,
    /// Rates were written that reports do not use yet.
    pub pending: bool,
}

impl Amounts {
    pub async fn of(app: &WorkspaceApp) -> Result<Self, ApiError> {
        let pending = rates::is_pending(app).await?;
        Ok(Self { currency: currency(app).await, pending })
    }

    /// Adds it to an answer; `missing` as [`take_missing`] gathered it.
    pub fn describe(&self, answer: &mut Value, missing: &BTreeSet<String>) {
        answer["currency"] = json!(self.currency);
        answer[MISSING] = json!(missing);
        answer["rates_pending"] = json!(self.pending);
    }
}

/// The workspace's.
pub async fn currency(app: &WorkspaceApp) -> Currency {
    let named = |state: &crate::snapshot::build::State| {
        state.workspaces.get(&*app.workspace_id).map(|workspace| workspace.currency)
    };
    app.publisher.inspect(|published| named(published.state)).await.unwrap_or(Currency::USD)
}

/// Takes the currencies without a rate out of rows.
pub fn take_missing(rows: &mut [Value]) -> BTreeSet<String> {
    let taken = rows.iter_mut().filter_map(|row| row.as_object_mut()?.remove(MISSING));
    taken.filter_map(|missing| serde_json::from_value::<Vec<String>>(missing).ok()).flatten().collect()
}
