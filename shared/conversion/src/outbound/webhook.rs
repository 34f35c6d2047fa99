//! The body of a `conversion` webhook: `{"type":"conversion","timestamp":...,"data":{...}}`, as Standard
//! Webhooks suggests. Times are RFC 3339 in UTC, money is a string, what is not known is empty or null.

use jiff::Timestamp;
use serde_json::{Value, json};
use traffoflex_model::{ConversionEvent, WebhookEvent};

use super::macros::decimal;

/// `now_ms`: when it is made out, UTC milliseconds; the same at each attempt.
pub fn webhook_body(event: &ConversionEvent<'_>, now_ms: i64) -> String {
    json!({
        "type": WebhookEvent::Conversion.as_str(),
        "timestamp": time(now_ms),
        "data": {
            "conversion_id": event.conversion_id,
            "version": event.version,
            "created_at": time(event.created_at),
            "updated_at": time(event.updated_at),
            "workspace_id": event.workspace_id,
            "network_id": event.network_id,
            "transaction_id": event.transaction_id,
            "event_type": event.event_type,
            "status": event.status,
            "raw_status": event.raw_status,
            "payout": decimal(event.payout),
            "currency": event.currency,
            "attribution": event.attribution,
            "click_id": event.click_id,
            "clicked_at": if event.clicked_at == 0 { Value::Null } else { time(event.clicked_at) },
            "campaign_id": event.campaign_id,
            "stream_id": event.stream_id,
            "destination_id": event.destination_id,
            "source_id": event.source_id,
            "offer_id": event.offer_id,
            "postback_id": event.postback_id,
            "raw_payload": event.raw_payload,
        },
    })
    .to_string()
}

/// RFC 3339 with milliseconds; null outside of the years that it can name.
fn time(ms: i64) -> Value {
    Timestamp::from_millisecond(ms).map_or(Value::Null, |time| format!("{time:.3}").into())
}
