//! AdCombo: macros in braces. An order is on hold until the call centre has confirmed it.

use traffoflex_model::{ConversionStatus, PostbackField};

use super::NetworkPreset;

pub static PRESET: NetworkPreset = NetworkPreset {
    slug: "adcombo",
    name: "AdCombo",
    origin: "AdCombo: Postback settings in the affiliate account",
    offer_query: "subacc={click_id}",
    postback_query: "click_id={subacc}&transaction_id={trans_id}&payout={revenue}&status={status}",
    fields: &[
        (PostbackField::ClickId, &["subacc", "subacc4"]),
        (PostbackField::TransactionId, &["trans_id"]),
    ],
    statuses: &[
        ("hold", ConversionStatus::Lead),
        ("confirmed", ConversionStatus::Sale),
        ("reject", ConversionStatus::Rejected),
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
    fn a_postback_of_adcombo_is_read() {
        let filled =
            [("{subacc}", "click-1"), ("{trans_id}", "9876543"), ("{revenue}", "14"), ("{status}", "hold")];
        let expected = Expected {
            click_id: "click-1",
            transaction_id: "9876543",
            event_type: "",
            status: traffoflex_model::ConversionStatus::Lead,
            raw_status: "hold",
            payout: Some("14"),
            currency: "USD",
        };
        says(&PRESET, &filled, &[], expected);
        let expected = Expected {
            click_id: "click-1",
            transaction_id: "9876543",
            event_type: "",
            status: traffoflex_model::ConversionStatus::Sale,
            raw_status: "Confirmed",
            payout: Some("14"),
            currency: "USD",
        };
        says(&PRESET, &filled, &[("{status}", "Confirmed")], expected);
        let expected = Expected {
            click_id: "click-1",
            transaction_id: "9876543",
            event_type: "",
            status: traffoflex_model::ConversionStatus::Rejected,
            raw_status: "trash",
            payout: Some("14"),
            currency: "USD",
        };
        says(&PRESET, &filled, &[("{status}", "trash")], expected);
    }
}
