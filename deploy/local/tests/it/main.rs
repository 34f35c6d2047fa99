//! The engines and the launcher, really started, stopped and killed.

mod engines;
mod launcher;
