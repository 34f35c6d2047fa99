//! An alert as it is kept, and how an evaluation moves it on. The moves are pure.

use mongodb::bson::DateTime;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    action::{Action, Change},
    condition::{Measured, Subject},
    rule::AlertRule,
};
use crate::access::Actor;

/// A document of `alerts`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Incident {
    pub _id: String,
    pub workspace_id: String,
    pub rule_id: String,
    pub rule_name: String,
    /// Its kind.
    pub condition: String,
    pub dry_run: bool,
    pub subject: Subject,
    pub state: IncidentState,
    /// Rule and subject, while it is not resolved: there is one at a time. None is not written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub active_key: Option<String>,
    /// The same, for ever.
    pub key: String,
    /// From 1, one higher with every write.
    pub revision: i64,
    /// Since when the condition has held at every evaluation.
    pub true_since: DateTime,
    /// Since when it has not, while it is open.
    pub false_since: Option<DateTime>,
    /// Of the last evaluation.
    pub seen_at: DateTime,
    pub opened_at: Option<DateTime>,
    pub resolved_at: Option<DateTime>,
    pub resolution: Option<Resolution>,
    /// When the condition last held.
    pub values: Vec<Measured>,
    pub actions: Vec<Taken>,
    pub acknowledged_at: Option<DateTime>,
    pub acknowledged_by: Option<Actor>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum IncidentState {
    Pending,
    Open,
    Resolved,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Resolution {
    /// The condition has not held for long enough.
    ConditionOver,
    /// The rule was paused or deleted.
    RuleGone,
    /// The rule's condition is another one now, or it is no dry run any more.
    RuleChanged,
}

/// An action of an alert, and what became of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Taken {
    pub action: Action,
    pub outcome: Outcome,
    pub at: Option<DateTime>,
    /// In words: what was done, or would have been.
    pub what: String,
    /// Why not.
    pub error: Option<String>,
    /// Of the configuration.
    pub change: Option<Change>,
    /// Tries that failed.
    #[serde(default)]
    pub attempts: u32,
    /// When the last of them failed.
    #[serde(default)]
    pub tried_at: Option<DateTime>,
    /// Addresses that have the mail.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub told: Vec<String>,
    /// Addresses that will not get it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub refused: Vec<String>,
}

impl Taken {
    pub fn planned(action: Action) -> Self {
        Self {
            action,
            outcome: Outcome::Planned,
            at: None,
            what: String::new(),
            error: None,
            change: None,
            attempts: 0,
            tried_at: None,
            told: Vec::new(),
            refused: Vec::new(),
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = AlertActionOutcome)]
pub enum Outcome {
    /// Not begun.
    Planned,
    /// Begun. After a crash whoever goes on finds out whether it happened, or does the same under the same key.
    UnderWay,
    Done,
    /// A dry run.
    WouldDo,
    /// There was nothing to do: it is paused already.
    NothingToDo,
    Failed,
    /// Done, and taken back by somebody.
    Undone,
}

impl Outcome {
    pub fn is_due(self) -> bool {
        matches!(self, Self::Planned | Self::UnderWay)
    }

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Planned => "planned",
            Self::UnderWay => "under_way",
            Self::Done => "done",
            Self::WouldDo => "would_do",
            Self::NothingToDo => "nothing_to_do",
            Self::Failed => "failed",
            Self::Undone => "undone",
        }
    }
}

/// What an evaluation makes of an incident.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// It is as it was, but for when it was seen.
    Stay,
    /// Of one that is pending: the condition is over.
    Drop,
    Open,
    Resolve,
}

impl Incident {
    /// As it begins.
    pub fn new(id: String, rule: &AlertRule, subject: Subject, values: Vec<Measured>, now_ms: i64) -> Self {
        let now = DateTime::from_millis(now_ms);
        let key = key(rule, &subject);
        Self {
            _id: id,
            workspace_id: rule.workspace_id.to_string(),
            rule_id: rule.id.clone(),
            rule_name: rule.name.clone(),
            condition: rule.condition.kind().to_owned(),
            dry_run: rule.dry_run,
            subject,
            state: IncidentState::Pending,
            active_key: Some(key.clone()),
            key,
            revision: 1,
            true_since: now,
            false_since: None,
            seen_at: now,
            opened_at: None,
            resolved_at: None,
            resolution: None,
            values,
            actions: Vec::new(),
            acknowledged_at: None,
            acknowledged_by: None,
        }
    }

