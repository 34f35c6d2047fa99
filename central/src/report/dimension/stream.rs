use super::{Dimension, Names};

pub const DIMENSION: Dimension = Dimension {
    name: "stream",
    aliases: &["stream_id"],
    of_click: "c.stream_id",
    of_conversion: "v.stream_id",
    names: Names::Streams,
};
