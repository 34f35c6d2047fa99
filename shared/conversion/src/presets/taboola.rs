//! Taboola: `{click_id}` is its click id; `name` is an event as defined in the account, and case matters.

use super::SourcePreset;

pub static PRESET: SourcePreset = SourcePreset {
    slug: "taboola",
    name: "Taboola",
    origin: "Taboola Developers: The S2S postback URL",
    tracking_query: "external_id={click_id}&sub1={site}&sub2={campaign_id}&sub3={campaign_item_id}&sub4={platform}",
    postback_url: "https://trc.taboola.com/actions-handler/log/3/s2s-action?click-id={external_id}&name=REPLACE_EVENT&revenue={payout}&currency={currency}&orderid={transaction_id}",
    replace: &[("REPLACE_EVENT", "the Event Name of the conversion, not its Conversion Name")],
};

#[cfg(test)]
mod tests {
    use super::super::tests::calls;
    use super::PRESET;

    #[test]
    fn taboola_is_called() {
        let url = "https://trc.taboola.com/actions-handler/log/3/s2s-action?click-id=src%20click%2F1&name=REPLACE_EVENT&revenue=12.5&currency=EUR&orderid=tx%207";
        calls(&PRESET, url);
    }
}
