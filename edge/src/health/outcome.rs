//! What is kept of a probe, and the forms in which it is passed on.

use traffoflex_model::{DestinationHealthEvent, DestinationId, Health, NodeId, WorkspaceId};
use traffoflex_wire::health::CheckAnswer;

use super::probe::Probed;
use crate::clock::now_ms;

/// What is kept of a probe.
pub struct Outcome {
    pub succeeded: bool,
    http_status: Option<u16>,
    pub latency_ms: u32,
    /// Empty when it succeeded.
    pub error: String,
    /// Of the error, for metrics.
    pub kind: &'static str,
    /// UTC milliseconds.
    pub at_ms: i64,
}

impl Outcome {
    pub fn of(probed: &Probed) -> Self {
        Self {
            succeeded: probed.succeeded(),
            http_status: probed.http_status,
            latency_ms: probed.latency_ms(),
            error: probed.error(),
            kind: probed.failure.as_ref().map_or("", |failure| failure.kind()),
            at_ms: now_ms(),
        }
    }

    /// There was no probe.
    pub fn none(at_ms: i64) -> Self {
        Self { succeeded: true, http_status: None, latency_ms: 0, error: String::new(), kind: "", at_ms }
    }

    pub fn answer(&self, node_id: &NodeId, id: &DestinationId, state: Option<(Health, i64)>) -> CheckAnswer {
        let (state, since_ms) = state.unwrap_or((Health::Unknown, self.at_ms));
        CheckAnswer {
            node_id: node_id.clone(),
            destination_id: id.clone(),
            succeeded: self.succeeded,
            http_status: self.http_status,
            latency_ms: self.latency_ms,
            error: self.error.clone(),
            checked_at_ms: self.at_ms,
            state,
            since_ms,
        }
    }

    pub fn event(
        &self,
        id: &DestinationId,
        workspace_id: &WorkspaceId,
        previous: Health,
        current: Health,
    ) -> DestinationHealthEvent<'static> {
        DestinationHealthEvent {
            created_at: self.at_ms,
            workspace_id: workspace_id.to_string().into(),
            destination_id: id.to_string().into(),
            previous,
            current,
            latency_ms: self.latency_ms,
            error: self.error.clone().into(),
        }
    }
}