    /// Moves on by one evaluation; `max_gap_ms` is how long after the one before it may come for the time between
    /// them to count as seen.
    pub fn step(&mut self, holds: bool, for_ms: i64, max_gap_ms: i64, now_ms: i64) -> Step {
        let now = DateTime::from_millis(now_ms);
        let unseen = now_ms - self.seen_at.timestamp_millis() > max_gap_ms;
        self.seen_at = now;
        let long_enough = |since: DateTime| now_ms - since.timestamp_millis() >= for_ms;
        match (self.state, holds) {
            (IncidentState::Resolved, _) => Step::Stay,
            (IncidentState::Pending, false) => Step::Drop,
            (IncidentState::Pending, true) => {
                if unseen {
                    self.true_since = now;
                }
                if !long_enough(self.true_since) {
                    return Step::Stay;
                }
                self.state = IncidentState::Open;
                self.opened_at = Some(now);
                Step::Open
            }
            (IncidentState::Open, true) => {
                self.false_since = None;
                Step::Stay
            }
            (IncidentState::Open, false) => {
                let since = self.false_since.filter(|_| !unseen).unwrap_or(now);
                self.false_since = Some(since);
                if !long_enough(since) {
                    return Step::Stay;
                }
                self.resolve(Resolution::ConditionOver, now_ms);
                Step::Resolve
            }
        }
    }

    pub fn resolve(&mut self, resolution: Resolution, now_ms: i64) {
        self.state = IncidentState::Resolved;
        self.active_key = None;
        self.resolved_at = Some(DateTime::from_millis(now_ms));
        self.resolution = Some(resolution);
    }

    /// The idempotency key of one of its actions.
    pub fn action_key(&self, index: usize) -> String {
        format!("alert:{}:{index}", self._id)
    }
}

/// Of a rule and a subject.
pub fn key(rule: &AlertRule, subject: &Subject) -> String {
    format!("{}:{}", rule.id, subject.key())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{super::condition::SubjectKind, *};

    const MINUTE: i64 = 60_000;
    const GAP: i64 = 90_000;

    fn incident() -> Incident {
        let rule: AlertRule = serde_json::from_value(json!({
            "id": "r", "workspace_id": "w", "name": "n", "status": "active", "dry_run": true, "for_minutes": 2,
            "cooldown_minutes": 0, "condition": { "kind": "node_silent", "minutes": 1 }, "actions": [],
        }))
        .unwrap();
        let subject =
            Subject { kind: SubjectKind::Node, id: "n".into(), name: "n".into(), part: String::new() };
        Incident::new("a".into(), &rule, subject, Vec::new(), 0)
    }

    fn steps(incident: &mut Incident, at: &[(i64, bool)]) -> Vec<Step> {
        at.iter().map(|(at, holds)| incident.step(*holds, 2 * MINUTE, GAP, *at)).collect()
    }

    #[test]
    fn it_opens_and_resolves_after_as_long() {
        let mut incident = incident();
        let opened = steps(&mut incident, &[(MINUTE, true), (2 * MINUTE, true), (3 * MINUTE, true)]);
        assert_eq!(opened, [Step::Stay, Step::Open, Step::Stay]);
        assert_eq!(incident.opened_at, Some(DateTime::from_millis(2 * MINUTE)));
        // One evaluation at which it holds again, and the time begins anew.
        let flapping = [(4, false), (5, false), (6, true), (7, false), (8, false), (9, false)];
        let flapping = flapping.map(|(at, holds)| (at * MINUTE, holds));
        let steps = steps(&mut incident, &flapping);
        assert_eq!(steps, [Step::Stay, Step::Stay, Step::Stay, Step::Stay, Step::Stay, Step::Resolve]);
        assert_eq!((incident.active_key, incident.resolution), (None, Some(Resolution::ConditionOver)));
    }

    #[test]
    fn what_was_short_never_opens() {
        assert_eq!(steps(&mut incident(), &[(MINUTE, true), (MINUTE + 1, false)]), [Step::Stay, Step::Drop]);
    }

    #[test]
    fn time_at_which_nobody_looked_does_not_count() {
        let hour = 60 * MINUTE;
        let mut incident = incident();
        // Nobody looked for an hour: it may have been fine meanwhile.
        let late = [(hour, true), (hour + MINUTE, true), (hour + 2 * MINUTE, true)];
        assert_eq!(steps(&mut incident, &late), [Step::Stay, Step::Stay, Step::Open]);
        let over = [(hour + 3 * MINUTE, false), (2 * hour, false), (2 * hour + MINUTE, false)];
        assert_eq!(steps(&mut incident, &over), [Step::Stay, Step::Stay, Step::Stay]);
        assert_eq!(steps(&mut incident, &[(2 * hour + 2 * MINUTE, false)]), [Step::Resolve]);
    }
}
