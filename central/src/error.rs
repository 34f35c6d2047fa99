//! What api-service answers when it does not do what was asked: status, public code, retry hint.
//! A 5xx body says nothing of the inside; the cause is logged here, once.

use std::any::Any;

use axum::{
    Json,
    extract::Request,
    middleware::Next,
    response::{IntoResponse, Response},
};
use http::{HeaderValue, StatusCode, header};
use traffoflex_telemetry::RequestId;
use traffoflex_wire::error_body::{ErrorBody, ErrorFields, FieldError};

use crate::{mail::MailError, rate_limit::Exhausted, warehouse::WarehouseError};

/// Longest refusal of an extractor taken over, in bytes.
const MAX_REFUSAL_BYTES: usize = 4096;
/// Seconds after which a client may try again, where that helps.
const RETRY_AFTER_S: &str = "1";

#[derive(Debug, thiserror::Error)]
pub enum ApiError {
    #[error("not found")]
    NotFound,
    #[error("method not allowed")]
    MethodNotAllowed,
    #[error("unauthorized")]
    Unauthorized,
    #[error("forbidden")]
    Forbidden,
    #[error("the account waits for approval")]
    PendingApproval,
    #[error("the account is disabled")]
    UserDisabled,
    #[error("the code is wrong, used or expired")]
    InvalidOtp,
    #[error("mail: {0}")]
    Mail(#[from] MailError),
    #[error("session token: {0}")]
    Token(#[from] jsonwebtoken::errors::Error),
    #[error("validation failed")]
    Validation(Vec<FieldError>),
    #[error("revision conflict: it is at {current}")]
    RevisionConflict { current: i64 },
    #[error("{message}")]
    Conflict { message: String, details: Vec<FieldError> },
    #[error("the body is larger than {limit_bytes} bytes")]
    TooLarge { limit_bytes: usize },
    #[error("{message}")]
    NodesUnreachable { message: String, details: Vec<FieldError> },
    #[error("{message}")]
    NoPostbackNode { message: String, details: Vec<FieldError> },
    #[error("too many requests")]
    RateLimited(Exhausted),
    #[error("too many batches at once")]
    Busy,
    #[error("too many reports of this workspace at once")]
    TooManyReports,
    #[error("mongodb: {0}")]
    Mongo(#[from] mongodb::error::Error),
    #[error("clickhouse: {0}")]
    Warehouse(#[from] WarehouseError),
    #[error("snapshot: {0}")]
    Snapshot(#[from] traffoflex_wire::codec::CodecError),
    #[error("a handler panicked: {0}")]
    Panicked(String),
}

impl ApiError {
    /// A defect of ours is an answer, too, and not a connection that ends.
    pub fn of_panic(panic: Box<dyn Any + Send>) -> Response {
        let said = panic.downcast_ref::<String>().cloned();
        let said = said.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()));
        Self::Panicked(said.unwrap_or_default()).into_response()
    }

    /// One wrong field.
    pub fn field(field: impl Into<String>, error: impl Into<String>) -> Self {
        Self::Validation(vec![FieldError { field: field.into(), error: error.into() }])
    }

    fn parts(&self) -> (StatusCode, &'static str, String) {
        let said = self.to_string();
        match self {
            Self::NotFound => (StatusCode::NOT_FOUND, "not_found", "there is no such thing".into()),
            Self::MethodNotAllowed => (StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", said),
            Self::Unauthorized => {
                (StatusCode::UNAUTHORIZED, "unauthorized", "a valid token is needed".into())
            }
            Self::Forbidden => {
                (StatusCode::FORBIDDEN, "forbidden", "your role or key does not allow this".into())
            }
            Self::PendingApproval => (StatusCode::FORBIDDEN, "pending_approval", said),
            Self::UserDisabled => (StatusCode::FORBIDDEN, "user_disabled", said),
            Self::InvalidOtp => (StatusCode::UNAUTHORIZED, "invalid_otp", said),
            Self::Mail(_) => (
                StatusCode::SERVICE_UNAVAILABLE,
                "mail_unavailable",
                "the mail could not be sent; try again".into(),
            ),
            Self::Validation(_) => {
                (StatusCode::BAD_REQUEST, "validation_failed", "some fields are wrong".into())
            }
            Self::RevisionConflict { .. } => {
                (StatusCode::CONFLICT, "revision_conflict", "somebody else changed it meanwhile".into())
            }
            Self::Conflict { .. } => (StatusCode::CONFLICT, "conflict", said),
            Self::TooLarge { .. } => (StatusCode::PAYLOAD_TOO_LARGE, "too_large", said),
            Self::NodesUnreachable { .. } => (StatusCode::GATEWAY_TIMEOUT, "nodes_unreachable", said),
            Self::NoPostbackNode { .. } => (StatusCode::SERVICE_UNAVAILABLE, "no_postback_node", said),
            Self::RateLimited(exhausted) => (
                StatusCode::TOO_MANY_REQUESTS,
                "rate_limited",
                format!("{said}; come again in {} s", exhausted.retry_after_s),
            ),
            Self::Busy | Self::TooManyReports => (StatusCode::TOO_MANY_REQUESTS, "busy", said),
            Self::Warehouse(WarehouseError::QueryLimit(_)) => too_expensive(),
            Self::Mongo(error) if is_out_of_time(error) => too_expensive(),
            Self::Mongo(_) | Self::Warehouse(_) => {
                (StatusCode::SERVICE_UNAVAILABLE, "unavailable", "a database cannot be reached".into())
            }
            Self::Snapshot(_) | Self::Token(_) | Self::Panicked(_) => {
                (StatusCode::INTERNAL_SERVER_ERROR, "internal", "something went wrong".into())
            }
        }
    }

    fn details(&self) -> Vec<FieldError> {
        match self {
            Self::Validation(details)
            | Self::Conflict { details, .. }
            | Self::NodesUnreachable { details, .. }
            | Self::NoPostbackNode { details, .. } => details.clone(),
            Self::RevisionConflict { current } => {
                vec![FieldError {
                    field: "revision".into(),
                    error: format!("the current revision is {current}"),
                }]
            }
            _ => Vec::new(),
        }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let (status, code, message) = self.parts();
        if status.is_server_error() {
            tracing::error!(error = %self, code, "request failed");
        }
        let body = ErrorBody {
            error: ErrorFields {
                code: code.into(),
                message,
                details: self.details(),
                request_id: String::new(),
                timestamp: jiff::Timestamp::now().to_string(),
            },
        };
        let mut response = (status, Json(&body)).into_response();
        response.extensions_mut().insert(Unsigned(body));
        let headers = response.headers_mut();
        if matches!(status, StatusCode::SERVICE_UNAVAILABLE | StatusCode::TOO_MANY_REQUESTS) {
            headers.insert(header::RETRY_AFTER, HeaderValue::from_static(RETRY_AFTER_S));
        }
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        match self {
            Self::RateLimited(exhausted) => exhausted.tell(response),
            _ => response,
        }
    }
}

fn too_expensive() -> (StatusCode, &'static str, String) {
    let message = "the question asks for too much; narrow the period".to_owned();
    (StatusCode::BAD_REQUEST, "query_too_expensive", message)
}

/// A query of MongoDB took longer than it may.
fn is_out_of_time(error: &mongodb::error::Error) -> bool {
    const MAX_TIME_EXPIRED: i32 = 50;
    matches!(&*error.kind, mongodb::error::ErrorKind::Command(failed) if failed.code == MAX_TIME_EXPIRED)
}

/// An error body that does not know its request yet.
#[derive(Clone)]
struct Unsigned(ErrorBody);

/// The error that a response is, to be said in another shape.
pub fn take_body(response: &mut Response) -> Option<ErrorBody> {
    response.extensions_mut().remove::<Unsigned>().map(|Unsigned(body)| body)
}

/// An extractor's own refusal, in plain text.
fn is_plain_refusal(response: &Response) -> bool {
    let json = HeaderValue::from_static("application/json");
    response.status().is_client_error() && response.headers().get(header::CONTENT_TYPE) != Some(&json)
}

/// The same in the shape that every error has.
async fn refusal(response: Response) -> Response {
    let status = response.status();
    let text = axum::body::to_bytes(response.into_body(), MAX_REFUSAL_BYTES).await.unwrap_or_default();
    let error = String::from_utf8_lossy(&text).into_owned();
    let mut shaped = ApiError::field("request", error).into_response();
    *shaped.status_mut() = status;
    shaped
}

/// Middleware: writes the request's id into error bodies.
pub async fn sign_errors(request: Request, next: Next) -> Response {
    let request_id = request.extensions().get::<RequestId>().copied();
    let mut response = next.run(request).await;
    if is_plain_refusal(&response) {
        response = refusal(response).await;
    }
    let Some(mut body) = take_body(&mut response) else { return response };
    body.error.request_id = request_id.map(|id| id.to_string()).unwrap_or_default();
    let (mut parts, _) = response.into_parts();
    parts.headers.remove(header::CONTENT_LENGTH);
    let body = serde_json::to_vec(&body).unwrap_or_default();
    Response::from_parts(parts, body.into())
}

#[cfg(test)]
mod tests {
    use axum::{Router, body::Body, middleware};
    use tower::ServiceExt;
    use tower_http::catch_panic::CatchPanicLayer;

    use super::*;

    #[tokio::test]
    async fn a_panic_is_an_answer_that_tells_nothing_of_the_inside() {
        let router = Router::new()
            .fallback(async || -> () { panic!("the inside") })
            .layer(CatchPanicLayer::custom(ApiError::of_panic))
            .layer(middleware::from_fn(sign_errors));
        let response = router.oneshot(Request::new(Body::empty())).await.unwrap();
        assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
        let body = axum::body::to_bytes(response.into_body(), MAX_REFUSAL_BYTES).await.unwrap();
        let body: ErrorBody = serde_json::from_slice(&body).unwrap();
        assert_eq!((&*body.error.code, &*body.error.message), ("internal", "something went wrong"));
    }
}
