//! Reading what a client sent: JSON with the path of what is wrong, list parameters, patches.

use std::ops::RangeInclusive;

use axum::{
    body::Bytes,
    extract::{FromRequest, Request, rejection::BytesRejection},
};
use mongodb::bson::{Document, Regex, doc};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::Value;
use traffoflex_wire::error_body::FieldError;
use utoipa::IntoParams;

use crate::error::ApiError;

/// Largest body of an admin request, in bytes.
pub const MAX_ADMIN_BODY_BYTES: usize = 1 << 20;
pub const DEFAULT_LIMIT: i64 = 100;
pub const MAX_LIMIT: i64 = 500;
const MAX_SEARCH_LEN: usize = 100;
const DEFAULT_SORT: &str = "created_at";

/// A body as JSON; a type error names its path.
pub struct JsonBody(pub Value);

/// Likewise; no body is an empty object.
pub struct JsonBodyOrNone(pub Value);

impl<S: Send + Sync> FromRequest<S> for JsonBody {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        object(&bytes(request, state).await?).map(Self)
    }
}

impl<S: Send + Sync> FromRequest<S> for JsonBodyOrNone {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        let bytes = bytes(request, state).await?;
        object(if bytes.is_empty() { b"{}" } else { &bytes }).map(Self)
    }
}

async fn bytes<S: Send + Sync>(request: Request, state: &S) -> Result<Bytes, ApiError> {
    Bytes::from_request(request, state).await.map_err(|rejection| match rejection {
        BytesRejection::FailedToBufferBody(_) => ApiError::TooLarge { limit_bytes: MAX_ADMIN_BODY_BYTES },
        other => ApiError::field("body", other.body_text()),
    })
}

fn object(bytes: &[u8]) -> Result<Value, ApiError> {
    let value: Value = serde_json::from_slice(bytes)
        .map_err(|error| ApiError::field("body", format!("not JSON: {error}")))?;
    if !value.is_object() {
        return Err(ApiError::field("body", "expected a JSON object"));
    }
    Ok(value)
}

/// Reads a value into its type; the error names the path within it.
pub fn read<T: DeserializeOwned>(value: Value) -> Result<T, ApiError> {
    serde_path_to_error::deserialize(value).map_err(|error| ApiError::Validation(vec![located(&error)]))
}

/// The path of what could not be read, and what is wrong there.
pub fn located(error: &serde_path_to_error::Error<serde_json::Error>) -> FieldError {
    let message = error.inner().to_string();
    let path = error.path().to_string();
    // Serde reports a missing field at the object that should have it.
    let missing = message.strip_prefix("missing field `").and_then(|rest| rest.split('`').next());
    let field = match (path.as_str(), missing) {
        (".", Some(missing)) => missing.to_owned(),
        (".", None) => "body".to_owned(),
        (path, Some(missing)) => format!("{path}.{missing}"),
        (path, None) => path.to_owned(),
    };
    FieldError { field, error: if missing.is_some() { "required".to_owned() } else { message } }
}

/// Takes `revision` out of a body.
pub fn take_revision(body: &mut Value) -> Result<i64, ApiError> {
    let revision = body.as_object_mut().and_then(|object| object.remove("revision"));
    revision
        .and_then(|revision| revision.as_i64())
        .filter(|revision| *revision > 0)
        .ok_or_else(|| ApiError::field("revision", "the revision that was read, a positive integer"))
}

/// JSON Merge Patch (RFC 7386) of an object's own fields: `null` resets a field.
pub fn merge(target: &mut Value, patch: Value) {
    if let (Some(target), Value::Object(patch)) = (target.as_object_mut(), patch) {
        target.extend(patch);
    }
}

/// What every list of a resource takes.
#[derive(Debug, Default)]
pub struct ListParameters {
    pub limit: Option<String>,
    pub offset: Option<String>,
    pub status: Option<String>,
    pub q: Option<String>,
    pub sort: Option<String>,
    pub order: Option<String>,
}

/// Query parameters of a list: the ones of all lists, and its own.
pub trait ListQuery: DeserializeOwned + Send + Sync + 'static {
    /// Takes those of all lists out.
    fn common(&mut self) -> ListParameters;
}

