//! What the published configuration asks of the feed. Pure.

use std::collections::BTreeSet;

use traffoflex_model::{CapMetric, DestinationId, Status, Strategy, StreamId};
use traffoflex_routing::cap::{CapId, CapWindow};

use crate::snapshot::{build::State, publish::PublishedView};

#[derive(Debug, Default)]
pub struct Demand {
    pub generation: String,
    /// Of the configuration.
    pub version: u64,
    pub workspaces: Vec<String>,
    /// What each of them counts in, in the same order.
    pub currencies: Vec<String>,
    pub caps: Vec<MeasuredAs>,
    pub streams: Vec<Ranked>,
    /// The longest history window of a stream with a `unique_policy`; 0: there is none.
    pub seen_window_hours: u32,
}

/// A cap that is measured here rather than spent by nodes.
#[derive(Debug)]
pub struct MeasuredAs {
    pub id: CapId,
    pub destination_id: DestinationId,
    pub metric: CapMetric,
    pub limit_units: i64,
    pub window: CapWindow,
}

/// A stream that ranks its targets by ROI.
#[derive(Debug)]
pub struct Ranked {
    pub stream_id: StreamId,
    pub campaign_id: String,
    pub window_hours: u32,
    /// Pages that clicks pass first.
    pub landings: Vec<DestinationId>,
}

impl Demand {
    pub fn of(published: &PublishedView<'_>) -> Self {
        let State { workspaces, streams, destinations, .. } = published.state;
        let mut seen = BTreeSet::new();
        let caps = destinations.values().flat_map(|destination| {
            let measured = destination.caps.iter().filter(|cap| !cap.metric.is_leased());
            measured.filter_map(|cap| {
                let (id, window) = (CapId::of(&destination.id, &cap.key()), CapWindow::of(cap).ok()?);
                Some(MeasuredAs {
                    id,
                    destination_id: destination.id.clone(),
                    metric: cap.metric,
                    limit_units: cap.limit_units(),
                    window,
                })
            })
        });
        let active = || streams.values().filter(|stream| stream.status == Status::Active);
        let ranked = active().filter(|stream| stream.strategy == Strategy::BestRoi);
        let windows = active().filter_map(|stream| stream.unique_policy.as_ref());
        Self {
            generation: published.generation.to_owned(),
            version: published.version,
            workspaces: workspaces.keys().cloned().collect(),
            currencies: workspaces.values().map(|workspace| workspace.currency.to_string()).collect(),
            caps: caps.filter(|cap| seen.insert(cap.id)).collect(),
            streams: ranked
                .map(|stream| Ranked {
                    stream_id: stream.id.clone(),
                    campaign_id: stream.campaign_id.to_string(),
                    window_hours: stream.best_roi.window_hours,
                    landings: stream.landings.iter().map(|page| page.destination_id.clone()).collect(),
                })
                .collect(),
            seen_window_hours: windows.map(|policy| policy.history_window_hours).max().unwrap_or(0),
        }
    }
}
