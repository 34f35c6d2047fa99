use super::{Dimension, Kind, Names};

/// The destination of the click, where that is an offer.
pub const DIMENSION: Dimension = Dimension {
    name: "offer",
    title: "Offer",
    aliases: &["offer_id"],
    of_conversion: "v.offer_id",
    kind: Kind::Id,
    names: Names::Destinations,
    ..Dimension::TEXT
};
