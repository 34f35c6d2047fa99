//! What several nodes say of a destination, and what follows from it. Pure.
//!
//! A report counts for three of its node's intervals, at least three minutes. Of the nodes whose
//! report counts, more than half decide: `unhealthy` or `healthy`; otherwise it is `degraded`. One
//! node alone decides by itself; without any it is `unknown`.

use std::collections::BTreeMap;

use mongodb::bson::DateTime;
use serde::{Deserialize, Serialize};
use traffoflex_model::{Health, NodeId};
use traffoflex_wire::health::{HealthReport, MAX_ERROR_BYTES};
use utoipa::ToSchema;

use crate::rfc3339;

/// Intervals of its node that a report counts for.
const HOLDS_INTERVALS: i64 = 3;
/// However short the interval, in milliseconds.
const HOLDS_MIN_MS: i64 = 180_000;
/// However long the interval: 3 days in milliseconds.
const HOLDS_MAX_MS: i64 = 3 * 24 * 3600 * 1000;
/// How long a node that is silent is still shown, in milliseconds: 7 days.
const SHOWN_MS: i64 = 7 * 24 * 3600 * 1000;
/// Changes that wait for the history; beyond it the oldest go.
const MAX_UNWRITTEN: usize = 100;
/// 9999-12-31: nothing to settle.
const NEVER_MS: i64 = 253_402_214_400_000;

/// A document of `destination_health`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HealthDocument {
    /// The destination's.
    pub _id: String,
    pub workspace_id: String,
    pub current: Health,
    pub since: DateTime,
    pub nodes: BTreeMap<String, NodeHealth>,
    /// When the first of the reports it rests on runs out.
    pub settle_at: DateTime,
    /// One higher with every write; 0 before the first.
    pub revision: i64,
    /// Rows on their way to the history.
    #[serde(default)]
    pub unwritten: Vec<Change>,
}

/// What a node last said.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NodeHealth {
    pub state: Health,
    /// The node's clock.
    pub since: DateTime,
    pub latency_ms: i64,
    pub error: String,
    /// The node's clock, at most central's.
    pub checked_at: DateTime,
    /// Until then it counts; central's clock.
    pub holds_until: DateTime,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChangeKind {
    /// One node changed its opinion.
    Node,
    /// The nodes agree on something else.
    Agreement,
}

/// A row of `destination_health_history`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Change {
    pub _id: String,
    pub workspace_id: String,
    pub destination_id: String,
    pub kind: ChangeKind,
    pub previous: Health,
    pub current: Health,
    /// Central's clock.
    pub at: DateTime,
    /// Whose report it was; none when reports ran out.
    pub node_id: Option<String>,
    /// Of the probe; empty when it succeeded.
    pub error: String,
    /// What each node said at that time, as far as it counted.
    pub nodes: BTreeMap<String, Health>,
    /// Of the document, and the place among the changes of that write: the order of rows.
    pub revision: i64,
    pub n: i32,
}

/// The document as clients see it.
#[derive(Debug, Default, Serialize, ToSchema)]
#[schema(as = DestinationHealth)]
pub struct Standing {
    current: Health,
    /// RFC 3339; none while it is unknown.
    since: Option<String>,
    nodes: BTreeMap<String, NodeStanding>,
}

#[derive(Debug, Serialize, ToSchema)]
struct NodeStanding {
    state: Health,
    since: String,
    latency_ms: i64,
    error: String,
    checked_at: String,
    /// Whether it still counts.
    is_fresh: bool,
}

/// What follows from the opinions that count; `unknown` ones are none.
pub fn agree(states: impl Iterator<Item = Health>) -> Health {
    let (mut all, mut healthy, mut unhealthy) = (0, 0, 0);
    for state in states.filter(|state| *state != Health::Unknown) {
        all += 1;
        healthy += usize::from(state == Health::Healthy);
        unhealthy += usize::from(state == Health::Unhealthy);
    }
    match all {
        0 => Health::Unknown,
        _ if unhealthy * 2 > all => Health::Unhealthy,
        _ if healthy * 2 > all => Health::Healthy,
        _ => Health::Degraded,
    }
}

impl HealthDocument {
    pub fn new(destination: &str, workspace: &str, now_ms: i64) -> Self {
        Self {
            _id: destination.to_owned(),
            workspace_id: workspace.to_owned(),
            current: Health::Unknown,
            since: DateTime::from_millis(now_ms),
            nodes: BTreeMap::new(),
            settle_at: DateTime::from_millis(NEVER_MS),
            revision: 0,
            unwritten: Vec::new(),
        }
    }

