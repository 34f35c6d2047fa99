//! MediaGo: `${TRACKING_ID}` is its id of a click; the ad is sent back beside it.

use super::SourcePreset;

pub static PRESET: SourcePreset = SourcePreset {
    slug: "mediago",
    name: "MediaGo",
    origin: "MediaGo Platform: S2S Conversion Postback",
    tracking_query: "external_id=${TRACKING_ID}&sub1=${AD_ID}",
    postback_url: "https://sync.mediago.io/api/bidder/postback?trackingid={external_id}&adid={sub1}&conversiontype=REPLACE_TYPE&conversionprice={payout}",
    replace: &[("REPLACE_TYPE", "the number of the conversion type, from the table of that page")],
};

#[cfg(test)]
mod tests {
    use super::super::tests::calls;
    use super::PRESET;

    #[test]
    fn mediago_is_called() {
        let url = "https://sync.mediago.io/api/bidder/postback?trackingid=src%20click%2F1&adid=zone-9&conversiontype=REPLACE_TYPE&conversionprice=12.5";
        calls(&PRESET, url);
    }
}
