//! RichAds, known as RichPush: macros in brackets, `[CLICK_ID]` is its click id.

use super::SourcePreset;

pub static PRESET: SourcePreset = SourcePreset {
    slug: "richads",
    name: "RichAds",
    origin: "RichAds Blog: Postback, access to all RichPush features",
    tracking_query: "external_id=[CLICK_ID]&cost=[BID_PRICE]&sub1=[PUBLISHER_ID]&sub2=[SITE_ID]&sub3=[CAMPAIGN_ID]&sub4=[CREATIVE_ID]",
    postback_url: "https://rtb.adx1.com/log?action=conversion&key={external_id}&price={payout}",
    replace: &[],
};

#[cfg(test)]
mod tests {
    use super::super::tests::calls;
    use super::PRESET;

    #[test]
    fn richads_is_called() {
        let url = "https://rtb.adx1.com/log?action=conversion&key=src%20click%2F1&price=12.5";
        calls(&PRESET, url);
    }
}
