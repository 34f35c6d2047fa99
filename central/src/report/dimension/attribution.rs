use super::Dimension;

/// Whether the conversion is tied to a click, and if not why.
pub const DIMENSION: Dimension = Dimension {
    name: "attribution",
    title: "Attribution",
    of_conversion: "v.attribution",
    ..Dimension::TEXT
};
