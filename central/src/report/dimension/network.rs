use super::{Dimension, Names};

/// The affiliate network whose postbacks made the conversion.
pub const DIMENSION: Dimension = Dimension {
    name: "network",
    aliases: &["network_id"],
    of_click: "''",
    of_conversion: "v.network_id",
    names: Names::Networks,
};
