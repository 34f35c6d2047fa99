use super::{Dimension, Kind, Names};

pub const DIMENSION: Dimension = Dimension {
    name: "campaign",
    title: "Campaign",
    aliases: &["campaign_id"],
    of_click: "c.campaign_id",
    of_conversion: "v.campaign_id",
    kind: Kind::Id,
    names: Names::Campaigns,
    ..Dimension::TEXT
};