    /// Takes a node's report. False when it says nothing new: it is older than what is known.
    pub fn take(&mut self, node: &NodeId, interval_ms: u64, report: &HealthReport, now_ms: i64) -> bool {
        let checked_at = DateTime::from_millis(report.checked_at_ms.min(now_ms));
        let known = self.nodes.get(node.as_str());
        if known.is_some_and(|known| known.checked_at > checked_at) {
            return false;
        }
        let previous = known.map_or(Health::Unknown, |known| known.state);
        let interval_ms = i64::try_from(interval_ms).unwrap_or(i64::MAX);
        let holds_ms = interval_ms.saturating_mul(HOLDS_INTERVALS).clamp(HOLDS_MIN_MS, HOLDS_MAX_MS);
        let error = report.error[..report.error.floor_char_boundary(MAX_ERROR_BYTES)].to_owned();
        if report.state == Health::Unknown {
            self.nodes.remove(node.as_str());
        } else {
            let said = NodeHealth {
                state: report.state,
                since: DateTime::from_millis(report.since_ms.min(now_ms)),
                latency_ms: report.latency_ms.into(),
                error: error.clone(),
                checked_at,
                holds_until: DateTime::from_millis(now_ms + holds_ms),
            };
            self.nodes.insert(node.to_string(), said);
        }
        if previous != report.state {
            self.changed(ChangeKind::Node, previous, report.state, Some(node), error.clone(), now_ms);
        }
        self.settle(Some((node, error)), now_ms);
        true
    }

    /// Whether a report it rests on has run out.
    pub fn is_due(&self, now_ms: i64) -> bool {
        self.settle_at.timestamp_millis() <= now_ms
    }

    /// Sees anew what the nodes agree on; `by` tipped it, or time did. Always true: something is to be written.
    pub fn settle(&mut self, by: Option<(&NodeId, String)>, now_ms: i64) -> bool {
        self.nodes.retain(|_, node| node.holds_until.timestamp_millis() + SHOWN_MS > now_ms);
        let first_to_run_out = self.fresh(now_ms).map(|(_, node)| node.holds_until).min();
        self.settle_at = first_to_run_out.unwrap_or(DateTime::from_millis(NEVER_MS));
        let agreed = agree(self.fresh(now_ms).map(|(_, node)| node.state));
        if agreed != self.current {
            let previous = std::mem::replace(&mut self.current, agreed);
            self.since = DateTime::from_millis(now_ms);
            let (node, error) = by.map_or((None, String::new()), |(node, error)| (Some(node), error));
            self.changed(ChangeKind::Agreement, previous, agreed, node, error, now_ms);
        }
        true
    }

    fn fresh(&self, now_ms: i64) -> impl Iterator<Item = (&String, &NodeHealth)> {
        self.nodes.iter().filter(move |(_, node)| node.holds_until.timestamp_millis() > now_ms)
    }

    fn changed(
        &mut self,
        kind: ChangeKind,
        previous: Health,
        current: Health,
        node: Option<&NodeId>,
        error: String,
        now_ms: i64,
    ) {
        let revision = self.revision + 1;
        let n = self.unwritten.iter().filter(|change| change.revision == revision).count() as i32;
        let change = Change {
            _id: format!("{}.{revision}.{n}", self._id),
            workspace_id: self.workspace_id.clone(),
            destination_id: self._id.clone(),
            kind,
            previous,
            current,
            at: DateTime::from_millis(now_ms),
            node_id: node.map(NodeId::to_string),
            error,
            nodes: self.fresh(now_ms).map(|(id, node)| (id.clone(), node.state)).collect(),
            revision,
            n,
        };
        self.unwritten.push(change);
        if self.unwritten.len() > MAX_UNWRITTEN {
            self.unwritten.remove(0);
        }
    }

    pub fn standing(&self, now_ms: i64) -> Standing {
        let current = agree(self.fresh(now_ms).map(|(_, node)| node.state));
        let nodes = self.nodes.iter().map(|(id, node)| {
            let standing = NodeStanding {
                state: node.state,
                since: rfc3339::of(node.since),
                latency_ms: node.latency_ms,
                error: node.error.clone(),
                checked_at: rfc3339::of(node.checked_at),
                is_fresh: node.holds_until.timestamp_millis() > now_ms,
            };
            (id.clone(), standing)
        });
        let since = (current != Health::Unknown).then(|| rfc3339::of(self.since));
        Standing { current, since, nodes: nodes.collect() }
    }
}

#[cfg(test)]
mod tests {
    use Health::{Degraded, Healthy, Unhealthy, Unknown};
    use proptest::prelude::*;

    use super::*;

    const NOW: i64 = 1_800_000_000_000;

    fn report(state: Health, checked_at_ms: i64) -> HealthReport {
        let error = if state == Healthy { "" } else { "HTTP 502" };
        HealthReport {
            destination_id: "d".into(),
            state,
            since_ms: checked_at_ms,
            latency_ms: 7,
            error: error.into(),
            checked_at_ms,
        }
    }

    fn node(name: &str) -> NodeId {
        NodeId::parse(name).unwrap()
    }

    /// What has changed by the last write, as `kind node previous current`.
    fn changes(document: &mut HealthDocument) -> Vec<String> {
        document.revision += 1;
        let rows = document.unwritten.drain(..).map(|change| {
            let node = change.node_id.unwrap_or_else(|| "-".into());
            format!("{:?} {node} {:?} {:?}", change.kind, change.previous, change.current)
        });
        rows.collect()
    }

