//! The engines and the launcher, really started, stopped and killed.

#![expect(clippy::unwrap_used, reason = "helpers of tests panic like tests")]

mod engines;
mod launcher;
