//! SQL that adds amounts of several currencies. Pure.
//!
//! An amount is worth what the latest rate with a date on or before the event's UTC day says, the earliest
//! if none is that old; the day of a conversion is that of its first postback. Rows are added up by
//! currency and day first, so that there is one conversion a sum and not one a row. All of it is in
//! decimals: each sum is multiplied by its currency's rate and divided by the other's with 30 places, the
//! results are added, and the total is rounded to 6 places, half away from zero. It is rounded to 18 places
//! before, so that what the divisions cut off decides no half: thirds that add up to a half are one. An amount
//! that names no currency is in the one asked for. What has no rate is left out of the total and named.

/// Of a day's rates: the earliest holds for all time before it as well.
const RATES: &str = "SELECT toString(workspace_id) AS workspace_id, toString(currency) AS currency, \
     if(date = min(date) OVER (PARTITION BY workspace_id, currency), toDate(0), date) AS since, usd \
     FROM currency_rates FINAL WHERE NOT deleted";

/// Of one workspace.
pub fn rates_of(workspace: &str) -> String {
    format!("{RATES} AND workspace_id = {workspace}")
}

/// What the currency of an amount and the one it is converted to are worth in US dollars: SQL over `l`, 0 where
/// no rate is known.
pub struct Worth {
    of: &'static str,
    base: &'static str,
}

/// Of [`joined`]. The rates' own currency needs none.
pub const JOINED: Worth = Worth {
    of: "if(l.currency_of = 'USD', toDecimal128(1, 12), r.usd)",
    base: "if(l.base_of = 'USD', toDecimal128(1, 12), b.usd)",
};
/// Of rows that have it themselves.
pub const LOOKED_UP: Worth = Worth { of: "l.of_usd", base: "l.base_usd" };

/// The day of an event's rate. What needs no rate needs no day either, so that reports in one currency have no
/// more groups than without. All are SQL.
pub fn day(base: &str, currency: &str, at: &str) -> String {
    format!("if({currency} IN ('', {base}), toDate(0), toDate({at}, 'UTC'))")
}

/// The columns of a row by which it must be added up before [`joined`]: `ws_of`, `base_of`,
/// `currency_of` and `rate_day`. All are SQL; `at` is the time of the event.
pub fn keys(workspace: &str, base: &str, currency: &str, at: &str) -> String {
    keys_of_day(workspace, base, currency, &day(base, currency, at))
}

fn keys_of_day(workspace: &str, base: &str, currency: &str, day: &str) -> String {
    format!("{workspace} AS ws_of, {base} AS base_of, {}", keys_of_currency(base, currency, day))
}

/// Where all rows are of one workspace.
pub fn keys_of_currency(base: &str, currency: &str, day: &str) -> String {
    format!("if({currency} = '', {base}, toString({currency})) AS currency_of, {day} AS rate_day")
}

pub const KEYS: &str = "ws_of, base_of, currency_of, rate_day";
/// Of [`keys_of_currency`].
pub const CURRENCY_KEYS: &str = "currency_of, rate_day";

/// `FROM` of rows that were added up by [`KEYS`], as `l`, with the rates that they need.
pub fn joined(added_up: &str) -> String {
    format!(
        "FROM ({added_up}) AS l \
         ASOF LEFT JOIN ({RATES}) AS r ON l.ws_of = r.workspace_id AND l.currency_of = r.currency AND l.rate_day >= r.since \
         ASOF LEFT JOIN ({RATES}) AS b ON l.ws_of = b.workspace_id AND l.base_of = b.currency AND l.rate_day >= b.since"
    )
}

impl Worth {
    /// The sum of a column of `l` in the currency `base_of`.
    pub fn sum(&self, column: &str) -> String {
        let Self { of, base } = self;
        format!(
            "toDecimal128(round(round(sum(multiIf(l.currency_of = l.base_of, toDecimal256(l.{column}, 30), \
             {of} = 0 OR {base} = 0, toDecimal256(0, 30), \
             toDecimal256(l.{column}, 18) * {of} / if({base} = 0, toDecimal128(1, 12), {base}))), 18), 6), 6)"
        )
    }

    /// The currencies without a rate that keep some of these columns from being whole.
    pub fn missing(&self, columns: &[&str]) -> String {
        let Self { of, base } = self;
        let some: Vec<String> = columns.iter().map(|column| format!("l.{column} != 0")).collect();
        let needed = format!("l.currency_of != l.base_of AND ({})", some.join(" OR "));
        format!(
            "arraySort(groupUniqArrayArray(arrayFilter(code -> code != '', \
             [if({needed} AND {of} = 0, l.currency_of, ''), if({needed} AND {base} = 0, l.base_of, '')])))"
        )
    }
}
