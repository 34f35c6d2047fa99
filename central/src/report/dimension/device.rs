use super::{Dimension, Names};

pub const DIMENSION: Dimension = Dimension {
    name: "device",
    aliases: &["device_type"],
    of_click: "c.device_type",
    of_conversion: "c.device_type",
    names: Names::None,
};
