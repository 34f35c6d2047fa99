//! Money of several currencies: dated rates, and sums in one currency.
//!
//! A rate is what one unit is worth in US dollars from a day on, so that another currency for the
//! workspace needs no new rates. What reports, caps and earnings do with them is in [`conversion`].

pub mod conversion;
pub mod period_rates;
pub mod rates;

use traffoflex_model::Currency;

use crate::access::WorkspaceApp;

/// The field of a row that names the currencies without which its sums are not whole.
pub const MISSING: &str = "missing_rates";

/// What an answer says of its amounts, beside them.
pub struct Amounts {
    pub currency: Currency,
    /// Rates were written that reports do not use yet.
    pub pending: bool,
}

/// The workspace's.
pub async fn currency(app: &WorkspaceApp) -> Currency {
    let named = |state: &crate::snapshot::build::State| {
        state.workspaces.get(&*app.workspace_id).map(|workspace| workspace.currency)
    };
    app.publisher.inspect(|published| named(published.state)).await.unwrap_or(Currency::USD)
}
