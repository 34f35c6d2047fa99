//! Affise: macros in braces, statuses as numbers: 1 approved, 2 pending, 3 declined, 5 hold. There is no macro
//! for a click id: it comes back in the sub it was given in.

use traffoflex_model::{ConversionStatus, PostbackField};

use super::NetworkPreset;

pub static PRESET: NetworkPreset = NetworkPreset {
    slug: "affise",
    name: "Affise",
    origin: "Affise Help Center: Affiliate postback macros",
    offer_query: "sub1={click_id}",
    postback_query: "click_id={sub1}&transaction_id={transactionid}&payout={sum}&currency={currency}&status={status}&event_type={goal}",
    fields: &[(PostbackField::ClickId, &["sub1"]), (PostbackField::TransactionId, &["transactionid"])],
    statuses: &[
        ("1", ConversionStatus::Sale),
        ("2", ConversionStatus::Lead),
        ("3", ConversionStatus::Rejected),
        ("5", ConversionStatus::Hold),
    ],
    currency: "USD",
};

#[cfg(test)]
mod tests {
    use super::super::tests::{Expected, says};
    use super::PRESET;

    #[test]
    fn a_postback_of_affise_is_read() {
        let filled = [
            ("{sub1}", "click-1"),
            ("{transactionid}", "order-77"),
            ("{sum}", "7.2"),
            ("{currency}", "EUR"),
            ("{status}", "2"),
            ("{goal}", "1"),
        ];
        let expected = Expected {
            click_id: "click-1",
            transaction_id: "order-77",
            event_type: "1",
            status: traffoflex_model::ConversionStatus::Lead,
            raw_status: "2",
            payout: Some("7.2"),
            currency: "EUR",
        };
        says(&PRESET, &filled, &[], expected);
        let expected = Expected {
            click_id: "click-1",
            transaction_id: "order-77",
            event_type: "1",
            status: traffoflex_model::ConversionStatus::Hold,
            raw_status: "5",
            payout: Some("7.2"),
            currency: "EUR",
        };
        says(&PRESET, &filled, &[("{status}", "5")], expected);
    }
}
