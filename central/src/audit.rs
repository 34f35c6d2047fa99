//! `api-service audit`: proves per node and epoch that no event is missing.
//!
//! `node_seq` is dense within an epoch over all topics, so the union of all event tables must hold
//! every number from 1 to the highest. A range that is missing is explained when a `node_gap_events`
//! row names it: the node counted those as dropped.

pub mod intervals;

use std::process::ExitCode;

use anyhow::{Context, Result};
use intervals::{Interval, join, subtract};
use serde::{Deserialize, Serialize};
use traffoflex_wire::topic::Topic;

use crate::warehouse::{Warehouse, WarehouseError};

#[derive(Debug, clap::Args)]
pub struct AuditArgs {
    /// Only this node.
    #[arg(long)]
    node: Option<String>,
    /// Print JSON instead of a table.
    #[arg(long)]
    json: bool,
    /// `node:epoch:seq`: the node says it gave numbers up to `seq`; anything short of that is a gap. May be repeated.
    #[arg(long, value_name = "NODE:EPOCH:SEQ")]
    expect_last: Vec<String>,
}

#[derive(Debug, Serialize)]
pub struct Report {
    /// No unexplained gap.
    pub clean: bool,
    pub epochs: Vec<Epoch>,
}

#[derive(Debug, Clone, Serialize)]
pub struct Epoch {
    pub node_id: String,
    pub node_epoch: u64,
    /// Highest number present.
    pub last: u64,
    /// Distinct numbers present.
    pub present: u64,
    /// Everything up to here is present or explained: the ingestion watermark.
    pub contiguous_mark: u64,
    pub explained: Vec<Explained>,
    pub unexplained: Vec<Interval>,
}

