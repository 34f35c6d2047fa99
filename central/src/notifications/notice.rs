//! The events, and the bodies that webhooks get. Pure.
//!
//! Every body is `{"type": ..., "timestamp": ..., "data": {...}}`; times are RFC 3339, amounts decimal
//! strings. `data` of
//! - `cap.reached`: workspace_id, destination_id, destination_name, metric, limit, used, window_hours (none
//!   for a calendar day), calendar_timezone (none for a rolling window). `timestamp` is when it was first
//!   seen. Once a cap and window; raising the limit lets it be told again.
//! - `destination.unhealthy`: workspace_id, destination_id, destination_name, previous, current, error (of
//!   the probe that tipped it), nodes (what each node said). Each time that the nodes come to agree on it.
//! - `alert`: workspace_id, alert_id, rule_id, rule_name, condition, subject (kind, id, name, part), values (name and
//!   value of each number it rests on), opened_at. Once an alert.
//! - `node.offline`: node_id, first_seen, last_seen, snapshot_version, offline_after_seconds. Once a silence.

use rust_decimal::Decimal;
use serde_json::{Value, json};
use traffoflex_model::{Cap, Destination, WebhookEvent};
use traffoflex_routing::cap::CapWindow;

use super::ReachedCap;
use crate::{health::agreement::Change, node_presence::KnownNode, rfc3339};

/// Something that happened.
#[derive(Debug, Clone, PartialEq)]
pub struct Notice {
    /// The same for whoever sees it.
    pub id: String,
    pub event: WebhookEvent,
    /// None: it is everybody's.
    pub workspace_id: Option<String>,
    at_ms: i64,
    data: Value,
}

impl Notice {
    /// First seen at `since_ms`.
    pub fn cap_reached(cap: &ReachedCap<'_>, destination: &Destination, since_ms: i64) -> Self {
        let (window_hours, timezone) = match cap.window {
            CapWindow::Rolling { hours } => (Some(*hours), None),
            CapWindow::Day(timezone) => (None, timezone.iana_name()),
        };
        Self {
            id: format!("cap:{:016x}:{since_ms}", cap.id.0),
            event: WebhookEvent::CapReached,
            workspace_id: Some(destination.workspace_id.to_string()),
            at_ms: since_ms,
            data: json!({
                "workspace_id": destination.workspace_id,
                "destination_id": destination.id,
                "destination_name": destination.name,
                "metric": cap.metric,
                "limit": amount(cap.limit_units),
                "used": amount(cap.used_units),
                "window_hours": window_hours,
                "calendar_timezone": timezone,
            }),
        }
    }

    /// `name` is the destination's.
    pub fn destination_unhealthy(change: &Change, name: &str) -> Self {
        Self {
            // A row of the history has one name for ever.
            id: format!("health:{}", change._id),
            event: WebhookEvent::DestinationUnhealthy,
            workspace_id: Some(change.workspace_id.clone()),
            at_ms: change.at.timestamp_millis(),
            data: json!({
                "workspace_id": change.workspace_id,
                "destination_id": change.destination_id,
                "destination_name": name,
                "previous": change.previous,
                "current": change.current,
                "error": change.error,
                "nodes": change.nodes,
            }),
        }
    }

    /// A silence is named by when it began.
    pub fn node_offline(node: &KnownNode, offline_after_s: u64, now_ms: i64) -> Self {
        Self {
            id: format!("offline:{}:{}", node._id, node.last_seen.timestamp_millis()),
            event: WebhookEvent::NodeOffline,
            workspace_id: None,
            at_ms: now_ms,
            data: json!({
                "node_id": node._id,
                "first_seen": rfc3339::of(node.first_seen),
                "last_seen": rfc3339::of(node.last_seen),
                "snapshot_version": node.snapshot_version,
                "offline_after_seconds": offline_after_s,
            }),
        }
    }

    /// The key names the alert and the action for ever.
    pub fn alert(key: String, workspace_id: &str, opened_at_ms: i64, data: Value) -> Self {
        Self {
            id: key,
            event: WebhookEvent::Alert,
            workspace_id: Some(workspace_id.to_owned()),
            at_ms: opened_at_ms,
            data,
        }
    }

    /// As it is sent.
    pub fn body(&self) -> String {
        let timestamp = rfc3339::of_ms(self.at_ms);
        json!({ "type": self.event, "timestamp": timestamp, "data": self.data }).to_string()
    }
}

/// Units as a decimal string.
fn amount(units: i64) -> String {
    (Decimal::from(units) / Decimal::from(Cap::SCALE)).normalize().to_string()
}

#[cfg(test)]
mod tests {
    use mongodb::bson::DateTime;
    use traffoflex_model::CapMetric;
    use traffoflex_routing::cap::CapId;

    use super::*;

    #[test]
    fn bodies_say_what_and_when() {
        let destination: Destination = serde_json::from_value(json!({
            "id": "d1", "workspace_id": "w1", "name": "Offer", "kind": "offer", "url": "https://o.example/",
            "status": "active", "redirect": "http_302", "referrer_policy": null,
        }))
        .unwrap();
        let window = CapWindow::Rolling { hours: 24 };
        let cap = ReachedCap {
            id: CapId(7),
            destination_id: "d1",
            metric: CapMetric::Cost,
            limit_units: 10_500_000,
            used_units: 10_490_000,
            window: &window,
        };
        let notice = Notice::cap_reached(&cap, &destination, 1_800_000_000_000);
        assert_eq!(notice.id, "cap:0000000000000007:1800000000000");
        let body: Value = serde_json::from_str(&notice.body()).unwrap();
        assert_eq!(
            body,
            json!({
                "type": "cap.reached",
                "timestamp": "2027-01-15T08:00:00Z",
                "data": {
                    "workspace_id": "w1", "destination_id": "d1", "destination_name": "Offer", "metric": "cost",
                    "limit": "10.5", "used": "10.49", "window_hours": 24, "calendar_timezone": null,
                },
            })
        );
        let day = CapWindow::Day(jiff::tz::TimeZone::get("Europe/Berlin").unwrap());
        let notice = Notice::cap_reached(&ReachedCap { window: &day, ..cap }, &destination, 0);
        assert_eq!(notice.data["calendar_timezone"], "Europe/Berlin");
        assert_eq!(notice.data["window_hours"], Value::Null);
    }

    #[test]
    fn a_silence_has_one_name() {
        let at = DateTime::from_millis;
        let node = KnownNode {
            _id: "fra-1".into(),
            first_seen: at(0),
            last_seen: at(5),
            snapshot_version: 3,
            reported: None,
            revision: 1,
            name: None,
            notes: None,
        };
        let notice = |now_ms| Notice::node_offline(&node, 120, now_ms);
        assert_eq!(notice(200_000).id, "offline:fra-1:5");
        assert_eq!(notice(200_000).id, notice(300_000).id);
        assert_eq!(notice(0).workspace_id, None);
        assert_eq!(notice(0).data["last_seen"], "1970-01-01T00:00:00.005Z");
    }
}
