//! Lines of the postback log about what came in.

use traffoflex_conversion::{CompiledIntake, Normalised};
use traffoflex_model::{Attribution, PostbackDirection, PostbackLogEvent};

use super::{entry::Entry, postback_id::PostbackId};

/// A postback as it came; the rest is filled in by whoever knows it.
pub fn received<'a>(id: &PostbackId, workspace_id: &'a str, network_id: &'a str) -> PostbackLogEvent<'a> {
    PostbackLogEvent {
        created_at: id.at_ms(),
        postback_id: id.to_string().into(),
        workspace_id: workspace_id.into(),
        network_id: network_id.into(),
        click_id: "".into(),
        transaction_id: "".into(),
        direction: PostbackDirection::Inbound,
        status: "".into(),
        error: "".into(),
        http_status: 0,
        raw_payload: "".into(),
        conversion_id: "".into(),
        target_id: "".into(),
        attempt: 0,
        latency_ms: 0,
    }
}

/// A postback as it came, was read and answered.
pub fn answered<'a>(
    id: &PostbackId,
    network: &'a CompiledIntake,
    read: &'a Normalised,
    status: &'a str,
    http_status: u16,
) -> PostbackLogEvent<'a> {
    PostbackLogEvent {
        click_id: read.click_id.as_str().into(),
        transaction_id: read.transaction_id.as_str().into(),
        raw_payload: read.raw_payload.as_str().into(),
        status: status.into(),
        http_status,
        ..received(id, &network.workspace_id, &network.network_id)
    }
}

/// What became of it later. The parameters are in the line of its arrival.
pub fn settled<'a>(
    id: &PostbackId,
    entry: &'a Entry,
    status: &'a str,
    error: &'a str,
    now_ms: i64,
) -> PostbackLogEvent<'a> {
    PostbackLogEvent {
        created_at: now_ms,
        postback_id: entry.postback_id(*id).into(),
        click_id: entry.click_id.as_str().into(),
        transaction_id: entry.transaction_id.as_str().into(),
        status: status.into(),
        error: error.into(),
        conversion_id: entry.conversion_id.as_str().into(),
        ..received(id, &entry.workspace_id, &entry.network_id)
    }
}

/// Why a conversion has no click, where that is worth a word.
pub fn why_unattributed(attribution: Attribution) -> &'static str {
    match attribution {
        Attribution::Click | Attribution::NoClickId => "",
        Attribution::Forged => "the click id is none of ours",
        Attribution::Pending => "the click is not there yet",
        Attribution::NotFound => "the click was not found",
        Attribution::OutsideWindow => "the click is older than the campaign's attribution window",
    }
}
