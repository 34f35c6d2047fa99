//! `POST /internal/v1/clicks/lookup`: clicks by their ids, from the warehouse.
//!
//! JSON [`ClickLookup`] in, [`FoundClicks`] out. An id that is not in the answer is not in the warehouse:
//! it may still be on its way. Central checks no MAC; nodes ask only for ids that they have verified. 503
//! while the warehouse cannot be read.

use serde::{Deserialize, Serialize};
use traffoflex_model::FoundClick;

pub const PATH: &str = "/internal/v1/clicks/lookup";
pub const MAX_IDS: usize = 1000;
pub const MAX_BODY_BYTES: usize = 1 << 20;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClickLookup {
    pub click_ids: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FoundClicks {
    pub clicks: Vec<FoundClick>,
}
