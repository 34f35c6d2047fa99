use super::{Dimension, Kind, Names};

pub const DIMENSION: Dimension = Dimension {
    name: "stream",
    title: "Stream",
    aliases: &["stream_id"],
    of_click: "c.stream_id",
    of_conversion: "v.stream_id",
    kind: Kind::Id,
    names: Names::Streams,
    ..Dimension::TEXT
};
