use super::Dimension;

pub const DIMENSION: Dimension = Dimension {
    name: "country",
    title: "Country",
    aliases: &["geo_country"],
    of_click: "c.geo_country",
    of_conversion: "c.geo_country",
    click_columns: &["geo_country"],
    ..Dimension::TEXT
};
