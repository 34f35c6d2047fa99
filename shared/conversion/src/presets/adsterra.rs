//! Adsterra: `##SUB_ID_SHORT(action)##` is its click id; `atpay` is in US dollars.

use super::SourcePreset;

pub static PRESET: SourcePreset = SourcePreset {
    slug: "adsterra",
    name: "Adsterra",
    origin: "Adsterra Advertiser Help: How do I setup postback?",
    tracking_query: "external_id=##SUB_ID_SHORT(action)##&sub1=##PLACEMENT_ID##&sub2=##CAMPAIGN_ID##&sub3=##BANNER_ID##",
    postback_url: "https://www.pbterra.com/name/REPLACE_ACCOUNT/at?subid_short={external_id}&atpay={payout}",
    replace: &[("REPLACE_ACCOUNT", "the user name of your account")],
};

#[cfg(test)]
mod tests {
    use super::super::tests::calls;
    use super::PRESET;

    #[test]
    fn adsterra_is_called() {
        let url = "https://www.pbterra.com/name/REPLACE_ACCOUNT/at?subid_short=src%20click%2F1&atpay=12.5";
        calls(&PRESET, url);
    }
}
