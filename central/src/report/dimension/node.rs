use super::Dimension;

/// The node that took the click.
pub const DIMENSION: Dimension = Dimension {
    name: "node",
    title: "Traffic node",
    aliases: &["node_id"],
    of_click: "c.node_id",
    of_conversion: "c.node_id",
    click_columns: &["node_id"],
    ..Dimension::TEXT
};
