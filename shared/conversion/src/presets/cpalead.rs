//! CPAlead: macros in braces. `{password}` is the account's own, which a template can ask for as its secret.

use traffoflex_model::PostbackField;

use super::NetworkPreset;

pub static PRESET: NetworkPreset = NetworkPreset {
    slug: "cpalead",
    name: "CPAlead",
    origin: "CPAlead: Postback Documentation",
    offer_query: "subid={click_id}",
    postback_query: "click_id={subid}&transaction_id={lead_id}&payout={payout}&secret={password}",
    fields: &[(PostbackField::TransactionId, &["lead_id"]), (PostbackField::Secret, &["password"])],
    statuses: &[],
    currency: "USD",
};

#[cfg(test)]
mod tests {
    use super::super::tests::{Expected, says};
    use super::PRESET;

    #[test]
    fn a_postback_of_cpalead_is_read() {
        let filled = [
            ("{subid}", "click-1"),
            ("{lead_id}", "3141592"),
            ("{payout}", "1.10"),
            ("{password}", "hunter2"),
        ];
        let expected = Expected {
            click_id: "click-1",
            transaction_id: "3141592",
            event_type: "",
            status: traffoflex_model::ConversionStatus::Sale,
            raw_status: "approved",
            payout: Some("1.1"),
            currency: "USD",
        };
        says(&PRESET, &filled, &[], expected);
    }
}
