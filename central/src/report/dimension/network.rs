use super::{Dimension, Kind, Names};

/// The affiliate network whose postbacks made the conversion.
pub const DIMENSION: Dimension = Dimension {
    name: "network",
    title: "Affiliate network",
    aliases: &["network_id"],
    of_conversion: "v.network_id",
    kind: Kind::Id,
    names: Names::Networks,
    ..Dimension::TEXT
};
