//! ClickDealer: runs on CAKE, so its tokens are CAKE's.

use traffoflex_model::PostbackField;

use super::NetworkPreset;

pub static PRESET: NetworkPreset = NetworkPreset {
    slug: "clickdealer",
    name: "ClickDealer",
    origin: "ClickDealer: Testing and Tracking in the offer card",
    offer_query: "s2={click_id}",
    postback_query: "click_id=#s2#&transaction_id=#leadid#&payout=#price#",
    fields: &[
        (PostbackField::ClickId, &["s2"]),
        (PostbackField::TransactionId, &["leadid"]),
        (PostbackField::Payout, &["price"]),
    ],
    statuses: &[],
    currency: "USD",
};

#[cfg(test)]
mod tests {
    use super::super::tests::{Expected, says};
    use super::PRESET;

    #[test]
    fn a_postback_of_clickdealer_is_read() {
        let filled = [("#s2#", "click-1"), ("#leadid#", "CD-1"), ("#price#", "4.40")];
        let expected = Expected {
            click_id: "click-1",
            transaction_id: "CD-1",
            event_type: "",
            status: traffoflex_model::ConversionStatus::Sale,
            raw_status: "approved",
            payout: Some("4.4"),
            currency: "USD",
        };
        says(&PRESET, &filled, &[], expected);
    }
}
