//! A destination: the only thing a click can ever be redirected to.

use serde::{Deserialize, Serialize};

use crate::{Cap, DestinationId, GeoRule, Schedule, Status, WorkspaceId};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Destination {
    pub id: DestinationId,
    pub workspace_id: WorkspaceId,
    pub name: String,
    pub kind: DestinationKind,
    /// An http or https URL with macros, for example `https://offer.example/?c={click_id}`.
    pub url: String,
    pub status: Status,
    pub redirect: RedirectType,
    /// Sent as `Referrer-Policy` with the redirect; none sends no such header.
    pub referrer_policy: Option<String>,
    /// When it takes traffic; none: always.
    #[serde(default)]
    pub schedule: Option<Schedule>,
    #[serde(default)]
    pub caps: Vec<Cap>,
    #[serde(default)]
    pub geo: GeoRule,
    /// Device types it takes; none: all.
    #[serde(default)]
    pub device_types: Vec<String>,
    #[serde(default)]
    pub health_check: HealthCheck,
}

/// Whether nodes probe the destination, and where.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(default, deny_unknown_fields)]
pub struct HealthCheck {
    pub enabled: bool,
    /// Probed instead of the destination's URL without its macros.
    pub url: Option<String>,
}

/// What is known of a destination's health.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Health {
    Healthy,
    /// Failing, not often enough in a row to be skipped.
    Degraded,
    /// Skipped.
    Unhealthy,
    #[default]
    Unknown,
}

impl Health {
    pub const ALL: [Self; 4] = [Self::Healthy, Self::Degraded, Self::Unhealthy, Self::Unknown];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Healthy => "healthy",
            Self::Degraded => "degraded",
            Self::Unhealthy => "unhealthy",
            Self::Unknown => "unknown",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum DestinationKind {
    #[default]
    Url,
    Landing,
    Offer,
    SafePage,
    Trafficback,
    Fallback,
}

impl DestinationKind {
    pub const ALL: [Self; 6] =
        [Self::Url, Self::Landing, Self::Offer, Self::SafePage, Self::Trafficback, Self::Fallback];
}

/// How a visitor is sent on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum RedirectType {
    /// `302` with `Location`.
    #[default]
    #[serde(rename = "http_302")]
    Http302,
    /// A page that refreshes to the destination at once.
    MetaRefresh,
    /// A page whose script replaces it by the destination; a link where scripts are off.
    Javascript,
    /// A page that says where it leads and goes there after two seconds, or at a click.
    Interstitial,
}

impl RedirectType {
    pub const ALL: [Self; 4] = [Self::Http302, Self::MetaRefresh, Self::Javascript, Self::Interstitial];
}
