//! Mobidea: macros in double braces. No id of the conversion: there is one a click.

use traffoflex_model::PostbackField;

use super::NetworkPreset;

pub static PRESET: NetworkPreset = NetworkPreset {
    slug: "mobidea",
    name: "Mobidea",
    origin: "Mobidea: Postback settings in the affiliate account",
    offer_query: "data1={click_id}",
    postback_query: "click_id={{EXTERNAL_ID}}&payout={{MONEY}}",
    fields: &[(PostbackField::ClickId, &["external_id"]), (PostbackField::Payout, &["money"])],
    statuses: &[],
    currency: "EUR",
};

#[cfg(test)]
mod tests {
    use super::super::tests::{Expected, says};
    use super::PRESET;

    #[test]
    fn a_postback_of_mobidea_is_read() {
        let filled = [("{{EXTERNAL_ID}}", "click-1"), ("{{MONEY}}", "1.37")];
        let expected = Expected {
            click_id: "click-1",
            transaction_id: "",
            event_type: "",
            status: traffoflex_model::ConversionStatus::Sale,
            raw_status: "approved",
            payout: Some("1.37"),
            currency: "EUR",
        };
        says(&PRESET, &filled, &[], expected);
    }
}
