use super::{Dimension, Kind};

/// 1 (Monday) to 7 (Sunday) in the report's timezone.
pub const DIMENSION: Dimension = Dimension {
    name: "weekday",
    title: "Day of the week",
    of_click: "toString(toDayOfWeek(toDate({at}, {tz:String})))",
    of_conversion: "toString(toDayOfWeek(toDate({at}, {tz:String})))",
    kind: Kind::Number,
    ..Dimension::TEXT
};
