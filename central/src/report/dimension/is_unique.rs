use super::{Dimension, Kind};

/// Whether it was the visitor's first click on the campaign within its window.
pub const DIMENSION: Dimension = Dimension {
    name: "is_unique",
    title: "Unique",
    of_click: "if(c.is_unique, 'true', 'false')",
    of_conversion: "if(c.click_id = '', '', if(c.is_unique, 'true', 'false'))",
    click_columns: &["is_unique"],
    kind: Kind::Flag,
    ..Dimension::TEXT
};
