use super::Dimension;

pub const DIMENSION: Dimension = Dimension {
    name: "browser",
    title: "Browser",
    of_click: "c.browser",
    of_conversion: "c.browser",
    click_columns: &["browser"],
    ..Dimension::TEXT
};
