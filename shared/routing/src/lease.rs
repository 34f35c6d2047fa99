//! Leases: how many nodes share one cap without ever overshooting it.
//!
//! Central grants each node slices of what is left of a cap ([`ledger::Ledger`]); a node spends only
//! what it holds ([`holder::Holder`]). Both are pure: time is an argument.
//!
//! # Invariants
//! - All totals count up, so messages may be lost, repeated or overtaken. What a node holds is
//!   granted - returned - written off - spent, and central never believes it to be less than it is.
//! - A node keeps on disk, before it acts on it: a grant (before it spends it), a return and a spent
//!   total (before it reports them). What a click takes is kept with the click.
//! - Central grants only while all that is out, all that was spent in the window and the grant stay
//!   within the limit. So the spends in any window never exceed the highest limit that was in force
//!   when they were leased, whatever fails. What was granted under a higher limit may still be spent;
//!   a node that hears of a lower one returns what it holds.
//! - A lease is valid for its time to live, counted by the node from before it sent the request that
//!   was answered. Central counts from when it got that, adds [`TTL_MARGIN_MS`], and then takes
//!   what is out for spent at that moment ("written off"): it leaves the window like any spend. A
//!   node that comes back is told so and drops what it held; once it says that it has, what it had not
//!   spent is free again.
//!
//! # Limits
//! Clocks: a bucket is named by the node's clock. Usage leaves the window [`CLOCK_MARGIN_MS`] late at
//! central, so a node's clock may be as much behind central's without an overshoot; one that is further behind
//! is granted nothing. A ledger's time never goes back: an api-service process whose clock is ahead
//! makes the caps that it answers for wait until the others have caught up.

pub mod holder;
pub mod ledger;
#[cfg(test)]
mod model;

/// Central waits so much longer than a lease's time to live before it writes the lease off.
pub const TTL_MARGIN_MS: i64 = 60_000;
/// A node's clock may be behind central's by so much.
pub const CLOCK_MARGIN_MS: i64 = 5_000;
