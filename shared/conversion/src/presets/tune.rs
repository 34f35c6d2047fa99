//! TUNE, known as HasOffers: macros in braces. The transaction is the click's, goals are events of it; partners
//! hear of approved conversions.

use traffoflex_model::PostbackField;

use super::NetworkPreset;

pub static PRESET: NetworkPreset = NetworkPreset {
    slug: "tune",
    name: "TUNE (HasOffers)",
    origin: "TUNE Help: Partner Postbacks and Pixels",
    offer_query: "aff_sub={click_id}",
    postback_query: "click_id={aff_sub}&transaction_id={transaction_id}&payout={payout}&currency={currency}&event_type={goal_id}",
    fields: &[(PostbackField::EventType, &["goal_id"])],
    statuses: &[],
    currency: "USD",
};

#[cfg(test)]
mod tests {
    use super::super::tests::{Expected, says};
    use super::PRESET;

    #[test]
    fn a_postback_of_tune_is_read() {
        let filled = [
            ("{aff_sub}", "click-1"),
            ("{transaction_id}", "102a0b1c2d3e4f5a6b7c8d9e0f1a2b"),
            ("{payout}", "3.00000"),
            ("{currency}", "EUR"),
            ("{goal_id}", "42"),
        ];
        let expected = Expected {
            click_id: "click-1",
            transaction_id: "102a0b1c2d3e4f5a6b7c8d9e0f1a2b",
            event_type: "42",
            status: traffoflex_model::ConversionStatus::Sale,
            raw_status: "approved",
            payout: Some("3"),
            currency: "EUR",
        };
        says(&PRESET, &filled, &[], expected);
    }
}
