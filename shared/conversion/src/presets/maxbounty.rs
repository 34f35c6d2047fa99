//! MaxBounty: macros between number signs, in capitals. No id of the conversion: there is one a click.

use traffoflex_model::PostbackField;

use super::NetworkPreset;

pub static PRESET: NetworkPreset = NetworkPreset {
    slug: "maxbounty",
    name: "MaxBounty",
    origin: "MaxBounty: Callback URLs in the campaign page",
    offer_query: "s1={click_id}",
    postback_query: "click_id=#S1#&payout=#RATE#",
    fields: &[(PostbackField::ClickId, &["s1"]), (PostbackField::Payout, &["rate"])],
    statuses: &[],
    currency: "USD",
};

#[cfg(test)]
mod tests {
    use super::super::tests::{Expected, says};
    use super::PRESET;

    #[test]
    fn a_postback_of_maxbounty_is_read() {
        let filled = [("#S1#", "click-1"), ("#RATE#", "27.00")];
        let expected = Expected {
            click_id: "click-1",
            transaction_id: "",
            event_type: "",
            status: traffoflex_model::ConversionStatus::Sale,
            raw_status: "approved",
            payout: Some("27"),
            currency: "USD",
        };
        says(&PRESET, &filled, &[], expected);
    }
}
