use super::{Dimension, Kind, Names};

pub const DIMENSION: Dimension = Dimension {
    name: "source",
    title: "Traffic source",
    aliases: &["source_id"],
    of_click: "c.source_id",
    of_conversion: "v.source_id",
    kind: Kind::Id,
    names: Names::Sources,
    ..Dimension::TEXT
};
