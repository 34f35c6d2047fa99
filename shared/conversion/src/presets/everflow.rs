//! Everflow: macros in braces. `{transaction_id}` is of the click, so that events of the same click are told
//! apart by their names; it sends approved conversions only.

use traffoflex_model::PostbackField;

use super::NetworkPreset;

pub static PRESET: NetworkPreset = NetworkPreset {
    slug: "everflow",
    name: "Everflow",
    origin: "Everflow Helpdesk: Your Guide To Parameters & Macros",
    offer_query: "sub1={click_id}",
    postback_query: "click_id={sub1}&transaction_id={transaction_id}&payout={payout_amount}&event_type={event_name}",
    fields: &[(PostbackField::ClickId, &["sub1"]), (PostbackField::Payout, &["payout_amount"])],
    statuses: &[],
    currency: "USD",
};

#[cfg(test)]
mod tests {
    use super::super::tests::{Expected, says};
    use super::PRESET;

    #[test]
    fn a_postback_of_everflow_is_read() {
        let filled = [
            ("{sub1}", "click-1"),
            ("{transaction_id}", "56d75d3a4d6e433fb215698c056d0d58"),
            ("{payout_amount}", "12.50"),
            ("{event_name}", "Purchase"),
        ];
        let expected = Expected {
            click_id: "click-1",
            transaction_id: "56d75d3a4d6e433fb215698c056d0d58",
            event_type: "purchase",
            status: traffoflex_model::ConversionStatus::Sale,
            raw_status: "approved",
            payout: Some("12.5"),
            currency: "USD",
        };
        says(&PRESET, &filled, &[], expected);
    }
}
