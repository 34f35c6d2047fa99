use super::{Dimension, Kind};

pub const DIMENSION: Dimension = Dimension {
    name: "is_bot",
    title: "Bot",
    of_click: "if(c.is_bot, 'true', 'false')",
    of_conversion: "if(c.click_id = '', '', if(c.is_bot, 'true', 'false'))",
    click_columns: &["is_bot"],
    kind: Kind::Flag,
    ..Dimension::TEXT
};
