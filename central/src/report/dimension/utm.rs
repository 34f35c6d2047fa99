use super::Dimension;

macro_rules! utm {
    ($name:literal, $title:literal) => {
        Dimension {
            name: $name,
            title: $title,
            of_click: concat!("c.", $name),
            of_conversion: concat!("c.", $name),
            click_columns: &[$name],
            ..Dimension::TEXT
        }
    };
}

pub const DIMENSIONS: [Dimension; 5] = [
    utm!("utm_source", "UTM source"),
    utm!("utm_medium", "UTM medium"),
    utm!("utm_campaign", "UTM campaign"),
    utm!("utm_content", "UTM content"),
    utm!("utm_term", "UTM term"),
];
