use super::{Dimension, Names};

/// What the network calls the event, such as a deposit.
pub const DIMENSION: Dimension = Dimension {
    name: "event_type",
    aliases: &[],
    of_click: "''",
    of_conversion: "v.event_type",
    names: Names::None,
};
