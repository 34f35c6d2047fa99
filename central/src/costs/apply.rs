//! Carries a request out in ClickHouse.

use std::{collections::BTreeMap, sync::Arc};

use serde::Deserialize;

use super::{
    jobs::{self, Amount, CostRow, Job, Outcome},
    plan::{self, FEWER_CLICKS, Hour, MAX_CLICKS, MAX_PARAMETER_BYTES, MAX_PARTS, Piece, Statement},
};
use crate::{app::App, error::ApiError, warehouse::WarehouseError};

/// Limits of one statement. Seconds, bytes. Less than a lease, see [`jobs`].
const LIMITS: [(&str, &str); 4] = [
    ("max_execution_time", "60"),
    ("max_memory_usage", "4000000000"),
    ("do_not_merge_across_partitions_select_final", "1"),
    // One part a partition and statement, whatever the number of rows.
    ("max_insert_threads", "1"),
];

/// Does what is due, unless somebody else is at it. After an error others may try.
pub async fn run(app: &App, id: &str) -> Result<(), ApiError> {
    let Some(mut job) = jobs::begin(app, id).await? else { return Ok(()) };
    match attempt(app, &mut job).await {
        Ok(true) => Ok(jobs::finish(app, &job).await?),
        // It took longer than its lease, and another attempt goes on.
        Ok(false) => Ok(()),
        Err(error) => {
            jobs::give_up(app, &job).await?;
            Err(error)
        }
    }
}

/// False when the lease was lost.
async fn attempt(app: &App, job: &mut Job) -> Result<bool, ApiError> {
    let mut due: Vec<(usize, CostRow)> = job
        .rows
        .iter()
        .enumerate()
        .filter_map(|(i, outcome)| match outcome {
            Outcome::Due(row) => Some((i, row.clone())),
            _ => None,
        })
        .collect();
    // Neighbours in time read the same clicks. Versions say which row is the later one.
    due.sort_by(|(_, a), (_, b)| (&a.campaign_id, a.from_ms).cmp(&(&b.campaign_id, b.from_ms)));
    let mut left = batches(due);
    left.reverse();
    while let Some(mut batch) = left.pop() {
        match count(app, job, &batch).await {
            Ok(hours) => {
                if !correct_batch(app, job, &batch, hours).await? {
                    return Ok(false);
                }
            }
            // Perhaps one of the rows is to blame.
            Err(error) if is_of_the_rows(&error) => {
                if batch.len() > 1 {
                    let rest = batch.split_off(batch.len() / 2);
                    left.extend([rest, batch]);
                } else {
                    fail(job, batch.iter().map(|(i, _)| *i), &error);
                }
                if !jobs::keep(app, job).await? {
                    return Ok(false);
                }
            }
            Err(error) => return Err(error.into()),
        }
    }
    Ok(true)
}

/// The same again would fail again.
fn is_of_the_rows(error: &WarehouseError) -> bool {
    matches!(error, WarehouseError::QueryLimit(_) | WarehouseError::Refused(_))
}

/// What was corrected before stays so.
fn fail(job: &mut Job, rows: impl Iterator<Item = usize>, error: &WarehouseError) {
    tracing::warn!(job = job.id, %error, "costs that cannot be corrected");
    let why = match error {
        WarehouseError::QueryLimit(_) => "too many clicks: narrow the range or filter",
        _ => "the warehouse refuses what this asks for",
    };
    rows.for_each(|row| job.rows[row] = Outcome::failed("from", why));
}

fn batches(due: Vec<(usize, CostRow)>) -> Vec<Vec<(usize, CostRow)>> {
    let mut batches: Vec<Vec<_>> = Vec::new();
    let mut bytes = 0;
    for (i, row) in due {
        let more = plan::parameter_bytes(&row);
        match batches.last_mut() {
            Some(batch) if batch.len() < MAX_PARTS && bytes + more <= MAX_PARAMETER_BYTES => {
                batch.push((i, row));
                bytes += more;
            }
            _ => {
                batches.push(vec![(i, row)]);
                bytes = more;
            }
        }
    }
    batches
}

