//! How postbacks were answered.

use metrics::Counter;

use super::request::Answer;

/// By what the answer says, counters looked up once.
const LABELS: [&str; 9] = [
    "accepted",
    "duplicate",
    "updated",
    "validation_failed",
    "network_not_found",
    "forbidden",
    "not_stored",
    "not_ready",
    "other",
];

pub struct PostbackMetrics([Counter; LABELS.len()]);

impl PostbackMetrics {
    pub fn new() -> Self {
        Self(LABELS.map(|answer| metrics::counter!("traffoflex_postbacks_total", "answer" => answer)))
    }

    pub fn answered(&self, answer: &Answer) {
        let label = answer.label();
        let at = LABELS.iter().position(|known| *known == label).unwrap_or(LABELS.len() - 1);
        self.0[at].increment(1);
    }
}
