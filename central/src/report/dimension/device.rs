use super::Dimension;

pub const DIMENSION: Dimension = Dimension {
    name: "device",
    title: "Device",
    aliases: &["device_type"],
    of_click: "c.device_type",
    of_conversion: "c.device_type",
    click_columns: &["device_type"],
    ..Dimension::TEXT
};
