use super::Dimension;

pub const DIMENSION: Dimension = Dimension {
    name: "region",
    title: "Region",
    aliases: &["geo_region"],
    of_click: "c.geo_region",
    of_conversion: "c.geo_region",
    click_columns: &["geo_region"],
    ..Dimension::TEXT
};
