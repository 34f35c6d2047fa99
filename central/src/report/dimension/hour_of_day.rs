use super::{Dimension, Kind};

/// 0 to 23 in the report's timezone.
pub const DIMENSION: Dimension = Dimension {
    name: "hour_of_day",
    title: "Hour of the day",
    of_click: "toString(toHour({at}, {tz:String}))",
    of_conversion: "toString(toHour({at}, {tz:String}))",
    kind: Kind::Number,
    ..Dimension::TEXT
};
