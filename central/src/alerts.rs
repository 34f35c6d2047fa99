//! Alert rules: a condition that is looked at all the time, and what is done once it holds.
//!
//! Every `ALERT_EVALUATION_SECONDS` one api-service process (a lease says which) measures the condition of every
//! active rule of all workspaces ([`evaluate`]), each workspace in a turn of its own. A condition is about subjects: each destination, cap, node or
//! campaign, or the workspace as a whole, has alerts of its own.
//!
//! # The life of an alert
//! - It is `pending` from the first evaluation at which the condition holds, and opens when it has held at every
//!   evaluation for `for_minutes`. When nobody looked for a while, that time begins anew.
//! - It resolves when the condition did not hold at any evaluation for as long, or when its rule is paused or
//!   deleted. What cannot be measured any more (too few clicks, a deleted destination) does not hold.
//! - No alert of the same rule and subject opens for `cooldown_minutes` after that.
//! - A database that does not answer is no reason for anything: the evaluation of that rule is skipped, nothing
//!   changes, and the rule says so (`evaluation`).
//!
//! # Actions
//! They are written down with the opening, in the same write, and then done one after the other ([`act`]), once an
//! alert; mail goes beside the others, to each address once ([`act::mail`]). Each has a key, `alert:<alert>:<place>`: after a crash whoever goes on finds what was under way, and a
//! notification that may have been sent is sent under the same key, never under another one. A change of
//! the configuration goes the way of an admin's: compare-and-set, publication, audit log (as the rule). What was
//! before is kept with the alert, and `POST /api/alerts/{id}/undo` restores it unless somebody changed it since.
//!
//! Mail goes to people who are active in the workspace, and to nobody else. Whoever may see no amount may not write a
//! rule about amounts, and reads none in its mail.
//!
//! A rule that is new is a dry run unless it says otherwise: its alerts open, and say what would have been done.
//!
//! Limits: [`MAX_RULES`] rules of a workspace, [`MAX_SUBJECTS`] subjects of a rule; resolved alerts are kept for
//! [`KEPT`].

mod act;
mod action;
mod api;
mod condition;
mod evaluate;
mod incident;
pub mod portable;
mod rule;
mod rule_input;
mod rule_test;
mod rules_api;
mod store;

use std::time::Duration;

pub use evaluate::keep_evaluated;
use utoipa_axum::router::OpenApiRouter;

use crate::app::App;

/// Of one workspace.
const MAX_RULES: u64 = 200;
/// Destinations, nodes or campaigns that one rule watches.
const MAX_SUBJECTS: usize = 2000;
/// Of resolved alerts.
const KEPT: Duration = Duration::from_secs(400 * 24 * 3600);

pub use store::migrate;

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().merge(rules_api::routes()).merge(rule_test::routes()).merge(api::routes())
}
