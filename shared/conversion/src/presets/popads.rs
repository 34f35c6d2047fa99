//! PopAds: macros in brackets; the id of the impression is what a conversion is reported by.

use super::SourcePreset;

pub static PRESET: SourcePreset = SourcePreset {
    slug: "popads",
    name: "PopAds",
    origin: "PopAds: Conversion Tracking in the advertiser account",
    tracking_query: "external_id=[IMPRESSIONID]&cost=[BID]&sub1=[WEBSITEID]&sub2=[CAMPAIGNID]&sub3=[CATEGORYID]",
    postback_url: "https://serve.popads.net/cpixel.php?s2s=1&aid=REPLACE_AID&id={external_id}&value={payout}",
    replace: &[("REPLACE_AID", "aid in the postback URL of your account")],
};

#[cfg(test)]
mod tests {
    use super::super::tests::calls;
    use super::PRESET;

    #[test]
    fn popads_is_called() {
        let url = "https://serve.popads.net/cpixel.php?s2s=1&aid=REPLACE_AID&id=src%20click%2F1&value=12.5";
        calls(&PRESET, url);
    }
}
