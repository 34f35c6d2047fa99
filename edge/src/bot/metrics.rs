//! Counters of verdicts, their handles looked up once.

use metrics::Counter;
use traffoflex_model::BotReason;

use super::Verdict;

pub struct VerdictMetrics([Counter; BotReason::ALL.len()]);

impl VerdictMetrics {
    pub fn new() -> Self {
        let counter = |reason: BotReason| metrics::counter!("traffoflex_bot_verdicts_total", "reason" => reason.as_str());
        Self(BotReason::ALL.map(counter))
    }

    /// A bot's click counts once, by its strongest sign; a person's not at all.
    pub fn judged(&self, verdict: &Verdict) {
        if let Some(reason) = verdict.reasons.strongest().filter(|_| verdict.is_bot) {
            // The list is in the order of its enum.
            self.0[reason as usize].increment(1);
        }
    }
}
