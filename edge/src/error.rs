//! What a node answers when it does not redirect. A 5xx body says nothing of the inside.

use axum::{
    Json,
    extract::Request,
    response::{IntoResponse, Response},
};
use http::{HeaderValue, StatusCode, header};
use traffoflex_model::TrafficbackReason as Reason;
use traffoflex_telemetry::RequestId;
use traffoflex_wire::error_body::{ErrorBody, ErrorFields, FieldError};

use crate::clock::now_ms;

/// Seconds after which a client may try again, where that helps.
pub(crate) const RETRY_AFTER_S: &str = "1";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EdgeError {
    NotFound,
    CampaignNotFound,
    /// No stream, trafficback or fallback takes the click.
    NoRoute,
    /// Trafficback brought the visitor back too often.
    TrafficbackLimit,
    /// The campaign's policy for bots or signed links refuses the click.
    Blocked,
    /// A signed link that is none of ours, or that was changed.
    LinkInvalid,
    LinkExpired,
    /// A link for one click was used before.
    LinkReplayed,
    /// No room to remember another link for one click.
    LinkStoreFull,
    /// Neither the node's own host nor a verified domain.
    UnknownHost,
    /// The second step of a click that this node knows nothing of.
    ClickNotFound,
    /// This node never had a snapshot.
    NotReady,
    /// The click cannot be kept and the policy is `closed`.
    OutboxUnavailable,
    /// No active network has this name.
    NetworkNotFound,
    /// The network's secret or addresses do not allow this postback.
    Forbidden,
    /// A postback that could not be kept: it is to be sent again.
    NotStored,
    /// A client took too long over its body.
    BodyTimeout,
    /// A request's body is larger than what it can be for.
    BodyTooLarge,
    MethodNotAllowed,
    /// No stream has this id.
    AdNotFound,
    /// More is asked for at once than the node takes on.
    Busy,
    Unauthorized,
    /// A rendered URL was no header value: cannot happen, and must not become a redirect.
    Internal,
}

impl EdgeError {
    pub(crate) fn parts(self) -> (StatusCode, &'static str, &'static str) {
        match self {
            Self::NotFound => (StatusCode::NOT_FOUND, "not_found", "there is nothing here"),
            Self::CampaignNotFound => {
                (StatusCode::NOT_FOUND, "campaign_not_found", "no active campaign has this name")
            }
            Self::NoRoute => (StatusCode::NOT_FOUND, "no_route", "no destination takes this click"),
            Self::TrafficbackLimit => (
                StatusCode::TOO_MANY_REQUESTS,
                "trafficback_limit",
                "trafficback has brought this visitor back too often",
            ),
            Self::Blocked => (StatusCode::FORBIDDEN, "blocked", "this click is not taken"),
            Self::LinkInvalid => (StatusCode::FORBIDDEN, "link_invalid", "this link is not valid"),
            Self::LinkExpired => (StatusCode::GONE, "link_expired", "this link has expired"),
            Self::LinkReplayed => (StatusCode::FORBIDDEN, "link_replayed", "this link was used before"),
            Self::LinkStoreFull => (
                StatusCode::SERVICE_UNAVAILABLE,
                "link_store_full",
                "links for one click cannot be taken now",
            ),
            Self::UnknownHost => (StatusCode::NOT_FOUND, "unknown_host", "nothing is served on this host"),
            Self::ClickNotFound => (StatusCode::NOT_FOUND, "click_not_found", "no click is known by this id"),
            Self::NotReady => {
                (StatusCode::SERVICE_UNAVAILABLE, "not_ready", "this node has no configuration yet")
            }
            Self::OutboxUnavailable => {
                (StatusCode::SERVICE_UNAVAILABLE, "outbox_unavailable", "the click cannot be recorded now")
            }
            Self::NetworkNotFound => {
                (StatusCode::NOT_FOUND, "network_not_found", "no active network has this name")
            }
            Self::Forbidden => {
                (StatusCode::FORBIDDEN, "forbidden", "the secret or the address is not allowed")
            }
            Self::NotStored => (
                StatusCode::SERVICE_UNAVAILABLE,
                "not_stored",
                "the postback could not be kept: send it again",
            ),
            Self::BodyTimeout => {
                (StatusCode::REQUEST_TIMEOUT, "request_timeout", "the body did not come in time")
            }
            Self::BodyTooLarge => (StatusCode::PAYLOAD_TOO_LARGE, "body_too_large", "the body is too large"),
            Self::MethodNotAllowed => (StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", "see Allow"),
            Self::AdNotFound => (StatusCode::NOT_FOUND, "not_found", "no ad has this id"),
            Self::Busy => (StatusCode::SERVICE_UNAVAILABLE, "busy", "too much is asked for at once"),
            Self::Unauthorized => {
                (StatusCode::UNAUTHORIZED, "unauthorized", "a node or operator token is needed")
            }
            Self::Internal => (StatusCode::INTERNAL_SERVER_ERROR, "internal", "something went wrong"),
        }
    }

    /// Of a click that is refused for this reason.
    pub fn blocked(reason: Option<Reason>) -> Self {
        match reason {
            Some(Reason::LinkInvalid) => Self::LinkInvalid,
            Some(Reason::LinkExpired) => Self::LinkExpired,
            Some(Reason::LinkReplayed) => Self::LinkReplayed,
            _ => Self::Blocked,
        }
    }

    pub fn code(self) -> &'static str {
        self.parts().1
    }

    pub fn into_response_for(self, request_id: Option<RequestId>) -> Response {
        let (status, code, message) = self.parts();
        response(status, code, message, Vec::new(), request_id)
    }
}

/// 400 with what is wrong with each field.
pub fn validation_failed(details: Vec<FieldError>, request_id: Option<RequestId>) -> Response {
    let message = "the request cannot be used as it is";
    response(StatusCode::BAD_REQUEST, "validation_failed", message, details, request_id)
}

fn response(
    status: StatusCode,
    code: &str,
    message: &str,
    details: Vec<FieldError>,
    request_id: Option<RequestId>,
) -> Response {
    let body = ErrorBody {
        error: ErrorFields {
            code: code.into(),
            message: message.into(),
            details,
            request_id: request_id.map(|id| id.to_string()).unwrap_or_default(),
            timestamp: jiff::Timestamp::from_millisecond(now_ms()).unwrap_or_default().to_string(),
        },
    };
    let mut response = (status, Json(body)).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if status == StatusCode::SERVICE_UNAVAILABLE {
        headers.insert(header::RETRY_AFTER, HeaderValue::from_static(RETRY_AFTER_S));
    }
    response
}

pub async fn not_found(request: Request) -> Response {
    EdgeError::NotFound.into_response_for(request.extensions().get().copied())
}
