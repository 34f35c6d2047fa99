use super::{Dimension, Names};

pub const DIMENSION: Dimension = Dimension {
    name: "country",
    aliases: &["geo_country"],
    of_click: "c.geo_country",
    of_conversion: "c.geo_country",
    names: Names::None,
};
