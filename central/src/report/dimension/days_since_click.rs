use super::{Dimension, Kind};

/// Whole times 24 hours between a conversion and its click; empty for clicks, and without a click.
pub const DIMENSION: Dimension = Dimension {
    name: "days_since_click",
    title: "Days since click",
    of_conversion: "if(v.attribution = 'click', toString(intDiv(greatest(dateDiff('millisecond', v.clicked_at, v.created_at), 0), 86400000)), '')",
    kind: Kind::Number,
    ..Dimension::TEXT
};
