use super::{Dimension, Names};

pub const DIMENSION: Dimension = Dimension {
    name: "campaign",
    aliases: &["campaign_id"],
    of_click: "c.campaign_id",
    of_conversion: "v.campaign_id",
    names: Names::Campaigns,
};