/// Query parameters of a list, which are those of all lists and filters of its own.
macro_rules! list_query {
    ($(#[$about:meta])* $name:ident { $($(#[$doc:meta])* $field:ident: $shown:ty,)* }) => {
        $(#[$about])*
        #[derive(Debug, serde::Deserialize, utoipa::IntoParams)]
        #[serde(deny_unknown_fields)]
        #[into_params(parameter_in = Query)]
        pub struct $name {
            /// 1 to 500; 100 when missing.
            #[param(value_type = Option<i64>, minimum = 1, maximum = 500)]
            limit: Option<String>,
            /// How many to pass over.
            #[param(value_type = Option<i64>, minimum = 0, maximum = 2147483647)]
            offset: Option<String>,
            #[param(value_type = Option<traffoflex_model::Status>)]
            status: Option<String>,
            /// Part of a name, in any case; of a slug, host or URL where there is one.
            #[param(max_length = 100)]
            q: Option<String>,
            /// `name`, `created_at` (when missing) or `updated_at`; `position` for streams.
            sort: Option<String>,
            /// `asc` (when missing) or `desc`.
            order: Option<String>,
            $($(#[$doc])* #[param(value_type = Option<$shown>)] pub $field: Option<String>,)*
        }

        impl $crate::admin::input::ListQuery for $name {
            fn common(&mut self) -> $crate::admin::input::ListParameters {
                $crate::admin::input::ListParameters {
                    limit: self.limit.take(),
                    offset: self.offset.take(),
                    status: self.status.take(),
                    q: self.q.take(),
                    sort: self.sort.take(),
                    order: self.order.take(),
                }
            }
        }
    };
}

/// The page of a list that is neither searched nor sorted.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Paging {
    /// 1 to 500; 100 when missing.
    #[param(value_type = Option<i64>, minimum = 1, maximum = 500)]
    limit: Option<String>,
    /// How many to pass over.
    #[param(value_type = Option<i64>, minimum = 0, maximum = 2147483647)]
    offset: Option<String>,
}

impl Paging {
    /// Limit and offset.
    pub fn check(self) -> Result<(i64, u64), ApiError> {
        page(self.limit, self.offset)
    }
}

/// Limit and offset of a list.
pub fn page(limit: Option<String>, offset: Option<String>) -> Result<(i64, u64), ApiError> {
    let number = |name: &str, text: Option<String>, default: i64, range: RangeInclusive<i64>| match text {
        None => Ok(default),
        Some(text) => text.parse().ok().filter(|n| range.contains(n)).ok_or_else(|| {
            ApiError::field(name, format!("an integer from {} to {}", range.start(), range.end()))
        }),
    };
    let limit = number("limit", limit, DEFAULT_LIMIT, 1..=MAX_LIMIT)?;
    Ok((limit, number("offset", offset, 0, 0..=i64::from(i32::MAX))? as u64))
}

/// A checked list request.
pub struct ListRequest {
    pub filter: Document,
    pub sort: Document,
    pub limit: i64,
    pub offset: u64,
}

impl ListParameters {
    /// `sorted` are the names of fields for clients and in documents.
    pub fn check(
        self,
        workspace: &str,
        searched: &[&str],
        sorted: &[(&str, &str)],
    ) -> Result<ListRequest, ApiError> {
        let (limit, offset) = page(self.limit, self.offset)?;
        let mut filter = doc! { "workspace_id": workspace };
        if let Some(status) = self.status {
            if !["active", "paused", "archived"].contains(&status.as_str()) {
                return Err(ApiError::field("status", "active, paused or archived"));
            }
            filter.insert("status", status);
        }
        if let Some(q) = self.q.filter(|q| !q.is_empty()) {
            filter.extend(containing(&q, searched)?);
        }
        let direction = match self.order.as_deref() {
            None | Some("asc") => 1,
            Some("desc") => -1,
            Some(_) => return Err(ApiError::field("order", "asc or desc")),
        };
        let wanted = self.sort.as_deref().unwrap_or(DEFAULT_SORT);
        let Some((_, field)) = sorted.iter().find(|(name, _)| *name == wanted) else {
            let names: Vec<&str> = sorted.iter().map(|(name, _)| *name).collect();
            return Err(ApiError::field("sort", format!("one of {}", names.join(", "))));
        };
        let sort = doc! { *field: direction, "_id": direction };
        Ok(ListRequest { filter, sort, limit, offset })
    }
}

/// Documents with the text in one of the fields, in any case.
pub fn containing(text: &str, fields: &[&str]) -> Result<Document, ApiError> {
    if text.len() > MAX_SEARCH_LEN {
        return Err(ApiError::field("q", format!("at most {MAX_SEARCH_LEN} bytes")));
    }
    let pattern = matching(text)?;
    let any: Vec<Document> = fields.iter().map(|field| doc! { *field: pattern.clone() }).collect();
    Ok(doc! { "$or": any })
}

/// The text anywhere, in any case. A pattern of BSON ends at a NUL, and no name has a control character.
pub fn matching(text: &str) -> Result<Regex, ApiError> {
    if text.chars().any(char::is_control) {
        return Err(ApiError::field("q", "no control characters"));
    }
    Ok(Regex { pattern: literal(text), options: "i".into() })
}

/// The text as a pattern that matches itself.
fn literal(text: &str) -> String {
    let mut pattern = String::with_capacity(text.len() * 2);
    for c in text.chars() {
        if !c.is_alphanumeric() && c.is_ascii() {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn wrong_types_name_their_path() {
        #[derive(Debug, Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Outer {
            #[serde(rename = "streams")]
            _streams: Vec<Inner>,
        }
        #[derive(Debug, Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Inner {
            #[serde(rename = "position")]
            _position: u32,
        }
        let path = |value: Value| match read::<Outer>(value) {
            Err(ApiError::Validation(details)) => details[0].field.clone(),
            other => panic!("{other:?}"),
        };
        assert_eq!(path(json!({"streams": [{"position": 1}, {"position": "x"}]})), "streams[1].position");
        assert_eq!(path(json!({"streams": [{"position": 1, "nope": 1}]})), "streams[0].nope");
        assert_eq!(path(json!({"streams": [{"position": 1}, {}]})), "streams[1].position");
        assert_eq!(path(json!({})), "streams");
    }

    #[test]
    fn a_search_is_no_pattern() {
        assert!(containing("a\0", &["name"]).is_err() && containing("a\n", &["name"]).is_err());
        assert_eq!(literal("a.b*(c"), "a\\.b\\*\\(c");
    }
}
