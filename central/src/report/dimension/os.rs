use super::{Dimension, Names};

pub const DIMENSION: Dimension =
    Dimension { name: "os", aliases: &[], of_click: "c.os", of_conversion: "c.os", names: Names::None };
