//! Zeydoo: the click id goes out in `ymid` and comes back in `{ymid}`, the payout in `{amount}`. No id of the
//! conversion: there is one a click.

use traffoflex_model::PostbackField;

use super::NetworkPreset;

pub static PRESET: NetworkPreset = NetworkPreset {
    slug: "zeydoo",
    name: "Zeydoo",
    origin: "Zeydoo Help: How to setup Zeydoo S2S conversion tracking",
    offer_query: "ymid={click_id}&var={source_id}",
    postback_query: "click_id={ymid}&payout={amount}",
    fields: &[(PostbackField::ClickId, &["ymid"])],
    statuses: &[],
    currency: "USD",
};

#[cfg(test)]
mod tests {
    use super::super::tests::{Expected, says};
    use super::PRESET;

    #[test]
    fn a_postback_of_zeydoo_is_read() {
        let filled = [("{ymid}", "click-1"), ("{amount}", "0.85")];
        let expected = Expected {
            click_id: "click-1",
            transaction_id: "",
            event_type: "",
            status: traffoflex_model::ConversionStatus::Sale,
            raw_status: "approved",
            payout: Some("0.85"),
            currency: "USD",
        };
        says(&PRESET, &filled, &[], expected);
    }
}
