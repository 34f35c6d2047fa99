//! OGAds: macros in braces, the click id in `aff_sub4`. No id of the conversion: there is one a click and offer.

use traffoflex_model::PostbackField;

use super::NetworkPreset;

pub static PRESET: NetworkPreset = NetworkPreset {
    slug: "ogads",
    name: "OGAds",
    origin: "OGAds: Postback in the affiliate account",
    offer_query: "aff_sub4={click_id}",
    postback_query: "click_id={aff_sub4}&event_type={offer_id}&payout={payout}",
    fields: &[(PostbackField::ClickId, &["aff_sub4"]), (PostbackField::EventType, &["offer_id"])],
    statuses: &[],
    currency: "USD",
};

#[cfg(test)]
mod tests {
    use super::super::tests::{Expected, says};
    use super::PRESET;

    #[test]
    fn a_postback_of_ogads_is_read() {
        let filled = [("{aff_sub4}", "click-1"), ("{offer_id}", "5501"), ("{payout}", "0.62")];
        let expected = Expected {
            click_id: "click-1",
            transaction_id: "",
            event_type: "5501",
            status: traffoflex_model::ConversionStatus::Sale,
            raw_status: "approved",
            payout: Some("0.62"),
            currency: "USD",
        };
        says(&PRESET, &filled, &[], expected);
    }
}
