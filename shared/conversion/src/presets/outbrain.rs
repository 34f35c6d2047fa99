//! Outbrain: `{{ob_click_id}}` is its click id; `name` is an event-based conversion of the account.

use super::SourcePreset;

pub static PRESET: SourcePreset = SourcePreset {
    slug: "outbrain",
    name: "Outbrain",
    origin: "Outbrain Help: Server to Server Integrations",
    tracking_query: "external_id={{ob_click_id}}&sub1={{section_id}}&sub2={{campaign_id}}&sub3={{ad_id}}&sub4={{publisher_id}}",
    postback_url: "https://tr.outbrain.com/unifiedPixel?ob_click_id={external_id}&name=REPLACE_EVENT&orderId={transaction_id}&orderValue={payout}&currency={currency}",
    replace: &[("REPLACE_EVENT", "the event name of the conversion")],
};

#[cfg(test)]
mod tests {
    use super::super::tests::calls;
    use super::PRESET;

    #[test]
    fn outbrain_is_called() {
        let url = "https://tr.outbrain.com/unifiedPixel?ob_click_id=src%20click%2F1&name=REPLACE_EVENT&orderId=tx%207&orderValue=12.5&currency=EUR";
        calls(&PRESET, url);
    }
}
