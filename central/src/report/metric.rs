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
//!   lp_views, `approval_rate` = sales / (sales + rejected), in percent; `epc` = revenue / clicks, `cpc` = cost /
//!   clicks, `cpa` = cost / conversions, `cpl` = cost / leads, `cps` = cost / sales, `profit_per_click` = profit /
//!   clicks, rounded to 6 places, half away from zero. None of them where it would be divided by zero.

use serde::Serialize;
use utoipa::ToSchema;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    Count,
    /// A decimal string in the report's currency.
    Money,
    Percent,
}

/// A sum over rows; one of amounts is converted.
pub struct Sum {
    pub name: &'static str,
    pub title: &'static str,
    pub of: Of,
    pub is_money: bool,
}

/// A sum is of clicks or of conversions, never of both.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Of {
    /// A column of rows of clicks, which are added up already.
    Clicks(&'static str),
    /// Over the columns `status` and `payout` of rows of conversions.
    Conversions(&'static str),
}

/// Of sums.
pub struct Ratio {
    pub name: &'static str,
    pub title: &'static str,
    pub unit: Unit,
    /// It tells of amounts: not for those who must not see any.
    pub is_money: bool,
    /// Over the names of sums and of ratios before it, each with `{p}` in front.
    sql: &'static str,
}

impl Ratio {
    /// Over columns whose names begin with `prefix`.
    pub fn sql(&self, prefix: &str) -> String {
        self.sql.replace("{p}", prefix)
    }
}

const fn count(name: &'static str, title: &'static str, of: Of) -> Sum {
    Sum { name, title, of, is_money: false }
}

const fn money(name: &'static str, title: &'static str, of: Of) -> Sum {
    Sum { name, title, of, is_money: true }
}

/// A click is unique when its node saw the visitor (address and agent) for the first time on the campaign
/// within its window.
pub const SUMS: [Sum; 14] = [
    count("clicks", "Clicks", Of::Clicks("is_click")),
    count("unique_clicks", "Unique clicks", Of::Clicks("is_unique_click")),
    count("duplicate_clicks", "Duplicate clicks", Of::Clicks("is_duplicate_click")),
    count("bots", "Bots", Of::Clicks("is_bot_click")),
    count("lp_views", "LP views", Of::Clicks("is_lp_view")),
    count("lp_clicks", "LP clicks", Of::Clicks("is_lp_click")),
    count("conversions", "Conversions", Of::Conversions("countIf(status IN ('lead', 'sale', 'hold'))")),
    count("leads", "Leads", Of::Conversions("countIf(status = 'lead')")),
    count("sales", "Sales", Of::Conversions("countIf(status = 'sale')")),
    count("rejected", "Rejected", Of::Conversions("countIf(status = 'rejected')")),
    count("holds", "Holds", Of::Conversions("countIf(status = 'hold')")),
    money("revenue", "Revenue", Of::Conversions("sumIf(payout, status = 'sale')")),
    money("revenue_pending", "Pending revenue", Of::Conversions("sumIf(payout, status IN ('lead', 'hold'))")),
    money("cost", "Cost", Of::Clicks("cost")),
];

const fn percent(name: &'static str, title: &'static str, sql: &'static str) -> Ratio {
    Ratio { name, title, unit: Unit::Percent, is_money: false, sql }
}

const fn amount(name: &'static str, title: &'static str, sql: &'static str) -> Ratio {
    Ratio { name, title, unit: Unit::Money, is_money: true, sql }
}

macro_rules! amount_per {
    ($amount:literal, $count:literal) => {
        concat!(
            "if({p}",
            $count,
            " = 0, NULL, toDecimal128(round(toDecimal256({p}",
            $amount,
            ", 30) / greatest({p}",
            $count,
            ", 1), 6), 6))"
        )
    };
}

macro_rules! percent_of {
    ($part:literal, $whole:literal) => {
        concat!("if({p}", $whole, " = 0, NULL, round({p}", $part, " / {p}", $whole, " * 100, 4))")
    };
}

pub const RATIOS: [Ratio; 11] = [
    amount("profit", "Profit", "{p}revenue - {p}cost"),
    Ratio {
        name: "roi",
        title: "ROI",
        unit: Unit::Percent,
        is_money: true,
        sql: "if({p}cost = 0, NULL, round(toFloat64({p}revenue - {p}cost) / toFloat64({p}cost) * 100, 4))",
    },
    percent("lp_ctr", "LP CTR", percent_of!("lp_clicks", "lp_views")),
    percent("cr", "CR", percent_of!("conversions", "clicks")),
    amount("epc", "EPC", amount_per!("revenue", "clicks")),
    amount("cpc", "CPC", amount_per!("cost", "clicks")),
    amount("cpa", "CPA", amount_per!("cost", "conversions")),
    amount("cpl", "CPL", amount_per!("cost", "leads")),
    amount("cps", "CPS", amount_per!("cost", "sales")),
    amount("profit_per_click", "Profit per click", amount_per!("profit", "clicks")),
    percent(
        "approval_rate",
        "Approval rate",
        "if({p}sales + {p}rejected = 0, NULL, round({p}sales / ({p}sales + {p}rejected) * 100, 4))",
    ),
];

/// What is said of a metric to those who pick one.
#[derive(Debug, Clone, Copy)]
pub struct Metric {
    pub name: &'static str,
    pub title: &'static str,
    pub unit: Unit,
    /// It tells of amounts: not for those who must not see any.
    pub is_money: bool,
}

/// All of them, in the order of answers.
pub fn all() -> impl Iterator<Item = Metric> {
    let sums = SUMS.iter().map(|Sum { name, title, is_money, .. }| Metric {
        name,
        title,
        unit: if *is_money { Unit::Money } else { Unit::Count },
        is_money: *is_money,
    });
    let ratios = RATIOS.iter().map(|Ratio { name, title, unit, is_money, .. }| Metric {
        name,
        title,
        unit: *unit,
        is_money: *is_money,
    });
    sums.chain(ratios)
}

pub fn find(name: &str) -> Option<Metric> {
    all().find(|metric| metric.name == name)
}