async fn correct_batch(
    app: &App,
    job: &mut Job,
    batch: &[(usize, CostRow)],
    hours: Vec<Vec<Hour>>,
) -> Result<bool, ApiError> {
    let mut rows: BTreeMap<usize, (&CostRow, Vec<Hour>)> = BTreeMap::new();
    let mut pieces: Vec<Piece> = Vec::new();
    for ((i, row), hours) in batch.iter().zip(hours) {
        let clicks: i64 = hours.iter().map(|hour| hour.clicks).sum();
        job.rows[*i] = match row.amount {
            Amount::Total(_) if clicks == 0 => Outcome::failed("total", "no click matches"),
            Amount::Total(cost) => Outcome::Applied { clicks, cost, currency: row.currency.clone() },
            Amount::Cpc(each) => {
                let cost = each.saturating_mul(clicks);
                Outcome::Applied { clicks, cost, currency: row.currency.clone() }
            }
        };
        if clicks > 0 {
            pieces.extend(plan::pieces(*i, row, &hours, MAX_CLICKS));
        }
        rows.insert(*i, (row, hours));
    }
    pieces.sort_by_key(|piece| matches!(piece.amount, Amount::Total(_)));
    let Some(too_much) = write(app, job, &rows, &together(&pieces)).await? else { return Ok(false) };
    let again = too_much.iter().filter_map(|(piece, _)| Some((rows.get(&piece.row)?, piece)));
    let again = again.flat_map(|((row, hours), piece)| plan::cut_again(row, piece, hours, FEWER_CLICKS));
    // Each by itself: nobody fails for another row.
    let again: Vec<Piece> = again.collect();
    let alone: Vec<&[Piece]> = again.chunks(1).collect();
    let Some(too_much) = write(app, job, &rows, &alone).await? else { return Ok(false) };
    for (piece, error) in too_much {
        fail(job, std::iter::once(piece.row), &error);
    }
    Ok(true)
}

/// A statement a group; the pieces that were refused, each with why. None when the lease was lost.
async fn write(
    app: &App,
    job: &Job,
    rows: &BTreeMap<usize, (&CostRow, Vec<Hour>)>,
    groups: &[&[Piece]],
) -> Result<Option<Vec<(Piece, Arc<WarehouseError>)>>, ApiError> {
    let mut refused = Vec::new();
    for together in groups {
        if !jobs::keep(app, job).await? {
            return Ok(None);
        }
        let parts: Vec<(&CostRow, &Piece, u64)> = together
            .iter()
            .filter_map(|piece| Some((rows.get(&piece.row)?.0, piece, job.version(piece.row))))
            .collect();
        let statement = plan::correct(&job.workspace_id, &parts);
        match prepared(app, &statement).execute().await.map_err(WarehouseError::from) {
            Ok(()) => {}
            Err(error) if is_of_the_rows(&error) => {
                let error = Arc::new(error);
                refused.extend(together.iter().map(|piece| (piece.clone(), error.clone())));
            }
            Err(error) => return Err(error.into()),
        }
    }
    Ok(Some(refused))
}

/// Pieces in the order they came, as many in a statement as it may have: totals apart from others.
fn together(pieces: &[Piece]) -> Vec<&[Piece]> {
    let is_total = |piece: &Piece| matches!(piece.amount, Amount::Total(_));
    let (mut groups, mut begin, mut clicks) = (Vec::new(), 0, 0);
    for (i, piece) in pieces.iter().enumerate() {
        let is_full = i - begin >= MAX_PARTS || clicks + piece.clicks > MAX_CLICKS;
        if i > begin && (is_full || is_total(piece) != is_total(&pieces[begin])) {
            groups.push(&pieces[begin..i]);
            (begin, clicks) = (i, 0);
        }
        clicks += piece.clicks;
    }
    if begin < pieces.len() {
        groups.push(&pieces[begin..]);
    }
    groups
}

#[derive(Deserialize)]
struct Counted {
    part: usize,
    hour: i64,
    clicks: i64,
}

/// By row of the batch, hours in order.
async fn count(app: &App, job: &Job, batch: &[(usize, CostRow)]) -> Result<Vec<Vec<Hour>>, WarehouseError> {
    let rows: Vec<&CostRow> = batch.iter().map(|(_, row)| row).collect();
    let statement = plan::count(&job.workspace_id, &rows);
    let mut hours = vec![Vec::new(); rows.len()];
    for row in app.warehouse.rows(prepared(app, &statement)).await? {
        let Counted { part, hour, clicks } = serde_json::from_value(row)?;
        if let Some(hours) = hours.get_mut(part) {
            hours.push(Hour { from_ms: hour, clicks });
        }
    }
    for hours in &mut hours {
        hours.sort_unstable_by_key(|hour| hour.from_ms);
    }
    Ok(hours)
}

fn prepared(app: &App, statement: &Statement) -> clickhouse::query::Query {
    let mut query = app.warehouse.client().query_raw(&statement.sql).param("ws", &statement.workspace);
    for (name, values) in &statement.texts {
        query = query.param(name, values);
    }
    for (name, values) in &statement.numbers {
        query = query.param(name, values);
    }
    for (name, values) in &statement.filters {
        query = query.param(name, values);
    }
    LIMITS.iter().fold(query, |query, (name, value)| query.with_setting(*name, *value))
}
