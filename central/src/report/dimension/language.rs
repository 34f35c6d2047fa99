use super::Dimension;

pub const DIMENSION: Dimension = Dimension {
    name: "language",
    title: "Language",
    of_click: "c.language",
    of_conversion: "c.language",
    click_columns: &["language"],
    ..Dimension::TEXT
};
