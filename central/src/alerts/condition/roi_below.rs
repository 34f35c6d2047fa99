//! Money is being lost: the return on what was spent, (revenue - cost) / cost in percent, is below a limit, of at
//! least `min_cost`. While a currency has no rate the return is not known, and nothing is measured.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use traffoflex_model::optional_decimal;
use utoipa::ToSchema;

use super::{
    MeasureError, Measured, Reading, Scene, check_campaign,
    earnings::{self, Scope},
};
use crate::{access::WorkspaceApp, admin::validate::Errors, error::ApiError};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RoiBelow {
    /// A decimal string, -100 to 100000. Null for callers who see no amounts.
    #[serde(default, with = "optional_decimal")]
    #[schema(value_type = Option<String>)]
    pub roi_percent: Option<Decimal>,
    /// In the workspace's currency, above 0. Null for callers who see no amounts.
    #[serde(default, with = "optional_decimal")]
    #[schema(value_type = Option<String>)]
    pub min_cost: Option<Decimal>,
    /// Of the last so many hours; either this or `calendar_timezone`.
    #[serde(default)]
    pub window_hours: Option<u32>,
    /// Of the calendar day there.
    #[serde(default)]
    pub calendar_timezone: Option<String>,
    /// Null: all campaigns, together or each.
    #[serde(default)]
    pub campaign_id: Option<String>,
    /// Every campaign by itself.
    #[serde(default)]
    pub each_campaign: bool,
}

impl RoiBelow {
    pub async fn check(&self, app: &WorkspaceApp, errors: &mut Errors) -> Result<(), ApiError> {
        earnings::check_amount(errors, "min_cost", self.min_cost);
        if self.min_cost.is_some_and(|cost| cost.is_zero()) {
            errors.add("min_cost", "above 0");
        }
        match self.roi_percent {
            None => errors.add("roi_percent", "required"),
            Some(roi) if roi < Decimal::from(-100) || roi > Decimal::from(100_000) => {
                errors.add("roi_percent", "-100 to 100000");
            }
            Some(_) => {}
        }
        if let Err((field, error)) = earnings::window(self.window_hours, self.calendar_timezone.as_deref()) {
            errors.add(field, error);
        }
        check_campaign(app, errors, self.campaign_id.as_deref(), self.each_campaign).await
    }

    pub async fn measure(&self, scene: &Scene<'_>) -> Result<Vec<Reading>, MeasureError> {
        // All were checked when it was saved.
        let window = earnings::window(self.window_hours, self.calendar_timezone.as_deref());
        let (Ok(window), Some(limit), Some(min_cost)) = (window, self.roi_percent, self.min_cost) else {
            return Ok(Vec::new());
        };
        let scope = Scope { campaign_id: self.campaign_id.as_deref(), each_campaign: self.each_campaign };
        let currency = earnings::currency(scene).await;
        let found = earnings::earned(scene, scope, &window, &currency).await?;
        let known = found.into_iter().filter(|(_, earned)| earned.missing.is_empty());
        let readings = known.filter_map(|(subject, earned)| {
            let enough = earned.cost >= min_cost && !earned.cost.is_zero();
            let roi =
                (earned.revenue - earned.cost).checked_mul(Decimal::ONE_HUNDRED)?.checked_div(earned.cost);
            let shown = roi.map(|roi| roi.round_dp(4).normalize().to_string());
            Some(Reading {
                subject,
                holds: enough && roi.is_some_and(|roi| roi < limit),
                values: vec![
                    Measured::money("cost", earned.cost.normalize()),
                    Measured::money("revenue", earned.revenue.normalize()),
                    Measured { name: "roi".into(), value: shown, is_money: true },
                    Measured::plain("currency", &currency),
                ],
            })
        });
        Ok(readings.collect())
    }
}
