//! PropellerAds: `${SUBID}` is its click id; the URL of an account holds its `aid` and `tid`.

use super::SourcePreset;

pub static PRESET: SourcePreset = SourcePreset {
    slug: "propellerads",
    name: "PropellerAds",
    origin: "PropellerAds: Conversion Tracking in the advertiser account",
    tracking_query: "external_id=${SUBID}&cost={cost}&sub1={zoneid}&sub2={campaignid}&sub3={bannerid}",
    postback_url: "https://ad.propellerads.com/conversion.php?aid=REPLACE_AID&pid=&tid=REPLACE_TID&visitor_id={external_id}&payout={payout}",
    replace: &[
        ("REPLACE_AID", "aid in the postback URL of your account"),
        ("REPLACE_TID", "tid in the postback URL of your account"),
    ],
};

#[cfg(test)]
mod tests {
    use super::super::tests::calls;
    use super::PRESET;

    #[test]
    fn propellerads_is_called() {
        let url = "https://ad.propellerads.com/conversion.php?aid=REPLACE_AID&pid=&tid=REPLACE_TID&visitor_id=src%20click%2F1&payout=12.5";
        calls(&PRESET, url);
    }
}
