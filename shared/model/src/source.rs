//! A traffic source: who sends the clicks, is paid for them, and hears of their conversions.

use serde::{Deserialize, Serialize};

use crate::{ConversionStatus, SourceId, Status, WorkspaceId};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TrafficSource {
    pub id: SourceId,
    pub workspace_id: WorkspaceId,
    /// What a click may carry in `source` instead of the id. Unique in a workspace.
    pub slug: String,
    pub name: String,
    pub status: Status,
    /// Calls to the source when a conversion of one of its clicks is new or changes.
    #[serde(default)]
    pub postbacks: Vec<SourcePostback>,
}

/// A call to a traffic source, and when it is due.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct SourcePostback {
    /// Unique within the source; never given to another, since calls are remembered by it.
    pub id: String,
    pub name: String,
    pub status: Status,
    pub method: PostbackMethod,
    /// With macros after the host.
    pub url: String,
    /// With macros, for POST; JSON and form values are escaped for what `content_type` says.
    pub body: String,
    pub content_type: BodyType,
    /// Statuses that it is due on; empty: `sale`.
    pub statuses: Vec<ConversionStatus>,
    /// Event types that it is due on, in any case; empty: all.
    pub event_types: Vec<String>,
    /// Also when only the payout changes.
    pub on_payout_change: bool,
}

impl SourcePostback {
    /// Of a source.
    pub const MAX: usize = 20;
    pub const MAX_BODY_BYTES: usize = 4096;
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "UPPERCASE")]
pub enum PostbackMethod {
    #[default]
    Get,
    Post,
}

impl PostbackMethod {
    pub const ALL: [Self; 2] = [Self::Get, Self::Post];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum BodyType {
    #[default]
    Form,
    Json,
}

impl BodyType {
    pub const ALL: [Self; 2] = [Self::Form, Self::Json];

    pub fn mime(self) -> &'static str {
        match self {
            Self::Form => "application/x-www-form-urlencoded",
            Self::Json => "application/json",
        }
    }
}
