//! What a report counts: a closed list, in the order of the contract.
//!
//! `SUMS` add up the rows of a group (see `rows` for the columns), `RATIOS` combine sums. Amounts are in the
//! report's currency (see [`crate::money::conversion`]).
//!
//! - `clicks`, `unique_clicks` and `lp_views` are people's; what machines did is in `bots`. A landing page's
//!   second step is a click of the page (`lp_clicks`, once a visit), not one of the campaign.
//! - `cost` is what all clicks cost, bots' included, since it was paid for them too; second steps cost nothing.
//! - `conversions` are leads, sales and holds. `rejected` ones are counted apart, and those whose status no
//!   map knows nowhere.
//! - `revenue` is the payout of sales, `revenue_pending` that of leads and holds.
//! - `profit` = revenue - cost; `roi` = profit / cost, `cr` = conversions / clicks, `lp_ctr` = lp_clicks /
//!   lp_views, in percent; `epc` = revenue / clicks, `cpc` = cost / clicks, `cpa` = cost / conversions, rounded
//!   to 6 places, half away from zero. None of them where it would be divided by zero.

/// Name and SQL.
pub type Metric = (&'static str, &'static str);

/// A sum over rows; one of amounts is converted.
pub struct Sum {
    pub name: &'static str,
    /// Over the columns `is_click`, `is_bot`, `is_lp_view`, `is_lp_click`, `is_unique_click`,
    /// `is_duplicate_click`, `status`, `cost`, `payout`.
    pub sql: &'static str,
    pub is_money: bool,
}

const fn count(name: &'static str, sql: &'static str) -> Sum {
    Sum { name, sql, is_money: false }
}

const fn money(name: &'static str, sql: &'static str) -> Sum {
    Sum { name, sql, is_money: true }
}

/// A click is unique when its node saw the visitor (address and agent) for the first time on the campaign
/// within its window.
pub const SUMS: [Sum; 14] = [
    count("clicks", "sum(is_click)"),
    count("unique_clicks", "sum(is_unique_click)"),
    count("duplicate_clicks", "sum(is_duplicate_click)"),
    count("bots", "sum(is_bot)"),
    count("lp_views", "sum(is_lp_view)"),
    count("lp_clicks", "sum(is_lp_click)"),
    count("conversions", "countIf(status IN ('lead', 'sale', 'hold'))"),
    count("leads", "countIf(status = 'lead')"),
    count("sales", "countIf(status = 'sale')"),
    count("rejected", "countIf(status = 'rejected')"),
    count("holds", "countIf(status = 'hold')"),
    money("revenue", "sumIf(payout, status = 'sale')"),
    money("revenue_pending", "sumIf(payout, status IN ('lead', 'hold'))"),
    money("cost", "sum(cost)"),
];

/// Over the sums.
pub const RATIOS: [Metric; 7] = [
    ("profit", "revenue - cost"),
    ("roi", "if(cost = 0, NULL, round(toFloat64(revenue - cost) / toFloat64(cost) * 100, 4))"),
    ("lp_ctr", "if(lp_views = 0, NULL, round(lp_clicks / lp_views * 100, 4))"),
    ("cr", "if(clicks = 0, NULL, round(conversions / clicks * 100, 4))"),
    (
        "epc",
        "if(clicks = 0, NULL, toDecimal128(round(toDecimal256(revenue, 30) / greatest(clicks, 1), 6), 6))",
    ),
    ("cpc", "if(clicks = 0, NULL, toDecimal128(round(toDecimal256(cost, 30) / greatest(clicks, 1), 6), 6))"),
    (
        "cpa",
        "if(conversions = 0, NULL, toDecimal128(round(toDecimal256(cost, 30) / greatest(conversions, 1), 6), 6))",
    ),
];

pub fn is_metric(name: &str) -> bool {
    SUMS.iter().any(|sum| sum.name == name) || RATIOS.iter().any(|(metric, _)| *metric == name)
}