    #[test]
    fn more_than_half_decide() {
        for (states, agreed) in [
            (&[][..], Unknown),
            (&[Unknown], Unknown),
            (&[Unhealthy], Unhealthy),
            (&[Degraded], Degraded),
            (&[Healthy, Unhealthy], Degraded),
            (&[Unhealthy, Unhealthy, Healthy], Unhealthy),
            (&[Healthy, Unhealthy, Healthy], Healthy),
            (&[Healthy, Unhealthy, Degraded], Degraded),
            (&[Unhealthy, Unknown], Unhealthy),
            (&[Unhealthy, Unhealthy, Healthy, Healthy], Degraded),
        ] {
            assert_eq!(agree(states.iter().copied()), agreed, "{states:?}");
        }
    }

    #[test]
    fn changes_name_the_node_that_made_them() {
        let mut document = HealthDocument::new("d", "w", NOW);
        let (a, b) = (node("a"), node("b"));
        assert!(document.take(&a, 60_000, &report(Healthy, NOW), NOW));
        assert_eq!(changes(&mut document), ["Node a Unknown Healthy", "Agreement a Unknown Healthy"]);
        document.take(&b, 60_000, &report(Healthy, NOW), NOW);
        assert_eq!(changes(&mut document), ["Node b Unknown Healthy"]);
        document.take(&a, 60_000, &report(Healthy, NOW + 1), NOW + 1);
        assert!(changes(&mut document).is_empty());
        document.take(&a, 60_000, &report(Unhealthy, NOW + 2), NOW + 2);
        assert_eq!(changes(&mut document), ["Node a Healthy Unhealthy", "Agreement a Healthy Degraded"]);
        document.take(&b, 60_000, &report(Unhealthy, NOW + 3), NOW + 3);
        assert_eq!(changes(&mut document), ["Node b Healthy Unhealthy", "Agreement b Degraded Unhealthy"]);
        assert_eq!(document.since, DateTime::from_millis(NOW + 3));
    }

    #[test]
    fn an_old_report_changes_nothing_and_a_silent_node_stops_counting() {
        let mut document = HealthDocument::new("d", "w", NOW);
        let (a, b) = (node("a"), node("b"));
        document.take(&a, 60_000, &report(Unhealthy, NOW), NOW);
        let before = document.clone();
        assert!(!document.take(&a, 60_000, &report(Healthy, NOW - 1), NOW + 5));
        assert_eq!(document, before);
        // A clock that runs ahead does not lock the node out once it is put right.
        document.take(&a, 60_000, &report(Unhealthy, NOW + 999_999), NOW + 10);
        assert!(document.take(&a, 60_000, &report(Unhealthy, NOW + 20), NOW + 20));

        let later = NOW + 20 + HOLDS_MIN_MS;
        document.take(&b, 60_000, &report(Healthy, later - 5), later - 5);
        assert_eq!(document.current, Degraded);
        changes(&mut document);
        assert!(!document.is_due(later - 1));
        assert!(document.is_due(later));
        document.settle(None, later);
        assert_eq!(changes(&mut document), ["Agreement - Degraded Healthy"]);
        let standing = serde_json::to_value(document.standing(later)).unwrap();
        assert_eq!(standing["nodes"]["a"]["is_fresh"], false);
        assert_eq!(standing["current"], "healthy");
        document.settle(None, later + HOLDS_MIN_MS);
        assert_eq!((document.current, document.is_due(i64::from(u32::MAX) * 1000)), (Unknown, false));
        document.settle(None, later + HOLDS_MIN_MS + SHOWN_MS);
        assert!(document.nodes.is_empty());
    }

    #[test]
    fn a_node_without_an_opinion_counts_no_more() {
        let mut document = HealthDocument::new("d", "w", NOW);
        document.take(&node("a"), 60_000, &report(Unhealthy, NOW), NOW);
        changes(&mut document);
        document.take(&node("a"), 60_000, &report(Unknown, NOW + 1), NOW + 1);
        assert_eq!(changes(&mut document), ["Node a Unhealthy Unknown", "Agreement a Unhealthy Unknown"]);
        assert!(document.nodes.is_empty());
    }

    proptest! {
        #[test]
        fn at_most_one_side_has_a_majority(states in prop::collection::vec(0..4_usize, 0..9)) {
            let states: Vec<Health> = states.into_iter().map(|n| Health::ALL[n]).collect();
            let count = |wanted| states.iter().filter(|state| **state == wanted).count();
            let (all, agreed) = (states.len() - count(Unknown), agree(states.iter().copied()));
            prop_assert_eq!(agreed == Unhealthy, count(Unhealthy) * 2 > all);
            prop_assert_eq!(agreed == Healthy, count(Healthy) * 2 > all);
            prop_assert_eq!(agreed == Unknown, all == 0);
        }
    }
}
