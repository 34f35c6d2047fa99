use super::{Dimension, Names};

/// The signs of a bot that a click shows, strongest first; empty for most people. A click with signs
/// too weak to make it a bot's is grouped by them as well.
pub const DIMENSION: Dimension = Dimension {
    name: "bot_reason",
    aliases: &[],
    of_click: "c.bot_reason",
    of_conversion: "c.bot_reason",
    names: Names::None,
};
