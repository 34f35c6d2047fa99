//! The rates that the amounts of a period need, read once a request: all its statements convert alike, and none of
//! them looks at the table of rates.
//!
//! Days between which no rate changed are one day, so that there are fewer groups to convert.

use rust_decimal::Decimal;
use serde::Deserialize;
use traffoflex_model::{Currency, decimal_str};

use super::conversion::{self, JOINED, LOOKED_UP, Worth};
use crate::warehouse::{Warehouse, WarehouseError};

/// Rates in one statement. With more, statements join the table of rates, and each day is a day of its own.
const MAX_RATES: usize = 1000;
/// Days on which rates changed, in one statement.
const MAX_CHANGES: usize = 64;
const DAY_MS: i64 = 86_400_000;
const WORKSPACE: &str = "{ws:String}";
const BASE: &str = "{base:String}";

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
struct Rate {
    currency: Currency,
    /// Days since 1970-01-01. Before the earliest of its currency it holds as well.
    since: u32,
    #[serde(with = "decimal_str")]
    usd: Decimal,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PeriodRates {
    first_day: u32,
    /// By currency and day: the last that is not after the first day, and those after it.
    rates: Vec<Rate>,
}

impl PeriodRates {
    /// Of events from a moment on, UTC milliseconds. None: there are too many.
    pub async fn read(
        warehouse: &Warehouse,
        workspace: &str,
        from_ms: i64,
        limited: impl Fn(clickhouse::query::Query) -> clickhouse::query::Query,
    ) -> Result<Option<Self>, WarehouseError> {
        let first_day = from_ms.div_euclid(DAY_MS).max(0) as u32;
        let of = "FROM currency_rates FINAL WHERE workspace_id = {ws:String} AND NOT deleted";
        let sql = format!(
            "SELECT toString(currency) AS currency, toUInt32(date) AS since, toString(usd) AS usd {of} AND (date > toDate({{first:UInt32}}) \
             OR (currency, date) IN (SELECT currency, max(date) {of} AND date <= toDate({{first:UInt32}}) GROUP BY currency)) \
             ORDER BY currency, date LIMIT {}",
            MAX_RATES + 1
        );
        let query = warehouse.client().query_raw(&sql).param("ws", workspace).param("first", first_day);
        let rows = warehouse.rows(limited(query)).await?.into_iter();
        let rates: Vec<Rate> = rows.map(serde_json::from_value).collect::<Result<_, _>>()?;
        Ok(Self { first_day, rates }.within_limits())
    }

    fn within_limits(self) -> Option<Self> {
        (self.rates.len() <= MAX_RATES && self.changes().len() <= MAX_CHANGES).then_some(self)
    }

    /// Ascending.
    fn changes(&self) -> Vec<u32> {
        let after = self.rates.iter().map(|rate| rate.since).filter(|since| *since > self.first_day);
        let mut days: Vec<u32> = after.collect();
        days.sort_unstable();
        days.dedup();
        days
    }

    fn day(&self, currency: &str, at: &str) -> String {
        let changes = self.changes();
        let begins = std::iter::once(&self.first_day).chain(&changes);
        let (Some(last), mut parts) = (changes.last(), Vec::new()) else {
            return format!("toDate({})", self.first_day);
        };
        for (begin, end) in begins.zip(&changes) {
            let end_ms = i64::from(*end) * DAY_MS;
            parts.push(format!("{at} < fromUnixTimestamp64Milli(toInt64({end_ms})), toDate({begin})"));
        }
        let since = format!("multiIf({}, toDate({last}))", parts.join(", "));
        format!("if({currency} IN ('', {BASE}), toDate({}), {since})", self.first_day)
    }

    /// What a currency is worth on a day that [`Self::day`] has made, in US dollars; 0: no rate is known. Both are
    /// SQL, all else is codes and numbers of ours. `transform` knows no decimals, so it finds the place of one.
    fn usd(&self, currency: &str, day: &str) -> String {
        let on = |day: u32| {
            let worth = self.on(day);
            let codes: Vec<String> = worth.iter().map(|(code, _)| format!("'{code}'")).collect();
            let usd: String = worth.iter().map(|(_, usd)| format!("toDecimal128('{usd}', 12), ")).collect();
            let (codes, unknown) = (codes.join(","), worth.len() + 1);
            format!(
                "[{usd}toDecimal128(0, 12)][transform({currency}, [{codes}], range(1, {unknown}), toUInt64({unknown}))]"
            )
        };
        let changes = self.changes();
        let Some((last, before)) = changes.split_last() else { return on(self.first_day) };
        let begins = std::iter::once(&self.first_day).chain(before);
        let parts = begins.map(|begin| format!("{day} = toDate({begin}), {}", on(*begin)));
        format!("multiIf({}, {})", parts.collect::<Vec<_>>().join(", "), on(*last))
    }

