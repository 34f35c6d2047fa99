use super::Dimension;

pub const DIMENSION: Dimension = Dimension {
    name: "city",
    title: "City",
    of_click: "c.city",
    of_conversion: "c.city",
    click_columns: &["city"],
    ..Dimension::TEXT
};
