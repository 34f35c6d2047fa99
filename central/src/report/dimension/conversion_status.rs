use super::Dimension;

/// Lead, sale, rejected, hold, or unmapped, as of the last version.
pub const DIMENSION: Dimension = Dimension {
    name: "conversion_status",
    title: "Conversion status",
    of_conversion: "v.status",
    ..Dimension::TEXT
};
