//! impact.com: macros in braces, with capitals that matter. Actions are pending until they lock, and may be
//! reversed.

use traffoflex_model::{ConversionStatus, PostbackField};

use super::NetworkPreset;

pub static PRESET: NetworkPreset = NetworkPreset {
    slug: "impact",
    name: "impact.com",
    origin: "impact.com Help Center: Event Notification Postbacks",
    offer_query: "subId1={click_id}",
    postback_query: "click_id={SubId1}&transaction_id={ActionId}&payout={Payout}&currency={Currency}&status={Status}&event_type={ActionTrackerName}",
    fields: &[
        (PostbackField::ClickId, &["subid1"]),
        (PostbackField::TransactionId, &["actionid"]),
        (PostbackField::EventType, &["actiontrackername"]),
    ],
    statuses: &[
        ("pending", ConversionStatus::Lead),
        ("approved", ConversionStatus::Sale),
        ("reversed", ConversionStatus::Rejected),
    ],
    currency: "USD",
};

#[cfg(test)]
mod tests {
    use super::super::tests::{Expected, says};
    use super::PRESET;

    #[test]
    fn a_postback_of_impact_is_read() {
        let filled = [
            ("{SubId1}", "click-1"),
            ("{ActionId}", "1234.5678.901234"),
            ("{Payout}", "15.00"),
            ("{Currency}", "GBP"),
            ("{Status}", "REVERSED"),
            ("{ActionTrackerName}", "Online Sale"),
        ];
        let expected = Expected {
            click_id: "click-1",
            transaction_id: "1234.5678.901234",
            event_type: "online sale",
            status: traffoflex_model::ConversionStatus::Rejected,
            raw_status: "REVERSED",
            payout: Some("15"),
            currency: "GBP",
        };
        says(&PRESET, &filled, &[], expected);
    }
}
