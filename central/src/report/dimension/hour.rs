use super::{Dimension, Kind};

/// Reckoned from the offset, as it may be half an hour.
const HOUR: &str = "concat(formatDateTime(toDateTime(intDiv(toUnixTimestamp({at}) + timeZoneOffset(toDateTime({at}, {tz:String})), 3600) * 3600, 'UTC'), '%Y-%m-%dT%H:00:00'), \
     if(timeZoneOffset(toDateTime({at}, {tz:String})) < 0, '-', '+'), \
     leftPad(toString(intDiv(abs(timeZoneOffset(toDateTime({at}, {tz:String}))), 3600)), 2, '0'), ':', \
     leftPad(toString(intDiv(abs(timeZoneOffset(toDateTime({at}, {tz:String}))) % 3600, 60)), 2, '0'))";

/// The beginning of the hour on the clock of the report's timezone, in RFC 3339: the offset keeps the two hours
/// apart that a clock shows twice when summer time ends.
pub const DIMENSION: Dimension = Dimension {
    name: "hour",
    title: "Hour",
    of_click: HOUR,
    of_conversion: HOUR,
    kind: Kind::Moment,
    ..Dimension::TEXT
};
