//! Dr.Cash: macros in braces; pending until the call centre approves, rejects, or throws it away as trash.

use traffoflex_model::{ConversionStatus, PostbackField};

use super::NetworkPreset;

pub static PRESET: NetworkPreset = NetworkPreset {
    slug: "drcash",
    name: "Dr.Cash",
    origin: "Dr.Cash: Postbacks in the affiliate account",
    offer_query: "sub1={click_id}",
    postback_query: "click_id={sub1}&payout={payment}&status={status}",
    fields: &[(PostbackField::ClickId, &["sub1"]), (PostbackField::Payout, &["payment"])],
    statuses: &[
        ("pending", ConversionStatus::Lead),
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
    fn a_postback_of_drcash_is_read() {
        let filled = [("{sub1}", "click-1"), ("{payment}", "22.5"), ("{status}", "trash")];
        let expected = Expected {
            click_id: "click-1",
            transaction_id: "",
            event_type: "",
            status: traffoflex_model::ConversionStatus::Rejected,
            raw_status: "trash",
            payout: Some("22.5"),
            currency: "USD",
        };
        says(&PRESET, &filled, &[], expected);
    }
}
