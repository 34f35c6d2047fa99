//! The engines, really started, stopped and killed.

mod engines;
