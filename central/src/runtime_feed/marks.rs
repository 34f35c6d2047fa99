//! The ingestion watermark: for each node and epoch the number up to which nothing is missing.
//!
//! The first time it takes an audit of everything, afterwards a look at what arrived since the last
//! time. What a gap event names counts as there: it is known to be lost.

use std::collections::BTreeMap;

use serde::Deserialize;
use traffoflex_wire::{runtime::NodeMark, topic::Topic};

use super::{LATE_MS, RuntimeFeedError, rows};
use crate::{
    audit::{
        audit,
        intervals::{Interval, subtract, union},
    },
    warehouse::Warehouse,
};

#[derive(Default)]
pub struct Marks {
    /// Numbers that are there: sorted, and no two touch.
    there: BTreeMap<(String, u64), Vec<Interval>>,
    /// What arrived before, by ClickHouse's clock, is in `there`.
    read_until_ms: Option<i64>,
}

#[derive(Deserialize)]
struct Clock {
    now: i64,
}

#[derive(Deserialize)]
struct Range {
    node_id: String,
    node_epoch: u64,
    first: u64,
    last: u64,
}

/// Runs of numbers that arrived, rather than each number.
fn arrivals_sql() -> String {
    let arrived = "WHERE ingested_at >= fromUnixTimestamp64Milli({since:Int64})";
    let parts = Topic::ALL.map(|topic| {
        format!("SELECT node_id, node_epoch, node_seq FROM {} {arrived}", topic.sequence_table())
    });
    format!(
        "SELECT node_id, node_epoch, min(node_seq) AS first, max(node_seq) AS last FROM (\
         SELECT node_id, node_epoch, node_seq, node_seq - row_number() OVER (PARTITION BY node_id, node_epoch \
         ORDER BY node_seq) AS run FROM (SELECT DISTINCT node_id, node_epoch, node_seq FROM ({}))) \
         GROUP BY node_id, node_epoch, run \
         UNION ALL SELECT node_id, node_epoch, first_seq AS first, last_seq AS last FROM node_gap_events {arrived}",
        parts.join(" UNION ALL ")
    )
}

impl Marks {
    /// Reads what is new, and returns ClickHouse's clock from before that.
    pub async fn refresh(&mut self, warehouse: &Warehouse) -> Result<i64, RuntimeFeedError> {
        let clock = warehouse.client().query_raw("SELECT toUnixTimestamp64Milli(now64(3)) AS now");
        let now_ms = rows::<Clock>(warehouse, clock).await?.first().map_or(0, |clock| clock.now);
        match self.read_until_ms {
            None => self.read_all(warehouse).await?,
            Some(until_ms) => {
                let query = warehouse.client().query_raw(&arrivals_sql()).param("since", until_ms - LATE_MS);
                self.add(rows(warehouse, query).await?);
            }
        }
        self.read_until_ms = Some(now_ms);
        Ok(now_ms)
    }

    async fn read_all(&mut self, warehouse: &Warehouse) -> Result<(), RuntimeFeedError> {
        for epoch in audit(warehouse, None, &[]).await?.epochs {
            let whole = [Interval { first: 1, last: epoch.last }];
            let there = subtract(&whole, &epoch.unexplained);
            self.there.insert((epoch.node_id, epoch.node_epoch), there);
        }
        Ok(())
    }

    fn add(&mut self, arrived: Vec<Range>) {
        let mut by_epoch: BTreeMap<(String, u64), Vec<Interval>> = BTreeMap::new();
        for Range { node_id, node_epoch, first, last } in arrived {
            by_epoch.entry((node_id, node_epoch)).or_default().push(Interval { first, last });
        }
        for (epoch, arrived) in by_epoch {
            let there = self.there.entry(epoch).or_default();
            *there = union(std::mem::take(there), arrived);
        }
    }

    pub fn list(&self) -> Vec<NodeMark> {
        let mark = |there: &[Interval]| there.first().filter(|run| run.first <= 1).map_or(0, |run| run.last);
        let epochs = self.there.iter();
        epochs
            .map(|((node_id, node_epoch), there)| NodeMark {
                node_id: node_id.clone(),
                node_epoch: *node_epoch,
                seq: mark(there),
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_stops_before_a_gap_until_that_arrives() {
        let mut marks = Marks::default();
        let range = |first, last| Range { node_id: "n".into(), node_epoch: 1, first, last };
        let seq = |marks: &Marks| marks.list()[0].seq;
        marks.add(vec![range(2, 3)]);
        assert_eq!(seq(&marks), 0);
        marks.add(vec![range(1, 1), range(6, 9)]);
        assert_eq!(seq(&marks), 3);
        marks.add(vec![range(2, 4), range(8, 12)]);
        assert_eq!(seq(&marks), 4);
        marks.add(vec![range(5, 5)]);
        assert_eq!(seq(&marks), 12);
        assert_eq!(marks.there.values().next().unwrap().len(), 1);
    }
}
