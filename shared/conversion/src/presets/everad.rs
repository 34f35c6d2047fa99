//! Everad: macros in braces, the click id in `sid1`.

use traffoflex_model::{ConversionStatus, PostbackField};

use super::NetworkPreset;

pub static PRESET: NetworkPreset = NetworkPreset {
    slug: "everad",
    name: "Everad",
    origin: "Everad: Postback settings in the affiliate account",
    offer_query: "sid1={click_id}",
    postback_query: "click_id={sid1}&payout={payout}&status={status}",
    fields: &[(PostbackField::ClickId, &["sid1"])],
    statuses: &[
        ("new", ConversionStatus::Lead),
        ("approved", ConversionStatus::Sale),
        ("rejected", ConversionStatus::Rejected),
        ("trash", ConversionStatus::Rejected),
    ],
    currency: "USD",
};

#[cfg(test)]
mod tests {
    use super::super::tests::{Expected, says};
    use super::PRESET;

    #[test]
    fn a_postback_of_everad_is_read() {
        let filled = [("{sid1}", "click-1"), ("{payout}", "19"), ("{status}", "new")];
        let expected = Expected {
            click_id: "click-1",
            transaction_id: "",
            event_type: "",
            status: traffoflex_model::ConversionStatus::Lead,
            raw_status: "new",
            payout: Some("19"),
            currency: "USD",
        };
        says(&PRESET, &filled, &[], expected);
    }
}
