//! What a report counts: a closed list, in the order of the contract.
//!
//! `SUMS` aggregate the rows of a group (see `compile` for the columns), `RATIOS` combine sums.

/// Name and SQL.
pub type Metric = (&'static str, &'static str);

/// Over the columns `is_click`, `is_bot`, `is_lp_view`, `is_lp_click`, `is_unique_click`, `is_duplicate_click`,
/// `status`, `cost`, `payout`. A click is unique when its node saw the visitor (address and agent) for the
/// first time on the campaign within its window. A landing page's second step is a click of the page, once a visit, not
/// one of the campaign.
pub const SUMS: [Metric; 12] = [
    ("clicks", "sum(is_click)"),
    ("unique_clicks", "sum(is_unique_click)"),
    ("duplicate_clicks", "sum(is_duplicate_click)"),
    ("bots", "sum(is_bot)"),
    ("lp_views", "sum(is_lp_view)"),
    ("lp_clicks", "sum(is_lp_click)"),
    ("conversions", "countIf(status IN ('lead', 'sale', 'hold'))"),
    ("leads", "countIf(status = 'lead')"),
    ("sales", "countIf(status = 'sale')"),
    ("rejected", "countIf(status = 'rejected')"),
    ("revenue", "sumIf(payout, status = 'sale')"),
    ("cost", "sum(cost)"),
];

/// Over the sums.
pub const RATIOS: [Metric; 7] = [
    ("profit", "revenue - cost"),
    ("roi", "if(cost = 0, NULL, round(toFloat64(revenue - cost) / toFloat64(cost) * 100, 4))"),
    ("lp_ctr", "if(lp_views = 0, NULL, round(lp_clicks / lp_views * 100, 4))"),
    ("cr", "if(clicks = 0, NULL, round(conversions / clicks * 100, 4))"),
    ("epc", "if(clicks = 0, NULL, toDecimal64(revenue / greatest(clicks, 1), 6))"),
    ("cpc", "if(clicks = 0, NULL, toDecimal64(cost / greatest(clicks, 1), 6))"),
    ("cpa", "if(conversions = 0, NULL, toDecimal64(cost / greatest(conversions, 1), 6))"),
];

pub fn is_metric(name: &str) -> bool {
    SUMS.iter().chain(&RATIOS).any(|(metric, _)| *metric == name)
}
