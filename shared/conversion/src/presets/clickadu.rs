//! Clickadu: `${SUBID}` is its click id; each account has a postback URL of its own.

use super::SourcePreset;

pub static PRESET: SourcePreset = SourcePreset {
    slug: "clickadu",
    name: "Clickadu",
    origin: "Clickadu Support: How to integrate Clickadu S2S conversion tracking",
    tracking_query: "external_id=${SUBID}&cost={cost}&sub1={zoneid}&sub2={campaignid}",
    postback_url: "https://sconvtrk.com/conversion/REPLACE_HASH/?visitor_id={external_id}&aid=REPLACE_AID",
    replace: &[
        ("REPLACE_HASH", "the path in the postback URL of your account"),
        ("REPLACE_AID", "aid in the postback URL of your account"),
    ],
};

#[cfg(test)]
mod tests {
    use super::super::tests::calls;
    use super::PRESET;

    #[test]
    fn clickadu_is_called() {
        let url = "https://sconvtrk.com/conversion/REPLACE_HASH/?visitor_id=src%20click%2F1&aid=REPLACE_AID";
        calls(&PRESET, url);
    }
}
