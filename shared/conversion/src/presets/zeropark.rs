//! Zeropark: `{cid}` is its click id; each account has a postback URL of its own.

use super::SourcePreset;

pub static PRESET: SourcePreset = SourcePreset {
    slug: "zeropark",
    name: "Zeropark",
    origin: "Zeropark: Conversion Tracking in the advertiser account",
    tracking_query: "external_id={cid}&cost={visit_cost}&sub1={target}&sub2={source}&sub3={campaign_id}&sub4={keyword}",
    postback_url: "https://postback.zeropark.com/REPLACE_ACCOUNT?cid={external_id}&payout={payout}",
    replace: &[("REPLACE_ACCOUNT", "the id in the postback URL of your account")],
};

#[cfg(test)]
mod tests {
    use super::super::tests::calls;
    use super::PRESET;

    #[test]
    fn zeropark_is_called() {
        let url = "https://postback.zeropark.com/REPLACE_ACCOUNT?cid=src%20click%2F1&payout=12.5";
        calls(&PRESET, url);
    }
}
