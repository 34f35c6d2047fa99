//! How rows become statements. Pure: all that a client said is a bound parameter.
//!
//! A `total` is spread within one statement, over the clicks that this statement sees, so that the sum is
//! right whatever arrives meanwhile. For that it holds its clicks in memory: long ranges are cut into pieces
//! by the hour, each with its share of the total. Those of a `cpc` are cut as well, so that no statement writes
//! without limit.
//!
//! Rows travel as arrays and are joined with the clicks, many in a statement: on the campaign and the day, so
//! that a click is compared with the rows of its day alone.

use super::jobs::{Amount, CostRow};
use crate::report::dimension;

/// Clicks of one statement, more only if a single hour has more.
pub const MAX_CLICKS: i64 = 200_000;
/// The same when that was too much for the server.
pub const FEWER_CLICKS: i64 = MAX_CLICKS / 20;
/// Rows or pieces in one statement.
pub const MAX_PARTS: usize = 500;
/// Of its parameters, which travel in the address: ClickHouse takes 1 MiB of that.
pub const MAX_PARAMETER_BYTES: usize = 256 << 10;
const HOUR_MS: i64 = 3_600_000;
const DAY_MS: i64 = 86_400_000;

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
    let amount = |before: i64, until: i64| match row.amount {
        Amount::Total(total) => {
            let share = |clicks_until: i64| -> i64 {
                (i128::from(total) * i128::from(clicks_until) / i128::from(clicks.max(1))) as i64
            };
            Amount::Total(share(until) - share(before))
        }
        each @ Amount::Cpc(_) => each,
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
            amount: amount(before, until),
            clicks: until - before,
        });
        before = until;
    }
    pieces
}

/// The piece in smaller ones. `hours` are its row's.
pub fn cut_again(row: &CostRow, piece: &Piece, hours: &[Hour], max_clicks: i64) -> Vec<Piece> {
    let Piece { from_ms, to_ms, amount, .. } = *piece;
    let part = CostRow { from_ms, to_ms, amount, ..row.clone() };
    let within = |hour: &&Hour| hour.from_ms + HOUR_MS > from_ms && hour.from_ms < to_ms;
    let hours: Vec<Hour> = hours.iter().filter(within).copied().collect();
    pieces(piece.row, &part, &hours, max_clicks)
}

