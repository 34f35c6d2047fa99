//! LemonAD: macros in braces; its words for statuses are ours.

use traffoflex_model::ConversionStatus;

use super::NetworkPreset;

pub static PRESET: NetworkPreset = NetworkPreset {
    slug: "lemonad",
    name: "LemonAD",
    origin: "LemonAD: Postback in the affiliate account",
    offer_query: "clickid={click_id}",
    postback_query: "click_id={clickid}&payout={payout}&status={status}",
    fields: &[],
    statuses: &[
        ("lead", ConversionStatus::Lead),
        ("sale", ConversionStatus::Sale),
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
    fn a_postback_of_lemonad_is_read() {
        let filled = [("{clickid}", "click-1"), ("{payout}", "9.99"), ("{status}", "lead")];
        let expected = Expected {
            click_id: "click-1",
            transaction_id: "",
            event_type: "",
            status: traffoflex_model::ConversionStatus::Lead,
            raw_status: "lead",
            payout: Some("9.99"),
            currency: "USD",
        };
        says(&PRESET, &filled, &[], expected);
    }
}
