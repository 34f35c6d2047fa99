//! The body of every error: `{"error":{"code","message","details":[{"field","error"}],"request_id","timestamp"}}`.

use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ErrorBody {
    pub error: ErrorFields,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ErrorFields {
    /// Stable, machine readable, snake case.
    pub code: String,
    pub message: String,
    /// One entry a field that is wrong.
    #[serde(default)]
    pub details: Vec<FieldError>,
    pub request_id: String,
    /// RFC 3339, UTC.
    pub timestamp: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FieldError {
    /// Path in the body or query, for example `streams[0].targets`.
    pub field: String,
    pub error: String,
}
