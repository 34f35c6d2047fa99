use super::{Dimension, Kind};

/// By its Monday in the report's timezone.
pub const DIMENSION: Dimension = Dimension {
    name: "week",
    title: "Week",
    of_click: "toString(toMonday(toDate({at}, {tz:String})))",
    of_conversion: "toString(toMonday(toDate({at}, {tz:String})))",
    kind: Kind::Time,
    ..Dimension::TEXT
};
