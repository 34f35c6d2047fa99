//! Fewer conversions a click than before: the last `window_minutes` against the `baseline_minutes` before them.
//!
//! Clicks are people's, at their time; conversions (lead, sale, hold) count at the time of their first postback,
//! so that both windows have had as long to convert. A drop counts when it is at least `drop_percent` of the
//! baseline's rate and no noise: a one-sided two-proportion z test with the pooled rate, at 99 % ([`Z_99`]). Both
//! windows need `min_clicks`, and what has fewer is not measured. Nor is anything while a postback node may have
//! conversions that are not here yet ([`late_conversions`]): clicks come another way, and would look as if nobody
//! bought. A campaign that was just started, or whose
//! conversions come days later, needs windows to match.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    LIMITS, MAX_WINDOW_MINUTES, MeasureError, Measured, Reading, Scene, Subject, SubjectKind, campaign_names,
    check_campaign, check_minutes, late_conversions,
};
use crate::{access::WorkspaceApp, admin::validate::Errors, error::ApiError};

/// Of the standard normal distribution: one in a hundred lies above.
const Z_99: f64 = 2.326;
const MIN_MIN_CLICKS: u32 = 10;
const MAX_MIN_CLICKS: u32 = 100_000_000;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ConversionRateDrop {
    /// Null: all campaigns, together or each.
    #[serde(default)]
    pub campaign_id: Option<String>,
    /// Every campaign by itself.
    #[serde(default)]
    pub each_campaign: bool,
    pub window_minutes: u32,
    /// The time before the window that it is compared with.
    pub baseline_minutes: u32,
    /// In the window, and in the baseline.
    pub min_clicks: u32,
    /// Of the baseline's rate, 1 to 100.
    pub drop_percent: u32,
}

#[derive(Debug, Clone, Deserialize)]
struct Row {
    campaign: String,
    clicks: u64,
    clicks_before: u64,
    conversions: u64,
    conversions_before: u64,
}

impl ConversionRateDrop {
    pub async fn check(&self, app: &WorkspaceApp, errors: &mut Errors) -> Result<(), ApiError> {
        check_minutes(errors, "window_minutes", self.window_minutes);
        check_minutes(errors, "baseline_minutes", self.baseline_minutes);
        if self.window_minutes.saturating_add(self.baseline_minutes) > MAX_WINDOW_MINUTES {
            errors.add_once("baseline_minutes", format!("with the window at most {MAX_WINDOW_MINUTES}"));
        }
        if !(MIN_MIN_CLICKS..=MAX_MIN_CLICKS).contains(&self.min_clicks) {
            errors.add("min_clicks", format!("{MIN_MIN_CLICKS} to {MAX_MIN_CLICKS}"));
        }
        if !(1..=100).contains(&self.drop_percent) {
            errors.add("drop_percent", "1 to 100");
        }
        check_campaign(app, errors, self.campaign_id.as_deref(), self.each_campaign).await
    }

    pub async fn measure(&self, scene: &Scene<'_>) -> Result<Vec<Reading>, MeasureError> {
        let by_campaign = self.each_campaign || self.campaign_id.is_some();
        let window_ms = i64::from(self.window_minutes) * 60_000;
        let baseline_ms = i64::from(self.baseline_minutes) * 60_000;
        late_conversions::check(scene, window_ms, baseline_ms).await?;
        let middle_ms = scene.now_ms - window_ms;
        let mut query = scene
            .app
            .warehouse
            .client()
            .query_raw(&sql(by_campaign))
            .param("ws", scene.workspace_id)
            .param("campaign", self.campaign_id.as_deref().unwrap_or_default())
            .param("from", middle_ms - baseline_ms)
            .param("middle", middle_ms)
            .param("to", scene.now_ms);
        for (name, value) in LIMITS {
            query = query.with_setting(name, value);
        }
        let names = campaign_names(scene).await;
        let mut readings = Vec::new();
        for row in scene.app.warehouse.rows(query).await? {
            let row: Row = serde_json::from_value(row).map_err(crate::warehouse::WarehouseError::from)?;
            let min_clicks = u64::from(self.min_clicks);
            if row.clicks < min_clicks || row.clicks_before < min_clicks {
                continue;
            }
            let subject = match by_campaign {
                true => {
                    // Deleted meanwhile.
                    let Some(name) = names.get(&row.campaign) else { continue };
                    Subject::of(SubjectKind::Campaign, &row.campaign, name)
                }
                false => Subject::of(SubjectKind::Workspace, scene.workspace_id, ""),
            };
            readings.push(self.reading(subject, &row));
        }
        Ok(readings)
    }

