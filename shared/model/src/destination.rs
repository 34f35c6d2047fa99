//! A destination: the only thing a click can ever be redirected to.

use serde::{Deserialize, Serialize};

use crate::{DestinationId, Status, WorkspaceId};

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
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
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

/// How a visitor is sent on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
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
