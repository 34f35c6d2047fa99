use super::{Dimension, Kind};

pub const DIMENSION: Dimension = Dimension {
    name: "os_version",
    title: "OS version",
    of_click: "c.os_version",
    of_conversion: "c.os_version",
    click_columns: &["os_version"],
    kind: Kind::Version,
    ..Dimension::TEXT
};
