use super::{Dimension, Names};

pub const DIMENSION: Dimension = Dimension {
    name: "browser",
    aliases: &[],
    of_click: "c.browser",
    of_conversion: "c.browser",
    names: Names::None,
};
