//! A node as it is shown, and what makes it lag.

use serde::Serialize;
use traffoflex_wire::node_report::{NodeReport, NodeRole};
use utoipa::ToSchema;

use crate::{
    access::WorkspaceApp,
    node_presence::{KnownNode, ListedNode, reports::Reported},
    rfc3339,
};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum NodeStatus {
    Online,
    /// It is there, and something of it is late: see `lags`.
    Lagging,
    /// Nothing was heard of it for `NODE_OFFLINE_AFTER_SECONDS`.
    Silent,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum NodeLag {
    /// It lacks a configuration that is older than `NODE_LAGGING_AFTER_SECONDS`.
    Snapshot,
    /// Its oldest event waits for longer than `NODE_LAGGING_AFTER_SECONDS`.
    OutboxAge,
    /// Its outbox takes no events.
    OutboxState,
}

#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct NodeItem {
    pub node_id: String,
    /// Of its name and notes.
    pub revision: i64,
    /// That it was given here.
    pub name: Option<String>,
    /// Null for all but the installation's admin.
    pub notes: Option<String>,
    pub status: NodeStatus,
    /// Why it lags.
    pub lags: Vec<NodeLag>,
    pub online: bool,
    pub role: NodeRole,
    /// Of its build; empty where it does not say.
    pub version: String,
    /// Where it listens; null for all but the installation's admin, and where it does not say.
    pub address: Option<String>,
    #[schema(format = DateTime)]
    pub started_at: Option<String>,
    #[schema(format = DateTime)]
    pub first_seen: String,
    #[schema(format = DateTime)]
    pub last_seen: String,
    pub snapshot_version: i64,
    /// Whether that is the latest.
    pub is_current: bool,
    /// When it last said something of itself; null where it never does.
    #[schema(format = DateTime)]
    pub reported_at: Option<String>,
    /// Null without a report.
    pub state: Option<NodeState>,
}

/// What a node said of itself.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct NodeState {
    /// Since its configuration was made.
    pub snapshot_age_ms: i64,
    /// Since it last heard from here; null when it had not.
    pub snapshot_confirmed_age_ms: Option<i64>,
    /// Configurations that it did not take.
    pub snapshot_refused: u64,
    /// healthy, full or failing.
    pub outbox_state: String,
    /// Events on their way here.
    pub outbox_events: u64,
    pub outbox_bytes: u64,
    pub outbox_max_bytes: u64,
    /// How long the oldest of them waits; 0 without any.
    pub outbox_oldest_age_ms: i64,
    /// Events that were never kept, since it started.
    pub outbox_dropped: u64,
    /// central or redpanda.
    pub sink: String,
    /// Whether the sink refuses, so that it waits before it tries again.
    pub is_sink_refusing: bool,
    /// Above zero: its clock is ahead of ours. The request's own way makes it look later.
    pub clock_offset_ms: i64,
}

/// How a node was.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct NodeMoment {
    #[schema(format = DateTime)]
    pub at: String,
    pub snapshot_version: Option<u64>,
    #[serde(flatten)]
    pub state: NodeState,
}

/// A node, and how it was in the last day, the latest minute first.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct NodeDetail {
    #[serde(flatten)]
    pub node: NodeItem,
    pub history: Vec<NodeMoment>,
}

/// What nodes are held against.
pub struct Now {
    current_version: u64,
    /// Since that version was made.
    current_age_ms: i64,
    lagging_after_ms: i64,
    shows_addresses: bool,
}

impl Now {
    pub async fn of(app: &WorkspaceApp) -> Self {
        let (current_version, made_at_ms) =
            app.publisher.inspect(|view| (view.version, view.created_at_ms)).await;
        Self {
            current_version,
            current_age_ms: jiff::Timestamp::now().as_millisecond() - made_at_ms,
            lagging_after_ms: app.node_lagging_after.as_millis() as i64,
            shows_addresses: app.caller.is_installation_admin,
        }
    }

    fn lags(&self, node: &KnownNode) -> Vec<NodeLag> {
        let report = node.reported.as_ref().map(|reported| &reported.report);
        let is_behind = node.snapshot_version as u64 != self.current_version;
        let is_old = |report: &NodeReport| report.outbox_oldest_age_ms > self.lagging_after_ms;
        let is_unwell = |report: &NodeReport| !["", "healthy"].contains(&&*report.outbox_state);
        [
            (NodeLag::Snapshot, is_behind && self.current_age_ms > self.lagging_after_ms),
            (NodeLag::OutboxAge, report.is_some_and(is_old)),
            (NodeLag::OutboxState, report.is_some_and(is_unwell)),
        ]
        .into_iter()
        .filter_map(|(lag, is_so)| is_so.then_some(lag))
        .collect()
    }
}

