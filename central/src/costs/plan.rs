//! How rows become statements. Pure: all that a client said is a bound parameter.
//!
//! A `total` is spread within one statement, over the clicks that this statement sees, so that the sum is
//! right whatever arrives meanwhile. For that it holds its clicks in memory: long ranges are cut into pieces
//! by the hour, each with its share of the total. A `cpc` needs no such thing.

use super::jobs::{Amount, CostRow};
use crate::report::dimension;

/// Clicks of one statement with totals, more only if a single hour has more.
pub const MAX_CLICKS: i64 = 200_000;
/// Rows or pieces in one statement.
pub const MAX_PARTS: usize = 50;
/// Of its parameters, which travel in the address.
pub const MAX_PARAMETER_BYTES: usize = 64 << 10;

/// Clicks of a row in an hour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hour {
    /// UTC milliseconds.
    pub from_ms: i64,
    pub clicks: i64,
}

/// What is set in one go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    pub row: usize,
    pub from_ms: i64,
    pub to_ms: i64,
    pub amount: Amount,
    pub clicks: i64,
}

/// A row's pieces cover all of its range, and their totals are the row's. `hours` ascend and have clicks.
pub fn pieces(index: usize, row: &CostRow, hours: &[Hour], max_clicks: i64) -> Vec<Piece> {
    let clicks: i64 = hours.iter().map(|hour| hour.clicks).sum();
    let Amount::Total(total) = row.amount else {
        let (from_ms, to_ms) = (row.from_ms, row.to_ms);
        return vec![Piece { row: index, from_ms, to_ms, amount: row.amount, clicks }];
    };
    let share = |clicks_until: i64| -> i64 {
        (i128::from(total) * i128::from(clicks_until) / i128::from(clicks.max(1))) as i64
    };
    let mut pieces: Vec<Piece> = Vec::new();
    let (mut before, mut until) = (0, 0);
    for (i, hour) in hours.iter().enumerate() {
        until += hour.clicks;
        let next = hours.get(i + 1);
        if next.is_some_and(|next| until - before + next.clicks <= max_clicks) {
            continue;
        }
        pieces.push(Piece {
            row: index,
            from_ms: pieces.last().map_or(row.from_ms, |piece| piece.to_ms),
            to_ms: next.map_or(row.to_ms, |next| next.from_ms),
            amount: Amount::Total(share(until) - share(before)),
            clicks: until - before,
        });
        before = until;
    }
    pieces
}

/// A statement in the making, and its parameters.
#[derive(Default)]
pub struct Statement {
    pub sql: String,
    pub texts: Vec<(String, String)>,
    pub lists: Vec<(String, Vec<String>)>,
    pub numbers: Vec<(String, i64)>,
}

impl Statement {
    fn text(&mut self, name: String, value: &str) -> String {
        let placeholder = format!("{{{name}:String}}");
        self.texts.push((name, value.to_owned()));
        placeholder
    }

    fn number(&mut self, name: String, value: i64) -> String {
        let placeholder = format!("{{{name}:Int64}}");
        self.numbers.push((name, value));
        placeholder
    }

    /// First steps that a row means, within a range.
    fn matching(&mut self, part: usize, workspace: &str, row: &CostRow, range: (i64, i64)) -> String {
        let mut sql = format!(
            "c.workspace_id = {} AND c.campaign_id = {} AND c.created_at >= fromUnixTimestamp64Milli({}) \
             AND c.created_at < fromUnixTimestamp64Milli({}) AND NOT c.is_second_step",
            self.text(format!("ws{part}"), workspace),
            self.text(format!("campaign{part}"), &row.campaign_id),
            self.number(format!("from{part}"), range.0),
            self.number(format!("to{part}"), range.1),
        );
        if let Some(source) = &row.source_id {
            sql.push_str(&format!(" AND c.source_id = {}", self.text(format!("source{part}"), source)));
        }
        for (i, filter) in row.filters.iter().enumerate() {
            // A dimension that is no more filters everything out, and nothing is set that was not meant.
            let column = dimension::find(&filter.dimension).map_or("NULL", |dimension| dimension.of_click);
            let name = format!("f{part}_{i}");
            sql.push_str(&format!(" AND has({{{name}:Array(String)}}, {column})"));
            self.lists.push((name, filter.values.clone()));
        }
        sql
    }
}

/// Clicks by row (its place in `rows`) and hour.
pub fn count(workspace: &str, rows: &[&CostRow]) -> Statement {
    let mut statement = Statement::default();
    let parts: Vec<String> = rows
        .iter()
        .enumerate()
        .map(|(part, row)| {
            let matching = statement.matching(part, workspace, row, (row.from_ms, row.to_ms));
            format!(
                "SELECT toUInt32({part}) AS part, toInt64(toUnixTimestamp(toStartOfHour(c.created_at, 'UTC'))) * 1000 AS hour, \
                 toInt64(count()) AS clicks FROM click_events AS c FINAL WHERE {matching} GROUP BY hour"
            )
        })
        .collect();
    statement.sql = parts.join(" UNION ALL ");
    statement
}

