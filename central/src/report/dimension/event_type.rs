use super::Dimension;

/// What the network calls the event, such as a deposit.
pub const DIMENSION: Dimension =
    Dimension { name: "event_type", title: "Event", of_conversion: "v.event_type", ..Dimension::TEXT };