impl NodeState {
    fn of(reported: &Reported) -> Self {
        let report = reported.report.clone();
        Self {
            snapshot_age_ms: report.snapshot_age_ms,
            snapshot_confirmed_age_ms: report.snapshot_confirmed_age_ms,
            snapshot_refused: report.snapshot_refused,
            outbox_state: report.outbox_state,
            outbox_events: report.outbox_events,
            outbox_bytes: report.outbox_bytes,
            outbox_max_bytes: report.outbox_max_bytes,
            outbox_oldest_age_ms: report.outbox_oldest_age_ms,
            outbox_dropped: report.outbox_dropped,
            sink: report.sink,
            is_sink_refusing: report.is_sink_refusing,
            clock_offset_ms: reported.clock_offset_ms,
        }
    }
}

impl NodeMoment {
    pub fn of(reported: Reported) -> Self {
        Self {
            at: rfc3339::of(reported.at),
            snapshot_version: reported.report.snapshot_version,
            state: NodeState::of(&reported),
        }
    }
}

impl NodeItem {
    pub fn of(ListedNode { node, online }: ListedNode, now: &Now) -> Self {
        let lags = if online { now.lags(&node) } else { Vec::new() };
        let status = match (online, lags.is_empty()) {
            (false, _) => NodeStatus::Silent,
            (true, true) => NodeStatus::Online,
            (true, false) => NodeStatus::Lagging,
        };
        let report = node.reported.as_ref().map(|reported| &reported.report);
        let address = report.map(|report| report.address.clone()).filter(|address| !address.is_empty());
        let started_at_ms = report.map(|report| report.started_at_ms).filter(|ms| *ms > 0);
        Self {
            revision: node.revision,
            name: node.name,
            notes: node.notes.filter(|_| now.shows_addresses),
            status,
            lags,
            online,
            role: report.map(|report| report.role).unwrap_or_default(),
            version: report.map(|report| report.version.clone()).unwrap_or_default(),
            address: address.filter(|_| now.shows_addresses),
            started_at: started_at_ms.map(rfc3339::of_ms),
            first_seen: rfc3339::of(node.first_seen),
            last_seen: rfc3339::of(node.last_seen),
            snapshot_version: node.snapshot_version,
            is_current: node.snapshot_version as u64 == now.current_version,
            reported_at: node.reported.as_ref().map(|reported| rfc3339::of(reported.at)),
            state: node.reported.as_ref().map(NodeState::of),
            node_id: node._id,
        }
    }
}

#[cfg(test)]
mod tests {
    use mongodb::bson::DateTime;

    use super::*;

    fn node(snapshot_version: i64, report: NodeReport) -> ListedNode {
        let at = DateTime::from_millis(1);
        let reported = Some(Reported { report, clock_offset_ms: 0, at });
        let node = KnownNode {
            _id: "n".into(),
            first_seen: at,
            last_seen: at,
            snapshot_version,
            reported,
            revision: 1,
            name: None,
            notes: Some("rack 7".into()),
        };
        ListedNode { node, online: true }
    }

    #[test]
    fn a_node_lags_for_what_is_late_alone() {
        let now = |current_age_ms| Now {
            current_version: 7,
            current_age_ms,
            lagging_after_ms: 1000,
            shows_addresses: false,
        };
        let report = |outbox_oldest_age_ms, outbox_state: &str| NodeReport {
            outbox_oldest_age_ms,
            outbox_state: outbox_state.into(),
            address: "10.0.0.1:1".into(),
            ..NodeReport::default()
        };
        let of = |node, age_ms| NodeItem::of(node, &now(age_ms));
        let well = of(node(7, report(1000, "healthy")), 5000);
        assert_eq!((well.status, well.is_current), (NodeStatus::Online, true));
        assert_eq!((well.address, well.notes), (None, None));
        let young = of(node(6, report(0, "healthy")), 1000);
        assert_eq!((young.status, young.is_current), (NodeStatus::Online, false));
        assert_eq!(of(node(6, report(0, "")), 1001).lags, [NodeLag::Snapshot]);
        let late = of(node(6, report(1001, "full")), 1001);
        assert_eq!(late.lags, [NodeLag::Snapshot, NodeLag::OutboxAge, NodeLag::OutboxState]);
        assert_eq!(late.status, NodeStatus::Lagging);
        let gone = NodeItem::of(ListedNode { online: false, ..node(6, report(1001, "full")) }, &now(1001));
        assert_eq!((gone.status, gone.lags.len()), (NodeStatus::Silent, 0));
    }
}
