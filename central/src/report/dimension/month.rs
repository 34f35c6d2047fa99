use super::{Dimension, Kind};

/// Year and month in the report's timezone, such as 2026-11.
pub const DIMENSION: Dimension = Dimension {
    name: "month",
    title: "Month",
    of_click: "formatDateTime(toDate({at}, {tz:String}), '%Y-%m')",
    of_conversion: "formatDateTime(toDate({at}, {tz:String}), '%Y-%m')",
    kind: Kind::Time,
    ..Dimension::TEXT
};
