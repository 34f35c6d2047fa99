//! Where a click goes. Pure: no clock, no randomness, no I/O; time, entropy and the request are
//! arguments, so that every decision can be replayed.
//!
//! [`table::RoutingTable`] is the configuration compiled for look-up, [`context::ClickContext`] what is
//! known of one click, [`decide::decide`] the one entry from the two to a [`decide::Decision`], and
//! [`macros::UrlTemplate`] renders the URL of the destination it names. [`click_id`] mints and verifies
//! the id that ties a conversion to its click.

mod availability;
pub mod cap;
pub mod click_id;
pub mod context;
pub mod decide;
pub mod lease;
pub mod macros;
pub mod rule;
pub mod runtime;
pub mod schedule;
pub mod signed_link;
mod strategy;
mod stream_match;
pub mod table;
pub mod user_key;
