//! Admitad: parameters in triple brackets. An order is pending until the advertiser has checked it; a change of
//! its status is sent again under the same `admitad_id`.

use traffoflex_model::{ConversionStatus, PostbackField};

use super::NetworkPreset;

pub static PRESET: NetworkPreset = NetworkPreset {
    slug: "admitad",
    name: "Admitad",
    origin: "Mitgo Support: Postback URL; Admitad developers: Create Postback URL by action",
    offer_query: "subid={click_id}",
    postback_query: "click_id=[[[subid]]]&transaction_id=[[[admitad_id]]]&payout=[[[payment_sum]]]&currency=[[[currency]]]&status=[[[payment_status]]]&event_type=[[[type]]]",
    fields: &[
        (PostbackField::TransactionId, &["admitad_id"]),
        (PostbackField::Payout, &["payment_sum"]),
        (PostbackField::Status, &["payment_status"]),
        (PostbackField::EventType, &["type"]),
    ],
    statuses: &[
        ("new", ConversionStatus::Lead),
        ("pending", ConversionStatus::Lead),
        ("approved", ConversionStatus::Sale),
        ("declined", ConversionStatus::Rejected),
    ],
    currency: "USD",
};

#[cfg(test)]
mod tests {
    use super::super::tests::{Expected, says};
    use super::PRESET;

    #[test]
    fn a_postback_of_admitad_is_read() {
        let filled = [
            ("[[[subid]]]", "click-1"),
            ("[[[admitad_id]]]", "512345678"),
            ("[[[payment_sum]]]", "143.20"),
            ("[[[currency]]]", "RUB"),
            ("[[[payment_status]]]", "pending"),
            ("[[[type]]]", "sale"),
        ];
        let expected = Expected {
            click_id: "click-1",
            transaction_id: "512345678",
            event_type: "sale",
            status: traffoflex_model::ConversionStatus::Lead,
            raw_status: "pending",
            payout: Some("143.2"),
            currency: "RUB",
        };
        says(&PRESET, &filled, &[], expected);
        let expected = Expected {
            click_id: "click-1",
            transaction_id: "512345678",
            event_type: "sale",
            status: traffoflex_model::ConversionStatus::Rejected,
            raw_status: "declined",
            payout: Some("143.2"),
            currency: "RUB",
        };
        says(&PRESET, &filled, &[("[[[payment_status]]]", "declined")], expected);
    }
}
