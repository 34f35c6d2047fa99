//! Monetizer: macros in braces, spelt with capitals.

use traffoflex_model::PostbackField;

use super::NetworkPreset;

pub static PRESET: NetworkPreset = NetworkPreset {
    slug: "monetizer",
    name: "Monetizer",
    origin: "BeMob Docs: Monetizer settings",
    offer_query: "clickID={click_id}",
    postback_query: "click_id={clickID}&transaction_id={transactionID}&payout={amount}",
    fields: &[(PostbackField::TransactionId, &["transactionid"])],
    statuses: &[],
    currency: "USD",
};

#[cfg(test)]
mod tests {
    use super::super::tests::{Expected, says};
    use super::PRESET;

    #[test]
    fn a_postback_of_monetizer_is_read() {
        let filled = [("{clickID}", "click-1"), ("{transactionID}", "mz-5"), ("{amount}", "0.0315")];
        let expected = Expected {
            click_id: "click-1",
            transaction_id: "mz-5",
            event_type: "",
            status: traffoflex_model::ConversionStatus::Sale,
            raw_status: "approved",
            payout: Some("0.0315"),
            currency: "USD",
        };
        says(&PRESET, &filled, &[], expected);
    }
}
