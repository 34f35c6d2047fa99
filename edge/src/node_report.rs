//! What this node says of itself to central, with requests that it makes anyhow. See
//! [`traffoflex_wire::node_report`].

use std::{
    net::SocketAddr,
    sync::{Arc, OnceLock},
};

use traffoflex_wire::node_report::{NodeReport, NodeRole};

use crate::{
    clock::now_ms,
    outbox::{Outbox, OutboxStats},
    snapshot::SnapshotHandle,
};

/// A clone is one reference count.
#[derive(Clone)]
pub struct NodeReporter(Arc<Shared>);

struct Shared {
    role: NodeRole,
    started_at_ms: i64,
    snapshot: SnapshotHandle,
    outbox: Outbox,
    /// Known once it listens.
    address: OnceLock<SocketAddr>,
    sink: OnceLock<&'static str>,
}

impl NodeReporter {
    pub fn new(role: NodeRole, snapshot: SnapshotHandle, outbox: Outbox) -> Self {
        Self(Arc::new(Shared {
            role,
            started_at_ms: now_ms(),
            snapshot,
            outbox,
            address: OnceLock::new(),
            sink: OnceLock::new(),
        }))
    }

    pub fn listens_at(&self, address: SocketAddr) {
        let _ = self.0.address.set(address);
    }

    pub fn drains_to(&self, sink: &'static str) {
        let _ = self.0.sink.set(sink);
    }

    /// The header's value, as of now.
    pub fn header(&self) -> String {
        self.report(now_ms()).to_header()
    }

    fn report(&self, now_ms: i64) -> NodeReport {
        let Shared { role, started_at_ms, snapshot, outbox, address, sink } = &*self.0;
        let status = snapshot.status(now_ms);
        let stats: OutboxStats = outbox.stats();
        NodeReport {
            role: *role,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            address: address.get().map(SocketAddr::to_string).unwrap_or_default(),
            started_at_ms: *started_at_ms,
            sent_at_ms: now_ms,
            snapshot_version: (status.state == "ready").then_some(status.version),
            snapshot_age_ms: status.age_ms,
            snapshot_confirmed_age_ms: status.confirmed_age_ms,
            snapshot_refused: status.refused_total,
            outbox_state: stats.state.as_str().to_owned(),
            outbox_events: stats.queued_events,
            outbox_bytes: stats.queued_bytes,
            outbox_max_bytes: stats.max_bytes,
            outbox_oldest_age_ms: if stats.queued_events == 0 { 0 } else { stats.oldest_age_ms },
            outbox_dropped: stats.dropped_total,
            sink: sink.get().copied().unwrap_or_default().to_owned(),
            is_sink_refusing: stats.breaker_state == "open",
        }
    }
}
