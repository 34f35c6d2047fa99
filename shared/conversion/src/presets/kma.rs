//! KMA.biz: macros in braces, the click id in `data1`, payouts in roubles where the offer's are.

use traffoflex_model::{ConversionStatus, PostbackField};

use super::NetworkPreset;

pub static PRESET: NetworkPreset = NetworkPreset {
    slug: "kma",
    name: "KMA.biz",
    origin: "KMA.biz: Postback in the webmaster account",
    offer_query: "data1={click_id}",
    postback_query: "click_id={data1}&payout={sum}&status={status}",
    fields: &[(PostbackField::ClickId, &["data1"])],
    statuses: &[
        ("pending", ConversionStatus::Lead),
        ("accepted", ConversionStatus::Sale),
        ("declined", ConversionStatus::Rejected),
        ("trash", ConversionStatus::Rejected),
    ],
    currency: "RUB",
};

#[cfg(test)]
mod tests {
    use super::super::tests::{Expected, says};
    use super::PRESET;

    #[test]
    fn a_postback_of_kma_is_read() {
        let filled = [("{data1}", "click-1"), ("{sum}", "1200"), ("{status}", "accepted")];
        let expected = Expected {
            click_id: "click-1",
            transaction_id: "",
            event_type: "",
            status: traffoflex_model::ConversionStatus::Sale,
            raw_status: "accepted",
            payout: Some("1200"),
            currency: "RUB",
        };
        says(&PRESET, &filled, &[], expected);
    }
}
