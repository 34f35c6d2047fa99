//! Counters of clicks, their handles looked up once.

use metrics::Counter;
use traffoflex_model::{ClickDecision, TrafficbackReason};
use traffoflex_routing::decide::Decision;

use crate::{error::EdgeError, outbox::Appended};

pub struct ClickMetrics {
    decisions: [Counter; 4],
    rejections: [Counter; 3],
    committed: Counter,
    buffered: Counter,
    dropped: Counter,
}

impl ClickMetrics {
    pub fn new() -> Self {
        let decision = |name: &'static str| metrics::counter!("traffoflex_clicks_total", "decision" => name);
        let rejection = |reason: TrafficbackReason| metrics::counter!("traffoflex_clicks_rejected_total", "reason" => reason.as_str());
        let kept = |how: &'static str| metrics::counter!("traffoflex_click_events_total", "kept" => how);
        Self {
            decisions: ["routed", "trafficback", "fallback", "no_route"].map(decision),
            rejections: [
                TrafficbackReason::NoMatchingStream,
                TrafficbackReason::NoDestinationAvailable,
                TrafficbackReason::DestinationDisabled,
            ]
            .map(rejection),
            committed: kept("committed"),
            buffered: kept("buffered"),
            dropped: kept("dropped"),
        }
    }

    pub fn decided(&self, decision: &Decision<'_>) {
        let index = match decision.decision {
            ClickDecision::Routed => 0,
            ClickDecision::Trafficback => 1,
            ClickDecision::Fallback => 2,
            ClickDecision::NoRoute => 3,
        };
        self.decisions[index].increment(1);
        if let Some(reason) = decision.rejection {
            let index = match reason {
                TrafficbackReason::NoMatchingStream => 0,
                TrafficbackReason::NoDestinationAvailable => 1,
                TrafficbackReason::DestinationDisabled => 2,
            };
            self.rejections[index].increment(1);
        }
    }

    pub fn appended(&self, appended: Appended) {
        match appended {
            Appended::Committed => self.committed.increment(1),
            Appended::Buffered => self.buffered.increment(1),
            Appended::Dropped(_) => self.dropped.increment(1),
        }
    }

    /// Rare enough to be looked up by name.
    pub fn failed(&self, error: EdgeError) {
        metrics::counter!("traffoflex_clicks_refused_total", "code" => error.code()).increment(1);
    }
}
