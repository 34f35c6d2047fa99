//! How one of a stream's usable targets is picked. A closed set, one file each.

pub mod waterfall;
pub mod weighted;
