//! CAKE: tokens between number signs. `s2` is the place for a click id (`s1` is the sub-affiliate), `leadid` is
//! CAKE's own id of the conversion.

use traffoflex_model::PostbackField;

use super::NetworkPreset;

pub static PRESET: NetworkPreset = NetworkPreset {
    slug: "cake",
    name: "CAKE",
    origin: "CAKE Support: How Affiliates Can Use Tokens to Send Dynamic Values in Pixels",
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
    fn a_postback_of_cake_is_read() {
        let filled = [("#s2#", "click-1"), ("#leadid#", "84A1B2C3"), ("#price#", "$1,250.00")];
        let expected = Expected {
            click_id: "click-1",
            transaction_id: "84A1B2C3",
            event_type: "",
            status: traffoflex_model::ConversionStatus::Sale,
            raw_status: "approved",
            payout: Some("1250"),
            currency: "USD",
        };
        says(&PRESET, &filled, &[], expected);
    }
}
