//! Times as clients read them: RFC 3339 in UTC. What no calendar holds is shown as the beginning of 1970.

use jiff::Timestamp;
use mongodb::bson::DateTime;

/// Of UTC milliseconds.
pub fn of_ms(at_ms: i64) -> String {
    Timestamp::from_millisecond(at_ms).unwrap_or_default().to_string()
}

pub fn of(time: DateTime) -> String {
    of_ms(time.timestamp_millis())
}

/// `#[serde(deserialize_with = "rfc3339::read_ms")]`: UTC milliseconds of a row become what clients read.
pub fn read_ms<'de, D: serde::Deserializer<'de>>(d: D) -> Result<String, D::Error> {
    <i64 as serde::Deserialize>::deserialize(d).map(of_ms)
}
