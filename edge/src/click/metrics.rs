//! Counters of clicks, their handles looked up once.

use metrics::Counter;
use traffoflex_model::{ClickDecision, TrafficbackReason};
use traffoflex_routing::decide::Decision;

use crate::{error::EdgeError, outbox::Appended};

pub struct ClickMetrics {
    decisions: [Counter; ClickDecision::ALL.len()],
    rejections: [Counter; TrafficbackReason::ALL.len()],
    committed: Counter,
    buffered: Counter,
    dropped: Counter,
}

impl ClickMetrics {
    pub fn new() -> Self {
        let decision = |decision: ClickDecision| metrics::counter!("traffoflex_clicks_total", "decision" => decision.as_str());
        let rejection = |reason: TrafficbackReason| metrics::counter!("traffoflex_clicks_rejected_total", "reason" => reason.as_str());
        let kept = |how: &'static str| metrics::counter!("traffoflex_click_events_total", "kept" => how);
        Self {
            decisions: ClickDecision::ALL.map(decision),
            rejections: TrafficbackReason::ALL.map(rejection),
            committed: kept("committed"),
            buffered: kept("buffered"),
            dropped: kept("dropped"),
        }
    }

    pub fn decided(&self, decision: &Decision<'_>) {
        // Both lists are in the order of their enum.
        self.decisions[decision.decision as usize].increment(1);
        if let Some(reason) = decision.rejection {
            self.rejections[reason as usize].increment(1);
        }
    }

    /// A click that was told by `POST /ads/click`.
    pub fn reported(&self, appended: Appended) {
        self.decisions[ClickDecision::Reported as usize].increment(1);
        self.appended(appended);
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
