use super::{Dimension, Names};

/// The destination of the click, where that is an offer.
pub const DIMENSION: Dimension = Dimension {
    name: "offer",
    aliases: &["offer_id"],
    of_click: "''",
    of_conversion: "v.offer_id",
    names: Names::Destinations,
};
