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

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
pub enum RedirectType {
    #[default]
    #[serde(rename = "http_302")]
    Http302,
}
