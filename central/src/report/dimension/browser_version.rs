use super::{Dimension, Kind};

pub const DIMENSION: Dimension = Dimension {
    name: "browser_version",
    title: "Browser version",
    of_click: "c.browser_version",
    of_conversion: "c.browser_version",
    click_columns: &["browser_version"],
    kind: Kind::Version,
    ..Dimension::TEXT
};
