use super::Dimension;

/// What became of the click: how it was routed.
pub const DIMENSION: Dimension = Dimension {
    name: "decision",
    title: "Decision",
    of_click: "c.decision",
    of_conversion: "c.decision",
    click_columns: &["decision"],
    ..Dimension::TEXT
};
