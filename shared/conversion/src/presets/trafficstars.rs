//! TrafficStars: `{click_id}` is its click id; `lead_code` tells conversions of the same click apart.

use super::SourcePreset;

pub static PRESET: SourcePreset = SourcePreset {
    slug: "trafficstars",
    name: "TrafficStars",
    origin: "TrafficStars FAQ: How to set up tracking conversions",
    tracking_query: "external_id={click_id}&cost={cost}&sub1={site_id}&sub2={campaign_id}&sub3={creative_id}&sub4={spot_id}",
    postback_url: "https://tsyndicate.com/api/v1/cpa/action?clickid={external_id}&value={payout}&lead_code={conversion_id}&key=REPLACE_KEY",
    replace: &[("REPLACE_KEY", "key in the postback URL under Tracking Tools")],
};

#[cfg(test)]
mod tests {
    use super::super::tests::calls;
    use super::PRESET;

    #[test]
    fn trafficstars_is_called() {
        let url = "https://tsyndicate.com/api/v1/cpa/action?clickid=src%20click%2F1&value=12.5&lead_code=conv-1&key=REPLACE_KEY";
        calls(&PRESET, url);
    }
}
