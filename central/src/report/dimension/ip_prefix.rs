use super::{Dimension, Kind};

/// The first 24 bits of an IPv4 address, 48 of an IPv6 one.
pub const DIMENSION: Dimension = Dimension {
    name: "ip_prefix",
    title: "Network",
    of_click: "c.ip_prefix",
    of_conversion: "c.ip_prefix",
    click_columns: &["ip_prefix"],
    kind: Kind::Address,
    ..Dimension::TEXT
};
