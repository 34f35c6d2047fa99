use super::{Dimension, Kind};

/// Its number; empty when it is not known.
pub const DIMENSION: Dimension = Dimension {
    name: "asn",
    title: "Autonomous system",
    of_click: "if(c.asn = 0, '', toString(c.asn))",
    of_conversion: "if(c.asn = 0, '', toString(c.asn))",
    click_columns: &["asn"],
    kind: Kind::Number,
    ..Dimension::TEXT
};
