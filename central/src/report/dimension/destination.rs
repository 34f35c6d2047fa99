use super::{Dimension, Names};

pub const DIMENSION: Dimension = Dimension {
    name: "destination",
    aliases: &["destination_id"],
    of_click: "c.destination_id",
    of_conversion: "v.destination_id",
    names: Names::Destinations,
};
