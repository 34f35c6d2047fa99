use super::{Dimension, Names};

/// The calendar day in the report's timezone; a conversion counts on its own day or on that of its click,
/// as asked.
pub const DIMENSION: Dimension = Dimension {
    name: "day",
    aliases: &["date"],
    of_click: "toString(toDate(c.created_at, {tz:String}))",
    of_conversion: "toString(toDate(v.counted_at, {tz:String}))",
    names: Names::None,
};
