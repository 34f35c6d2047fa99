//! Limits on what a destination takes in a window of time.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::{DestinationId, decimal_str};

/// Exactly one of the two windows is set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Cap {
    pub metric: CapMetric,
    /// A whole number for `clicks` and `conversions`; an amount for `cost` and `revenue`, in whatever
    /// currencies the clicks have.
    #[serde(with = "decimal_str")]
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub limit: Decimal,
    /// A rolling window of so many hours.
    #[serde(default)]
    pub window_hours: Option<u32>,
    /// The calendar day in this IANA time zone.
    #[serde(default)]
    pub calendar_timezone: Option<String>,
    /// Takes the clicks instead while the cap is reached.
    #[serde(default)]
    pub redirect_destination_id: Option<DestinationId>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum CapMetric {
    Clicks,
    Cost,
    Conversions,
    Revenue,
}

impl CapMetric {
    pub const ALL: [Self; 4] = [Self::Clicks, Self::Cost, Self::Conversions, Self::Revenue];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Clicks => "clicks",
            Self::Cost => "cost",
            Self::Conversions => "conversions",
            Self::Revenue => "revenue",
        }
    }

    /// Spent by nodes out of leases; the others are measured at central.
    pub fn is_leased(self) -> bool {
        matches!(self, Self::Clicks | Self::Cost)
    }
}

impl Cap {
    /// On one destination.
    pub const MAX: usize = 16;
    /// A year.
    pub const MAX_WINDOW_HOURS: u32 = 24 * 366;
    /// Units of leases and usage: a click or conversion is this many, money is in millionths.
    pub const SCALE: i64 = 1_000_000;

    /// Names the cap within its destination: what is used stays used when only the limit changes.
    pub fn key(&self) -> String {
        let metric = self.metric.as_str();
        match (&self.window_hours, &self.calendar_timezone) {
            (Some(hours), _) => format!("{metric}:{hours}h"),
            (None, Some(timezone)) => format!("{metric}:day:{timezone}"),
            (None, None) => format!("{metric}:"),
        }
    }

    /// The limit in [`Cap::SCALE`]ths; what is beyond the range is the range's end.
    pub fn limit_units(&self) -> i64 {
        units(self.limit)
    }
}

/// An amount in millionths, rounded up; what is beyond the range is the range's end.
pub fn units(amount: Decimal) -> i64 {
    let scaled = amount.checked_mul(Decimal::from(Cap::SCALE)).map(|scaled| scaled.ceil());
    let end = if amount.is_sign_negative() { i64::MIN } else { i64::MAX };
    scaled.and_then(|scaled| i64::try_from(scaled).ok()).unwrap_or(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cap_is_named_by_metric_and_window() {
        let json = r#"{"metric":"clicks","limit":"1000","window_hours":24}"#;
        let cap: Cap = serde_json::from_str(json).unwrap();
        assert_eq!((cap.key().as_str(), cap.limit_units()), ("clicks:24h", 1_000_000_000));
        let json = r#"{"metric":"cost","limit":"0.0000001","calendar_timezone":"Europe/Berlin"}"#;
        let cap: Cap = serde_json::from_str(json).unwrap();
        assert_eq!((cap.key().as_str(), cap.limit_units()), ("cost:day:Europe/Berlin", 1));
        assert_eq!(units(Decimal::MAX), i64::MAX);
    }
}
