//! Kadam: `{click_id}` is its click id; the postback names the status in its own word.

use super::SourcePreset;

pub static PRESET: SourcePreset = SourcePreset {
    slug: "kadam",
    name: "Kadam",
    origin: "Kadam Wiki: Configuring postback for CPA",
    tracking_query: "external_id={click_id}&sub1={site_id}&sub2={campaign_id}&sub3={ad_id}",
    postback_url: "https://kdtrk.net/en/postback/?data={external_id}&status=approved",
    replace: &[],
};

#[cfg(test)]
mod tests {
    use super::super::tests::calls;
    use super::PRESET;

    #[test]
    fn kadam_is_called() {
        let url = "https://kdtrk.net/en/postback/?data=src%20click%2F1&status=approved";
        calls(&PRESET, url);
    }
}
