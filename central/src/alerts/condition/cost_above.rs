//! More was spent than was meant to be. An amount in a currency without a rate is missing from it.

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
pub struct CostAbove {
    /// In the workspace's currency, a decimal string. Null for callers who see no amounts.
    #[serde(default, with = "optional_decimal")]
    #[schema(value_type = Option<String>)]
    pub amount: Option<Decimal>,
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

impl CostAbove {
    pub async fn check(&self, app: &WorkspaceApp, errors: &mut Errors) -> Result<(), ApiError> {
        earnings::check_amount(errors, "amount", self.amount);
        if let Err((field, error)) = earnings::window(self.window_hours, self.calendar_timezone.as_deref()) {
            errors.add(field, error);
        }
        check_campaign(app, errors, self.campaign_id.as_deref(), self.each_campaign).await
    }

    pub async fn measure(&self, scene: &Scene<'_>) -> Result<Vec<Reading>, MeasureError> {
        // Both were checked when it was saved.
        let window = earnings::window(self.window_hours, self.calendar_timezone.as_deref());
        let (Ok(window), Some(amount)) = (window, self.amount) else { return Ok(Vec::new()) };
        let scope = Scope { campaign_id: self.campaign_id.as_deref(), each_campaign: self.each_campaign };
        let currency = earnings::currency(scene).await;
        let found = earnings::earned(scene, scope, &window, &currency).await?;
        let reading = |(subject, earned): (_, earnings::Earned)| Reading {
            subject,
            holds: earned.cost > amount,
            values: vec![
                Measured::money("cost", earned.cost.normalize()),
                Measured::plain("currency", &currency),
                Measured::plain("missing_rates", earned.missing.join(",")),
            ],
        };
        Ok(found.into_iter().map(reading).collect())
    }
}
