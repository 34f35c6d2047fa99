use super::{Dimension, Names};

pub const DIMENSION: Dimension = Dimension {
    name: "source",
    aliases: &["source_id"],
    of_click: "c.source_id",
    of_conversion: "v.source_id",
    names: Names::Sources,
};
