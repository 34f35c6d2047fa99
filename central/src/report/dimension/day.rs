use super::{Dimension, Kind};

/// The calendar day in the report's timezone; a conversion counts on its own day or on that of its click,
/// as asked.
pub const DIMENSION: Dimension = Dimension {
    name: "day",
    title: "Day",
    aliases: &["date"],
    of_click: "toString(toDate({at}, {tz:String}))",
    of_conversion: "toString(toDate({at}, {tz:String}))",
    kind: Kind::Time,
    ..Dimension::TEXT
};
