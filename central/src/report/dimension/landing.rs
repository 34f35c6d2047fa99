use super::{Dimension, Kind, Names};

/// The landing page that was shown on the way to the offer.
pub const DIMENSION: Dimension = Dimension {
    name: "landing",
    title: "Landing page",
    aliases: &["landing_id"],
    of_click: "c.landing_id",
    of_conversion: "c.landing_id",
    click_columns: &["landing_id"],
    kind: Kind::Id,
    names: Names::Destinations,
};