/// A statement and its parameters.
#[derive(Default)]
pub struct Statement {
    pub sql: String,
    pub workspace: String,
    pub texts: Vec<(&'static str, Vec<String>)>,
    pub numbers: Vec<(&'static str, Vec<i64>)>,
    /// Values by row; none: any.
    pub filters: Vec<(String, Vec<Vec<String>>)>,
}

/// A row within a range.
struct Ranged<'r>(&'r CostRow, (i64, i64));

impl Statement {
    /// `FROM` and `WHERE` that pair clicks `c` with rows `u`, which are numbered in `slot` from 1. `more` are
    /// parameters of the rows beside those that say which clicks are meant.
    fn pairs(&mut self, workspace: &str, rows: &[Ranged<'_>], more: &[&str]) -> String {
        self.workspace = workspace.to_owned();
        self.texts.push(("campaign", rows.iter().map(|row| row.0.campaign_id.clone()).collect()));
        self.texts
            .push(("source", rows.iter().map(|row| row.0.source_id.clone().unwrap_or_default()).collect()));
        self.numbers.push(("since", rows.iter().map(|row| row.1.0).collect()));
        self.numbers.push(("until", rows.iter().map(|row| row.1.1).collect()));
        let mut columns = vec![
            ("campaign", "campaign:Array(String)".to_owned()),
            ("source", "source:Array(String)".to_owned()),
            ("since", "since:Array(Int64)".to_owned()),
            ("until", "until:Array(Int64)".to_owned()),
        ];
        columns.extend(more.iter().map(|name| {
            let kind = if *name == "money" { "String" } else { "Int64" };
            (*name, format!("{name}:Array({kind})"))
        }));
        let mut scanned = "c.workspace_id = {ws:String} AND c.campaign_id IN (SELECT arrayJoin({campaign:Array(String)})) \
             AND c.created_at >= fromUnixTimestamp64Milli(arrayMin({since:Array(Int64)})) \
             AND c.created_at < fromUnixTimestamp64Milli(arrayMax({until:Array(Int64)})) AND NOT c.is_second_step \
             AND (has({source:Array(String)}, '') OR has({source:Array(String)}, c.source_id))"
        .to_owned();
        let mut matched = "c.created_at >= fromUnixTimestamp64Milli(u.since) AND c.created_at < fromUnixTimestamp64Milli(u.until) \
             AND (u.source = '' OR c.source_id = u.source)"
            .to_owned();
        let mut names: Vec<&str> =
            rows.iter().flat_map(|row| &row.0.filters).map(|filter| &*filter.dimension).collect();
        names.sort_unstable();
        names.dedup();
        let mut lists = String::new();
        for (i, dimension) in names.into_iter().enumerate() {
            let of = |row: &Ranged<'_>| {
                let own = row.0.filters.iter().find(|filter| filter.dimension == dimension);
                own.map(|filter| filter.values.clone()).unwrap_or_default()
            };
            self.filters.push((format!("f{i}"), rows.iter().map(of).collect()));
            // A dimension that is no more filters everything out, and nothing is set that was not meant.
            let column = dimension::find(dimension).map_or("NULL", |dimension| dimension.of_click);
            let list = format!("{{f{i}:Array(Array(String))}}");
            scanned.push_str(&format!(
                " AND (arrayExists(values -> empty(values), {list}) OR has(arrayFlatten({list}), {column}))"
            ));
            matched.push_str(&format!(" AND (empty(u.f{i}) OR has(u.f{i}, {column}))"));
            lists.push_str(&format!(", {list}[slot] AS f{i}"));
        }
        let columns: String =
            columns.iter().map(|(name, typed)| format!(", {{{typed}}}[slot] AS {name}")).collect();
        format!(
            "FROM (SELECT *, intDiv(toUnixTimestamp64Milli(c.created_at), {DAY_MS}) AS on_day FROM click_events AS c FINAL \
             WHERE {scanned}) AS c \
             INNER JOIN (SELECT *, arrayJoin(range(intDiv(since, {DAY_MS}), intDiv(until - 1, {DAY_MS}) + 1)) AS on_day FROM (\
             SELECT arrayJoin(arrayEnumerate({{campaign:Array(String)}})) AS slot{columns}{lists})) AS u \
             ON c.campaign_id = u.campaign AND c.on_day = u.on_day WHERE {matched}"
        )
    }
}

/// Clicks by row (its place in `rows`) and hour.
pub fn count(workspace: &str, rows: &[&CostRow]) -> Statement {
    let mut statement = Statement::default();
    let ranged: Vec<Ranged<'_>> = rows.iter().map(|row| Ranged(row, (row.from_ms, row.to_ms))).collect();
    let pairs = statement.pairs(workspace, &ranged, &[]);
    statement.sql = format!(
        "SELECT toUInt32(u.slot - 1) AS part, toInt64(toUnixTimestamp(toStartOfHour(c.created_at, 'UTC'))) * 1000 AS hour, \
         toInt64(count()) AS clicks {pairs} GROUP BY part, hour"
    );
    statement
}

/// Writes clicks again with what they cost, each by its row's version. The pieces are all totals or all not.
pub fn correct(workspace: &str, pieces: &[(&CostRow, &Piece, u64)]) -> Statement {
    let mut statement = Statement::default();
    let ranged: Vec<Ranged<'_>> =
        pieces.iter().map(|(row, piece, _)| Ranged(row, (piece.from_ms, piece.to_ms))).collect();
    let pairs = statement.pairs(workspace, &ranged, &["units", "money", "version"]);
    let units = |piece: &Piece| match piece.amount {
        Amount::Total(units) | Amount::Cpc(units) => units,
    };
    statement.numbers.push(("units", pieces.iter().map(|(_, piece, _)| units(piece)).collect()));
    statement.numbers.push(("version", pieces.iter().map(|(_, _, version)| *version as i64).collect()));
    statement.texts.push(("money", pieces.iter().map(|(row, _, _)| row.currency.clone()).collect()));
    let all = "toInt64(count() OVER (PARTITION BY u.slot))";
    let order = "ORDER BY c.created_at, c.node_id, c.node_epoch, c.node_seq";
    let cost = match pieces.first().map(|(_, piece, _)| piece.amount) {
        Some(Amount::Total(_)) => format!(
            "intDiv(u.units, {all}) + toInt64(row_number() OVER (PARTITION BY u.slot {order}) <= u.units % {all})"
        ),
        _ => "u.units".to_owned(),
    };
    statement.sql = format!(
        "INSERT INTO click_events SELECT c.* EXCEPT (on_day) REPLACE (reinterpret(toInt64({cost}), 'Decimal64(6)') AS cost, \
         u.money AS currency, toUInt64(u.version) AS cost_version) {pairs}"
    );
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
        let total = row(Amount::Total(7), "x");
        let piece = |row: usize, amount| Piece { row, from_ms: 1, to_ms: 2, amount, clicks: 1 };
        let pieces = [piece(0, total.amount), piece(1, total.amount)];
        let statement = correct("w", &[(&total, &pieces[0], 257), (&total, &pieces[1], 513)]);
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
            let again: Vec<Piece> = pieces.iter().flat_map(|piece| cut_again(&row, piece, &hours, max / 3)).collect();
            prop_assert_eq!(again[0].from_ms, row.from_ms);
            prop_assert_eq!(again[again.len() - 1].to_ms, row.to_ms);
            prop_assert!(again.windows(2).all(|pair| pair[0].to_ms == pair[1].from_ms));
            prop_assert_eq!(again.iter().map(units).sum::<i64>(), total);
            prop_assert_eq!(again.iter().map(|piece| piece.clicks).sum::<i64>(), clicks.iter().sum::<i64>());
            let biggest = clicks.iter().max().copied().unwrap_or(0).max(max / 3);
            prop_assert!(again.iter().all(|piece| piece.clicks <= biggest));
            let each = super::pieces(3, &CostRow { amount: Amount::Cpc(5), ..row }, &hours, max);
            let ranges = |pieces: &[Piece]| pieces.iter().map(|p| (p.from_ms, p.to_ms)).collect::<Vec<_>>();
            prop_assert_eq!(ranges(&each), ranges(&pieces));
            prop_assert!(each.iter().all(|piece| piece.amount == Amount::Cpc(5)));
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
