//! Clicks added up an hour, and conversions beside what their clicks say, so that reports need not read every
//! event. What a report says is the same with and without them, at any time:
//!
//! - **Marks.** A view on each event table adds a mark to `rollup_marks` for every hour that an insert touched,
//!   be it a click, a repeat, a late event or a corrected cost. ClickHouse commits the rows of an insert before
//!   it hands them to the views, so that the marks that can be read are never ahead of the events. Marks only
//!   ever grow; nothing of the events is added up as they arrive. What takes events away (erasure) adds its
//!   marks itself: [`mark`].
//! - **Builds.** [`builder`] reads how many marks an hour has, *then* computes the hour anew from the
//!   deduplicated events, under a build number of its own, and then publishes the build with those marks in
//!   `rollup_builds`. A builder that dies leaves rows of a build that nobody was told of.
//! - **Reading.** A report may use a build when the hour has exactly the marks that the build saw ([`fresh`]):
//!   nothing came in between. All other hours, and hours that the period or a day of the timezone cuts, are read
//!   from the events. An hour without marks has no events.
//! - **Clearing away.** Rows of builds that were replaced [`sweep::REPLACED_FOR_MS`] ago, longer than any report
//!   takes, are deleted, and those of builds that were not published within [`sweep::ABANDONED_AFTER_MS`];
//!   publishing is refused by ClickHouse's own clock long before that.
//!
//! A conversion's rows hold attributes of its click. Where that click was not there yet, the build names the
//! hour of the click and its marks in `waits`, and counts only as long as these are the same.
//!
//! What a workspace does not keep any longer is neither read from builds nor built, and deleted by [`retain`].
//!
//! Days of UTC are added up like hours, from the events as well, and a day has the marks of its hours together.
//! What is being lived in is read from the events. Hours are numbers of whole hours since 1970, UTC, and a day
//! is known by its first hour.

mod build;
mod builder;
pub mod fresh;
pub mod grain;
mod marks;
mod retain;
mod sweep;

pub use build::CLICK_COLUMNS;
pub use builder::keep;
pub use marks::{Kind, ensure, mark, mark_all};

pub const HOUR_MS: i64 = 3_600_000;