    /// What each currency is worth on a day. The rates' own needs none.
    fn on(&self, day: u32) -> Vec<(Currency, Decimal)> {
        let mut worth = vec![(Currency::USD, Decimal::ONE)];
        for rates in self.rates.chunk_by(|a, b| a.currency == b.currency) {
            let holds = rates.iter().rev().find(|rate| rate.since <= day).unwrap_or(&rates[0]);
            if holds.currency != Currency::USD {
                worth.push((holds.currency, holds.usd));
            }
        }
        worth
    }
}

/// The day of an event's rate, as SQL; of a workspace `{ws:String}` whose currency is `{base:String}`.
pub fn day(rates: Option<&PeriodRates>, currency: &str, at: &str) -> String {
    rates.map_or_else(|| conversion::day(BASE, currency, at), |rates| rates.day(currency, at))
}

/// `FROM` of rows that were added up by [`conversion::CURRENCY_KEYS`], as `l`, and where in it is what their
/// currencies are worth.
pub fn joined(rates: Option<&PeriodRates>, added_up: &str) -> (String, &'static Worth) {
    let with_base = format!("SELECT *, {BASE} AS base_of");
    let Some(rates) = rates else {
        let table = conversion::rates_of(WORKSPACE);
        let from = format!(
            "FROM ({with_base} FROM ({added_up})) AS l \
             ASOF LEFT JOIN ({table}) AS r ON l.currency_of = r.currency AND l.rate_day >= r.since \
             ASOF LEFT JOIN ({table}) AS b ON l.base_of = b.currency AND l.rate_day >= b.since"
        );
        return (from, &JOINED);
    };
    let [of, base] = ["currency_of", "base_of"].map(|currency| rates.usd(currency, "rate_day"));
    let from = format!("FROM ({with_base}, {of} AS of_usd, {base} AS base_usd FROM ({added_up})) AS l");
    (from, &LOOKED_UP)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rates(of: &[(&str, u32, &str)]) -> PeriodRates {
        let rates = of.iter().map(|(currency, since, usd)| Rate {
            currency: currency.parse().unwrap(),
            since: *since,
            usd: usd.parse().unwrap(),
        });
        PeriodRates { first_day: 100, rates: rates.collect() }
    }

    #[test]
    fn days_without_a_change_are_one() {
        assert_eq!(rates(&[]).day("c", "at"), "toDate(100)");
        assert_eq!(rates(&[("EUR", 90, "1.1"), ("PLN", 100, "0.2")]).day("c", "at"), "toDate(100)");
        let changed =
            rates(&[("EUR", 90, "1.1"), ("EUR", 102, "1.2"), ("PLN", 101, "0.2"), ("PLN", 102, "0.3")]);
        assert_eq!(
            changed.day("c", "at"),
            "if(c IN ('', {base:String}), toDate(100), multiIf(\
             at < fromUnixTimestamp64Milli(toInt64(8726400000)), toDate(100), \
             at < fromUnixTimestamp64Milli(toInt64(8812800000)), toDate(101), toDate(102)))"
        );
    }

    #[test]
    fn the_earliest_of_a_currency_holds_before_it_as_well() {
        let rates = rates(&[("EUR", 90, "1.1"), ("EUR", 102, "1.2"), ("PLN", 101, "0.2"), ("USD", 90, "7")]);
        let on =
            |day: u32| rates.on(day).iter().map(|(code, usd)| format!("{code} {usd}")).collect::<Vec<_>>();
        assert_eq!(on(100), ["USD 1", "EUR 1.1", "PLN 0.2"]);
        assert_eq!(on(101), on(100));
        assert_eq!(on(102), ["USD 1", "EUR 1.2", "PLN 0.2"]);
    }

    #[test]
    fn a_rate_is_looked_up_by_currency_and_day() {
        let one = "[toDecimal128('1', 12), toDecimal128('1.1', 12), toDecimal128(0, 12)]\
                   [transform(c, ['USD','EUR'], range(1, 3), toUInt64(3))]";
        assert_eq!(rates(&[("EUR", 90, "1.1")]).usd("c", "d"), one);
        let two = rates(&[("EUR", 90, "1.1"), ("EUR", 105, "1.2")]).usd("c", "d");
        assert_eq!(two, format!("multiIf(d = toDate(100), {one}, {})", one.replace("1.1", "1.2")));
    }

    #[test]
    fn too_many_are_left_to_the_table() {
        let days: Vec<(&str, u32, &str)> = (0..65).map(|day| ("EUR", 101 + day, "1.1")).collect();
        assert!(rates(&days[..64]).within_limits().is_some());
        assert!(rates(&days).within_limits().is_none());
    }
}