    fn reading(&self, subject: Subject, row: &Row) -> Reading {
        let Comparison { rate, before, drop, z } = compare(row);
        let percent = |share: f64| format!("{:.4}", share * 100.0);
        Reading {
            subject,
            holds: z >= Z_99 && drop * 100.0 >= f64::from(self.drop_percent),
            values: vec![
                Measured::plain("clicks", row.clicks),
                Measured::plain("conversions", row.conversions),
                Measured::plain("cr", percent(rate)),
                Measured::plain("clicks_before", row.clicks_before),
                Measured::plain("conversions_before", row.conversions_before),
                Measured::plain("cr_before", percent(before)),
                Measured::plain("drop_percent", percent(drop)),
                Measured::plain("z", format!("{z:.3}")),
            ],
        }
    }
}

struct Comparison {
    rate: f64,
    before: f64,
    /// A share of `before`.
    drop: f64,
    z: f64,
}

fn compare(row: &Row) -> Comparison {
    // Later conversions of earlier clicks may be more than the clicks of a window.
    let share = |conversions: u64, clicks: u64| (conversions as f64 / clicks.max(1) as f64).min(1.0);
    let (rate, before) =
        (share(row.conversions, row.clicks), share(row.conversions_before, row.clicks_before));
    let pooled = share(row.conversions + row.conversions_before, row.clicks + row.clicks_before);
    let each = 1.0 / row.clicks.max(1) as f64 + 1.0 / row.clicks_before.max(1) as f64;
    let deviation = (pooled * (1.0 - pooled) * each).sqrt();
    Comparison {
        rate,
        before,
        drop: if before > 0.0 { (before - rate) / before } else { 0.0 },
        z: if deviation > 0.0 { (before - rate) / deviation } else { 0.0 },
    }
}

fn sql(by_campaign: bool) -> String {
    let campaign = if by_campaign { "toString(campaign_id)" } else { "''" };
    let of = "workspace_id = {ws:String} AND created_at >= fromUnixTimestamp64Milli({from:Int64}) \
              AND created_at < fromUnixTimestamp64Milli({to:Int64}) AND campaign_id != '' \
              AND ({campaign:String} = '' OR campaign_id = {campaign:String})";
    let now = "created_at >= fromUnixTimestamp64Milli({middle:Int64})";
    format!(
        "SELECT campaign, sum(a) AS clicks, sum(b) AS clicks_before, sum(c) AS conversions, sum(d) AS conversions_before \
         FROM (SELECT {campaign} AS campaign, countIf({now}) AS a, countIf(NOT {now}) AS b, 0 AS c, 0 AS d \
         FROM click_events FINAL WHERE {of} AND NOT is_bot AND NOT is_second_step GROUP BY campaign \
         UNION ALL SELECT {campaign} AS campaign, 0, 0, countIf({now}), countIf(NOT {now}) \
         FROM conversion_events FINAL WHERE {of} AND status IN ('lead', 'sale', 'hold') GROUP BY campaign) \
         GROUP BY campaign ORDER BY campaign"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holds(drop_percent: u32, now: (u64, u64), before: (u64, u64)) -> bool {
        let condition = ConversionRateDrop {
            campaign_id: None,
            each_campaign: false,
            window_minutes: 60,
            baseline_minutes: 600,
            min_clicks: 10,
            drop_percent,
        };
        let row = Row {
            campaign: String::new(),
            clicks: now.1,
            conversions: now.0,
            clicks_before: before.1,
            conversions_before: before.0,
        };
        condition.reading(Subject::of(SubjectKind::Workspace, "w", ""), &row).holds
    }

    #[test]
    fn noise_is_no_drop() {
        // Half the rate, of 2 conversions: nobody can tell.
        assert!(!holds(30, (1, 100), (20, 1000)));
        // The same shares of a hundred times as many clicks.
        assert!(holds(30, (100, 10_000), (2000, 100_000)));
    }

    #[test]
    fn a_drop_is_as_large_as_was_asked() {
        // 2 % to 1.6 %: a fifth, and no noise.
        assert!(holds(20, (1600, 100_000), (20_000, 1_000_000)));
        assert!(!holds(30, (1600, 100_000), (20_000, 1_000_000)));
    }

    #[test]
    fn a_rise_and_nothing_at_all_are_no_drop() {
        assert!(!holds(1, (900, 10_000), (200, 10_000)));
        assert!(!holds(1, (0, 10_000), (0, 10_000)));
        assert!(holds(100, (0, 1000), (20, 1000)));
        // More conversions than clicks.
        assert!(!holds(1, (30, 10), (40, 10)));
    }
}
