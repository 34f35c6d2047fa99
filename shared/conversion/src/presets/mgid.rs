//! MGID: `{click_id}` is its click id; `e` is the event of a conversion goal, `r` the revenue in the currency of the
//! account.

use super::SourcePreset;

pub static PRESET: SourcePreset = SourcePreset {
    slug: "mgid",
    name: "MGID",
    origin: "MGID Help Center: Postback Setup in MGID Ads",
    tracking_query: "external_id={click_id}&sub1={widget_id}&sub2={campaign_id}&sub3={teaser_id}",
    postback_url: "https://a.mgid.com/postback?c={external_id}&e=REPLACE_EVENT&r={payout}",
    replace: &[("REPLACE_EVENT", "the event name of the conversion goal")],
};

#[cfg(test)]
mod tests {
    use super::super::tests::calls;
    use super::PRESET;

    #[test]
    fn mgid_is_called() {
        let url = "https://a.mgid.com/postback?c=src%20click%2F1&e=REPLACE_EVENT&r=12.5";
        calls(&PRESET, url);
    }
}
