use super::Dimension;

pub const DIMENSION: Dimension = Dimension {
    name: "isp",
    title: "Internet provider",
    of_click: "c.isp",
    of_conversion: "c.isp",
    click_columns: &["isp"],
    ..Dimension::TEXT
};
