use super::Dimension;

/// The signs of a bot that a click shows, strongest first; empty for most people. A click with signs
/// too weak to make it a bot's is grouped by them as well.
pub const DIMENSION: Dimension = Dimension {
    name: "bot_reason",
    title: "Bot signs",
    of_click: "c.bot_reason",
    of_conversion: "c.bot_reason",
    click_columns: &["bot_reason"],
    ..Dimension::TEXT
};
