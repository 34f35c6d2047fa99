//! Advertizer: macros in double brackets, `[[subid]]` is its click id.

use super::SourcePreset;

pub static PRESET: SourcePreset = SourcePreset {
    slug: "advertizer",
    name: "Advertizer",
    origin: "Kintura Docs: Advertizer",
    tracking_query: "external_id=[[subid]]&cost=[[click_cost]]&sub1=[[partner_id]]&sub2=[[pid]]",
    postback_url: "http://postback.advertizer.com/pb.php?clickid={external_id}&amount={payout}&advertiser_id=REPLACE_ADVERTISER&key=REPLACE_KEY",
    replace: &[
        ("REPLACE_ADVERTISER", "advertiser_id in the postback URL of your account"),
        ("REPLACE_KEY", "key in the postback URL of your account"),
    ],
};

#[cfg(test)]
mod tests {
    use super::super::tests::calls;
    use super::PRESET;

    #[test]
    fn advertizer_is_called() {
        let url = "http://postback.advertizer.com/pb.php?clickid=src%20click%2F1&amount=12.5&advertiser_id=REPLACE_ADVERTISER&key=REPLACE_KEY";
        calls(&PRESET, url);
    }
}
