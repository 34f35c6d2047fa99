//! Traffic Force: macros in braces, `{CLICK_ID}` is its click id.

use super::SourcePreset;

pub static PRESET: SourcePreset = SourcePreset {
    slug: "trafficforce",
    name: "Traffic Force",
    origin: "Kintura Docs: Traffic Force",
    tracking_query: "external_id={CLICK_ID}&sub1={site_id}&sub2={campaign_id}&sub3={ad_id}&sub4={channel_id}",
    postback_url: "http://delivery.trafficforce.com/conv.php?click_id={external_id}",
    replace: &[],
};

#[cfg(test)]
mod tests {
    use super::super::tests::calls;
    use super::PRESET;

    #[test]
    fn trafficforce_is_called() {
        let url = "http://delivery.trafficforce.com/conv.php?click_id=src%20click%2F1";
        calls(&PRESET, url);
    }
}