impl Epoch {
    fn empty(node_id: &str, node_epoch: u64) -> Self {
        Self {
            node_id: node_id.to_owned(),
            node_epoch,
            last: 0,
            present: 0,
            contiguous_mark: 0,
            explained: Vec::new(),
            unexplained: Vec::new(),
        }
    }
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Explained {
    pub first: u64,
    pub last: u64,
    pub reason: String,
}

#[derive(Deserialize)]
struct GapRow {
    node_id: String,
    node_epoch: u64,
    first: u64,
    last: u64,
    #[serde(default)]
    reason: String,
}

/// Every number of every event, repeats included.
fn sequence_sql() -> String {
    let parts = Topic::ALL
        .map(|topic| format!("SELECT node_id, node_epoch, node_seq FROM {}", topic.sequence_table()));
    parts.join(" UNION ALL ")
}

/// Numbers of one epoch counted together. A bitmap of so many is 128 KiB in ClickHouse, so that an
/// audit of 100 million events takes some 13 MiB there, and only incomplete buckets are looked into.
const BUCKET: u64 = 1 << 20;

#[derive(Deserialize)]
struct Bucket {
    node_id: String,
    node_epoch: u64,
    bucket: u64,
    present: u64,
    last: u64,
}

impl Bucket {
    /// Numbers start at 1, so the first bucket is one short.
    fn range(&self) -> Interval {
        let start = self.bucket * BUCKET;
        Interval { first: start.max(1), last: start + BUCKET - 1 }
    }
}

pub async fn audit(
    warehouse: &Warehouse,
    node: Option<&str>,
    expected: &[(String, u64, u64)],
) -> Result<Report, WarehouseError> {
    let sequence = sequence_sql();
    let node = node.unwrap_or_default();
    let ask =
        async |sql: String| warehouse.rows(warehouse.client().query_raw(&sql).param("node", node)).await;
    let only = "({node:String} = '' OR node_id = {node:String})";
    // A row that says 0 was given no number.
    let buckets: Vec<Bucket> = read(ask(format!(
        "SELECT node_id, node_epoch, intDiv(node_seq, {BUCKET}) AS bucket, groupBitmap(node_seq) AS present, \
         max(node_seq) AS last FROM ({sequence}) WHERE node_seq > 0 AND {only} GROUP BY node_id, node_epoch, bucket \
         ORDER BY node_id, node_epoch, bucket"
    )).await?)?;
    let mut epochs: Vec<Epoch> = Vec::new();
    let mut missing: Vec<GapRow> = Vec::new();
    for bucket in buckets {
        let Bucket { node_id, node_epoch, present, last, .. } = &bucket;
        if epochs.last().is_none_or(|e| e.node_id != *node_id || e.node_epoch != *node_epoch) {
            epochs.push(Epoch::empty(node_id, *node_epoch));
        }
        let Some(epoch) = epochs.last_mut() else { continue };
        let gap = |first: u64, last: u64| GapRow {
            node_id: node_id.clone(),
            node_epoch: *node_epoch,
            first,
            last,
            reason: String::new(),
        };
        let range = bucket.range();
        // From the last number of the bucket before, over buckets that are not there at all.
        if range.first > epoch.last + 1 {
            missing.push(gap(epoch.last + 1, range.first - 1));
        }
        if *present < last - range.first + 1 {
            missing.extend(holes(warehouse, &sequence, &bucket, range).await?);
        }
        epoch.present += present;
        epoch.last = *last;
    }
    let named: Vec<GapRow> = read(ask(format!(
        "SELECT node_id, node_epoch, first_seq AS first, last_seq AS last, reason FROM node_gap_events FINAL \
         WHERE {only} ORDER BY node_id, node_epoch, first"
    )).await?)?;
    for (node_id, node_epoch, _) in expected {
        if !epochs.iter().any(|e| e.node_id == *node_id && e.node_epoch == *node_epoch) {
            epochs.push(Epoch::empty(node_id, *node_epoch));
        }
    }
    for epoch in &mut epochs {
        explain(epoch, &missing, &named, expected);
    }
    Ok(Report { clean: epochs.iter().all(|epoch| epoch.unexplained.is_empty()), epochs })
}

/// What is missing within a bucket, from its start to its last number.
async fn holes(
    warehouse: &Warehouse,
    sequence: &str,
    bucket: &Bucket,
    range: Interval,
) -> Result<Vec<GapRow>, WarehouseError> {
    let sql = format!(
        "SELECT node_id, node_epoch, previous + 1 AS first, node_seq - 1 AS last FROM (SELECT node_id, node_epoch, node_seq, \
         lagInFrame(node_seq, 1, {}) OVER (ORDER BY node_seq ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS previous \
         FROM (SELECT DISTINCT node_id, node_epoch, node_seq FROM ({sequence}) WHERE node_id = {{node:String}} \
         AND node_epoch = {{epoch:UInt64}} AND node_seq BETWEEN {} AND {})) WHERE node_seq > previous + 1 ORDER BY first",
        range.first - 1,
        range.first,
        range.last,
    );
    let query = warehouse.client().query_raw(&sql);
    read(warehouse.rows(query.param("node", &bucket.node_id).param("epoch", bucket.node_epoch)).await?)
}

fn explain(epoch: &mut Epoch, missing: &[GapRow], named: &[GapRow], expected: &[(String, u64, u64)]) {
    let of = |row: &&GapRow| row.node_id == epoch.node_id && row.node_epoch == epoch.node_epoch;
    let mut gaps: Vec<Interval> =
        missing.iter().filter(of).map(|row| Interval { first: row.first, last: row.last }).collect();
    let wanted = expected.iter().filter(|(node, e, _)| *node == epoch.node_id && *e == epoch.node_epoch);
    if let Some(wanted) = wanted.map(|(.., seq)| *seq).max()
        && wanted > epoch.last
    {
        gaps.push(Interval { first: epoch.last + 1, last: wanted });
    }
    let named: Vec<&GapRow> = named.iter().filter(of).collect();
    let cover: Vec<Interval> =
        named.iter().map(|row| Interval { first: row.first, last: row.last }).collect();
    epoch.unexplained = subtract(&join(gaps), &cover);
    epoch.explained = named
        .iter()
        .map(|row| Explained { first: row.first, last: row.last, reason: row.reason.clone() })
        .collect();
    epoch.contiguous_mark = epoch.unexplained.first().map_or(epoch.last, |gap| gap.first - 1);
}

fn read<T: serde::de::DeserializeOwned>(rows: Vec<serde_json::Value>) -> Result<Vec<T>, WarehouseError> {
    Ok(rows.into_iter().map(serde_json::from_value).collect::<Result<_, _>>()?)
}

/// The command: prints, and ends with 1 when a gap is unexplained.
#[expect(clippy::print_stdout, reason = "a command's output")]
pub async fn run(warehouse: &Warehouse, args: &AuditArgs) -> Result<ExitCode> {
    let parse = |text: &String| {
        let mut parts = text.rsplitn(3, ':');
        let (seq, epoch, node) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?, parts.next()?);
        Some((node.to_owned(), epoch, seq))
    };
    let expected: Option<Vec<_>> = args.expect_last.iter().map(parse).collect();
    let expected = expected.context("--expect-last is node:epoch:seq")?;
    let report = audit(warehouse, args.node.as_deref(), &expected).await?;
    if let Some(node) = &args.node
        && report.epochs.is_empty()
    {
        anyhow::bail!("there is no event of node {node}");
    }
    if args.json {
        println!("{}", serde_json::to_string_pretty(&report)?);
    } else {
        for Epoch { node_id, node_epoch, last, present, explained, unexplained, .. } in &report.epochs {
            let verdict = if unexplained.is_empty() { "complete" } else { "GAPS" };
            println!("{node_id} epoch {node_epoch}: {present} events, 1..{last}, {verdict}");
            for Explained { first, last, reason } in explained {
                println!("  dropped by the node: {first}..{last} ({reason})");
            }
            for Interval { first, last } in unexplained {
                println!("  missing: {first}..{last}");
            }
        }
        println!(
            "{}",
            match (report.clean, report.epochs.is_empty()) {
                (true, true) => "there are no events yet",
                (true, false) => "nothing is missing",
                (false, _) => "events are missing",
            }
        );
    }
    Ok(if report.clean { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
