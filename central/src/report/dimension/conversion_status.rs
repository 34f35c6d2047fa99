use super::{Dimension, Names};

/// Lead, sale, rejected, hold, or unmapped, as of the last version.
pub const DIMENSION: Dimension = Dimension {
    name: "conversion_status",
    aliases: &[],
    of_click: "''",
    of_conversion: "v.status",
    names: Names::None,
};
