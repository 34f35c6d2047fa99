use super::Dimension;

pub const DIMENSION: Dimension = Dimension {
    name: "os",
    title: "Operating system",
    of_click: "c.os",
    of_conversion: "c.os",
    click_columns: &["os"],
    ..Dimension::TEXT
};
