//! What comes to `/internal/`, and the contract's error body for what cannot be used.

use axum::{
    body::Bytes,
    extract::{
        Query,
        rejection::{BytesRejection, QueryRejection},
    },
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde::de::DeserializeOwned;
use traffoflex_telemetry::RequestId;
use traffoflex_wire::error_body::FieldError;

use crate::error::{self, EdgeError};

/// Entries of a list, unless another number is asked for.
pub const DEFAULT_LIMIT: usize = 100;
pub const MAX_LIMIT: usize = 500;
/// Names the whole of a body, where no field of it is meant.
const BODY: &str = "body";

/// An answer that is an error: small, where results are handed on.
pub struct Refusal(Box<Response>);

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        *self.0
    }
}

impl Refusal {
    pub fn of(error: EdgeError, id: RequestId) -> Self {
        Self(Box::new(error.into_response_for(Some(id))))
    }

    pub fn fields(details: Vec<FieldError>, id: RequestId) -> Self {
        Self(Box::new(error::validation_failed(details, Some(id))))
    }

    pub fn field(field: &str, error: &str, id: RequestId) -> Self {
        Self::fields(vec![FieldError { field: field.to_owned(), error: error.to_owned() }], id)
    }
}

/// A JSON body, of whatever declared type. Errors name the path to what is wrong.
pub fn json<T: DeserializeOwned>(body: Result<Bytes, BytesRejection>, id: RequestId) -> Result<T, Refusal> {
    let body = body.map_err(|error| match error.status() {
        StatusCode::PAYLOAD_TOO_LARGE => Refusal::of(EdgeError::BodyTooLarge, id),
        _ => Refusal::field(BODY, "broke off", id),
    })?;
    read_json(&body).map_err(|error| Refusal::fields(vec![error], id))
}

/// The path to what is wrong, and what that is.
pub fn read_json<T: DeserializeOwned>(body: &[u8]) -> Result<T, FieldError> {
    let wrong = |field: &str, error: String| FieldError { field: field.to_owned(), error };
    let mut json = serde_json::Deserializer::from_slice(body);
    let read = serde_path_to_error::deserialize(&mut json).map_err(|error| {
        let path = error.path().to_string();
        // A question mark stands for what ended before it had a name.
        let named = path.trim_end_matches(['.', '?']);
        wrong(if named.is_empty() { BODY } else { named }, error.inner().to_string())
    })?;
    json.end().map_err(|error| wrong(BODY, error.to_string()))?;
    Ok(read)
}

pub fn query<T>(query: Result<Query<T>, QueryRejection>, id: RequestId) -> Result<T, Refusal> {
    query.map(|Query(query)| query).map_err(|error| Refusal::field("query", &error.body_text(), id))
}

pub fn limit(asked: Option<usize>, id: RequestId) -> Result<usize, Refusal> {
    match asked.unwrap_or(DEFAULT_LIMIT) {
        limit if (1..=MAX_LIMIT).contains(&limit) => Ok(limit),
        _ => Err(Refusal::field("limit", &format!("1 to {MAX_LIMIT}"), id)),
    }
}

#[cfg(test)]
mod tests {
    use traffoflex_wire::{error_body::ErrorBody, outbound::ImportBatch};

    use super::*;

    async fn wrong(body: &'static [u8]) -> String {
        let read = json::<ImportBatch>(Ok(Bytes::from_static(body)), RequestId::mint());
        let response = read.expect_err("it is wrong").into_response();
        assert_eq!(response.status(), StatusCode::BAD_REQUEST);
        let body = axum::body::to_bytes(response.into_body(), 1 << 20).await.unwrap();
        let ErrorBody { error } = serde_json::from_slice(&body).unwrap();
        assert_eq!(error.code, "validation_failed");
        error.details[0].field.clone()
    }

    #[tokio::test]
    async fn what_is_wrong_with_a_body_is_named_by_its_path() {
        assert_eq!(wrong(b"").await, "body");
        assert_eq!(wrong(b"{").await, "body");
        assert_eq!(wrong(b"{\"rows\":[]} x").await, "body");
        assert_eq!(wrong(b"{\"rows\":7}").await, "rows");
        let row = b"{\"rows\":[{\"network\":\"n\",\"fields\":[[\"a\",1]],\"received_at\":null}]}";
        assert_eq!(wrong(row).await, "rows[0].fields[0][1]");
    }

    #[test]
    fn limits_are_refused_and_not_bent() {
        let of = |asked| limit(asked, RequestId::mint()).ok();
        assert_eq!((of(None), of(Some(1)), of(Some(500))), (Some(100), Some(1), Some(500)));
        assert_eq!((of(Some(0)), of(Some(501))), (None, None));
    }
}
