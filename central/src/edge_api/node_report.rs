//! What a node says of itself beside a request: see [`traffoflex_wire::node_report`].

use http::HeaderMap;
use traffoflex_model::NodeId;
use traffoflex_wire::{
    node_report::{HEADER, NodeReport},
    snapshot::NODE_HEADER,
};

use crate::app::App;

/// What cannot be read is no reason to refuse the request.
pub fn hear(app: &App, headers: &HeaderMap) {
    let node = headers.get(NODE_HEADER).and_then(|name| NodeId::parse(name.to_str().ok()?).ok());
    let report = headers.get(HEADER).and_then(|value| NodeReport::from_header(value.as_bytes()));
    let (Some(node), Some(report)) = (node, report) else { return };
    if report.sent_at_ms > 0 {
        let now_ms = jiff::Timestamp::now().as_millisecond();
        app.node_clocks.heard(node.as_str(), report.sent_at_ms, now_ms);
    }
    app.presence.report(&node, report);
}
