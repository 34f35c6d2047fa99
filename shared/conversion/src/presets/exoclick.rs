//! ExoClick: `{conversions_tracking}` is its tag of a click; a goal is created under Conversion Tracking.

use super::SourcePreset;

pub static PRESET: SourcePreset = SourcePreset {
    slug: "exoclick",
    name: "ExoClick",
    origin: "ExoClick Docs: Conversion Tracking",
    tracking_query: "external_id={conversions_tracking}&cost={actual_cost}&sub1={zone_id}&sub2={campaign_id}&sub3={variation_id}&sub4={src_hostname}",
    postback_url: "https://s.magsrv.com/tag.php?goal=REPLACE_GOAL&tag={external_id}",
    replace: &[("REPLACE_GOAL", "the goal id under Campaigns, Conversion Tracking")],
};

#[cfg(test)]
mod tests {
    use super::super::tests::calls;
    use super::PRESET;

    #[test]
    fn exoclick_is_called() {
        let url = "https://s.magsrv.com/tag.php?goal=REPLACE_GOAL&tag=src%20click%2F1";
        calls(&PRESET, url);
    }
}