/// Writes clicks again with what they cost, each by its row's version.
pub fn correct(workspace: &str, pieces: &[(&CostRow, &Piece, u64)]) -> Statement {
    let mut statement = Statement::default();
    let parts: Vec<String> = pieces
        .iter()
        .enumerate()
        .map(|(part, (row, piece, version))| {
            let cost = match piece.amount {
                Amount::Cpc(units) => statement.number(format!("units{part}"), units),
                Amount::Total(units) => {
                    let total = statement.number(format!("units{part}"), units);
                    let order = "ORDER BY c.created_at, c.node_id, c.node_epoch, c.node_seq";
                    format!(
                        "intDiv({total}, toInt64(count() OVER ())) + \
                         toInt64(row_number() OVER ({order}) <= {total} % toInt64(count() OVER ()))"
                    )
                }
            };
            let currency = statement.text(format!("currency{part}"), &row.currency);
            let matching = statement.matching(part, workspace, row, (piece.from_ms, piece.to_ms));
            format!(
                "SELECT * REPLACE (reinterpret(toInt64({cost}), 'Decimal64(6)') AS cost, {currency} AS currency, \
                 toUInt64({version}) AS cost_version) FROM click_events AS c FINAL WHERE {matching}"
            )
        })
        .collect();
    statement.sql = format!("INSERT INTO click_events {}", parts.join(" UNION ALL "));
    statement
}

/// About how much a row adds to the address.
pub fn parameter_bytes(row: &CostRow) -> usize {
    const FIXED: usize = 400;
    let values = row.filters.iter().flat_map(|filter| &filter.values);
    // Percent-encoded, a byte may become three.
    FIXED + values.map(|value| 3 * value.len() + 8).sum::<usize>()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{super::jobs::Filter, *};

    fn row(amount: Amount, value: &str) -> CostRow {
        CostRow {
            campaign_id: value.into(),
            source_id: Some(value.into()),
            filters: vec![Filter { dimension: "country".into(), values: vec![value.into()] }],
            from_ms: 1000,
            to_ms: 9_000_000,
            currency: "USD".into(),
            amount,
        }
    }

    #[test]
    fn the_statement_that_corrects() {
        let (total, cpc) = (row(Amount::Total(7), "x"), row(Amount::Cpc(3), "x"));
        let piece = |row: usize, amount| Piece { row, from_ms: 1, to_ms: 2, amount, clicks: 1 };
        let pieces = [piece(0, total.amount), piece(1, cpc.amount)];
        let statement = correct("w", &[(&total, &pieces[0], 257), (&cpc, &pieces[1], 513)]);
        insta::assert_snapshot!(statement.sql);
    }

    proptest! {
        #[test]
        fn pieces_cover_the_range_and_add_up(
            total in 0_i64..=1_000_000_000_000_000,
            clicks in proptest::collection::vec(1_i64..1000, 1..50),
            max in 1_i64..2000,
        ) {
            let row = CostRow { to_ms: 60 * 3_600_000, ..row(Amount::Total(total), "x") };
            let hours: Vec<Hour> =
                (1..).zip(&clicks).map(|(i, clicks)| Hour { from_ms: i * 3_600_000, clicks: *clicks }).collect();
            let pieces = pieces(3, &row, &hours, max);
            prop_assert_eq!(pieces[0].from_ms, row.from_ms);
            prop_assert_eq!(pieces[pieces.len() - 1].to_ms, row.to_ms);
            prop_assert!(pieces.windows(2).all(|pair| pair[0].to_ms == pair[1].from_ms));
            let units = |piece: &Piece| match piece.amount { Amount::Total(units) => units, Amount::Cpc(_) => -1 };
            prop_assert!(pieces.iter().all(|piece| units(piece) >= 0));
            prop_assert_eq!(pieces.iter().map(units).sum::<i64>(), total);
            prop_assert_eq!(pieces.iter().map(|piece| piece.clicks).sum::<i64>(), clicks.iter().sum::<i64>());
            let biggest = clicks.iter().max().copied().unwrap_or(0).max(max);
            prop_assert!(pieces.iter().all(|piece| piece.clicks <= biggest));
        }

        #[test]
        fn no_text_of_a_client_becomes_sql(value in "[^x]{1,40}", units in 0_i64..1000) {
            let of = |value: &str, units: i64| {
                let row = row(Amount::Total(units), value);
                let piece = Piece { row: 0, from_ms: 1, to_ms: 2, amount: row.amount, clicks: 1 };
                (correct("w", &[(&row, &piece, 257)]).sql, count("w", &[&row]).sql)
            };
            prop_assert_eq!(of(&value, units), of("x", 1));
        }
    }
}
