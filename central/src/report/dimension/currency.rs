use super::Dimension;

/// What a click's cost or a conversion's payout was told in; the amounts themselves are in the report's.
pub const DIMENSION: Dimension = Dimension {
    name: "currency",
    title: "Currency",
    of_click: "c.currency",
    of_conversion: "v.currency",
    ..Dimension::TEXT
};
