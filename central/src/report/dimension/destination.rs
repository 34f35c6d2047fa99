use super::{Dimension, Kind, Names};

pub const DIMENSION: Dimension = Dimension {
    name: "destination",
    title: "Destination",
    aliases: &["destination_id"],
    of_click: "c.destination_id",
    of_conversion: "v.destination_id",
    kind: Kind::Id,
    names: Names::Destinations,
    ..Dimension::TEXT
};
