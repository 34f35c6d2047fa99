//! Postbacks as HTTP requests, and their answers.

use std::{net::IpAddr, time::Duration};

use axum::{
    Json,
    body::Body,
    response::{IntoResponse, Response},
};
use futures_util::StreamExt;
use http::{HeaderMap, HeaderValue, Method, header, request::Parts};
use hyper::body::Incoming;
use serde::Serialize;
use traffoflex_conversion::{FieldError, RawFields};
use traffoflex_telemetry::RequestId;

use super::{Refused, Sender, Shared, Taken, book::Named};
use crate::error::{self, EdgeError};

/// Of a postback.
const MAX_BODY_BYTES: usize = 64 * 1024;
/// How long a client may take over its body.
const BODY_TIMEOUT: Duration = Duration::from_secs(10);
const ALLOW_NETWORK: HeaderValue = HeaderValue::from_static("GET, POST");
const ALLOW_API: HeaderValue = HeaderValue::from_static("POST");
/// The parameter of `/api/postbacks`.
pub(super) const NETWORK: &str = "network";

/// Where a postback was sent to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PostbackPath {
    Network(String),
    Api,
}

impl PostbackPath {
    pub fn of(path: &str) -> Option<Self> {
        if path == "/api/postbacks" {
            return Some(Self::Api);
        }
        let network = path.strip_prefix("/pb/")?;
        (!network.is_empty() && !network.contains('/')).then(|| Self::Network(network.to_owned()))
    }
}

/// What a request is answered with.
pub enum Answer {
    Taken(Taken),
    Unusable(Vec<FieldError>),
    Error(EdgeError),
    NotAllowed(HeaderValue),
}

#[derive(Serialize)]
struct Body200<'a> {
    status: &'static str,
    conversion_id: &'a str,
}

impl Answer {
    pub fn label(&self) -> &'static str {
        match self {
            Self::Taken(taken) => taken.verdict.as_str(),
            Self::Unusable(_) => "validation_failed",
            Self::Error(error) => error.code(),
            Self::NotAllowed(_) => EdgeError::MethodNotAllowed.code(),
        }
    }

    pub fn into_response(self, request_id: RequestId) -> Response {
        match self {
            Self::Taken(Taken { verdict, conversion_id }) => {
                let body = Body200 { status: verdict.as_str(), conversion_id: &conversion_id };
                ([(header::CACHE_CONTROL, "no-store")], Json(body)).into_response()
            }
            Self::Unusable(errors) => error::validation_failed(field_errors(errors), Some(request_id)),
            Self::Error(error) => error.into_response_for(Some(request_id)),
            Self::NotAllowed(allow) => {
                let mut response = EdgeError::MethodNotAllowed.into_response_for(Some(request_id));
                response.headers_mut().insert(header::ALLOW, allow);
                response
            }
        }
    }
}

pub fn field_errors(errors: Vec<FieldError>) -> Vec<traffoflex_wire::error_body::FieldError> {
    let on_the_wire = |FieldError { field, error }| traffoflex_wire::error_body::FieldError { field, error };
    errors.into_iter().map(on_the_wire).collect()
}

pub(super) async fn answer(
    shared: &Shared,
    request: http::Request<Incoming>,
    path: PostbackPath,
    peer: IpAddr,
) -> Answer {
    let (parts, body) = request.into_parts();
    match (&path, &parts.method) {
        (PostbackPath::Network(_), &Method::GET | &Method::POST) | (PostbackPath::Api, &Method::POST) => {}
        (PostbackPath::Network(_), _) => return Answer::NotAllowed(ALLOW_NETWORK),
        (PostbackPath::Api, _) => return Answer::NotAllowed(ALLOW_API),
    }
    let mut fields = RawFields::from_query(parts.uri.query().unwrap_or_default());
    let find = |named: &str| match shared.book.load().network(named) {
        Named::Network(network) => Ok(network),
        Named::Unknown => Err(Answer::Error(EdgeError::NetworkNotFound)),
        Named::Unreadable => Err(Answer::Error(EdgeError::NotStored)),
        Named::NotReady => Err(Answer::Error(EdgeError::NotReady)),
    };
    let in_path = match &path {
        PostbackPath::Network(named) => Some(find(named)),
        PostbackPath::Api => fields.get(NETWORK).map(find),
    };
    let in_path = match in_path.transpose() {
        Ok(network) => network,
        Err(answer) => return answer,
    };
    let broken = match add_body(&parts, body, &mut fields).await {
        Ok(()) => None,
        Err(Unread::Broken(error)) => Some(vec![FieldError::new("body", error)]),
        Err(unread) => return unread.answer(),
    };
    let network = match (in_path, fields.get(NETWORK), &broken) {
        (Some(network), ..) => network,
        (None, None, Some(errors)) => return Answer::Unusable(errors.clone()),
        (None, None, None) => return Answer::Unusable(vec![FieldError::new(NETWORK, "is missing")]),
        (None, Some(named), _) => match find(named) {
            Ok(network) => network,
            Err(answer) => return answer,
        },
    };
    if let Some(errors) = broken {
        shared.log_unreadable(&network, &fields, &errors).await;
        return Answer::Unusable(errors);
    }
    let ip = shared.trusted_proxies.client_ip(peer, &parts.headers);
    match shared.take(&network, &fields, Sender::Network(ip)).await {
        Ok(taken) => Answer::Taken(taken),
        Err(Refused::Forbidden) => Answer::Error(EdgeError::Forbidden),
        Err(Refused::Unusable(errors)) => Answer::Unusable(errors),
        Err(Refused::NotStored(error)) => {
            tracing::debug!(%error, "a postback was not kept");
            Answer::Error(EdgeError::NotStored)
        }
    }
}

/// Why a body could not be read.
#[derive(Debug, PartialEq, Eq)]
enum Unread {
    TooLarge,
    /// The client took too long over it.
    Late,
    /// It ended before its end.
    CutOff,
    Broken(String),
}

impl Unread {
    fn answer(self) -> Answer {
        match self {
            Self::TooLarge => Answer::Error(EdgeError::BodyTooLarge),
            Self::Late => Answer::Error(EdgeError::BodyTimeout),
            Self::CutOff => Answer::Unusable(vec![FieldError::new("body", "broke off")]),
            Self::Broken(error) => Answer::Unusable(vec![FieldError::new("body", error)]),
        }
    }
}

/// Adds the parameters of a body behind those of the query.
async fn add_body(parts: &Parts, body: Incoming, fields: &mut RawFields) -> Result<(), Unread> {
    if parts.method != Method::POST {
        return Ok(());
    }
    let body = read(Body::new(body), BODY_TIMEOUT).await?;
    if is_json(&parts.headers, &body) {
        return fields.push_json(&body).map_err(|error| Unread::Broken(error.to_string()));
    }
    for (name, value) in url::form_urlencoded::parse(&body) {
        fields.push(&name, &value);
    }
    Ok(())
}

async fn read(body: Body, timeout: Duration) -> Result<Vec<u8>, Unread> {
    let read = async {
        let (mut read, mut chunks) = (Vec::new(), body.into_data_stream());
        while let Some(chunk) = chunks.next().await {
            let chunk = chunk.map_err(|_| Unread::CutOff)?;
            if read.len() + chunk.len() > MAX_BODY_BYTES {
                return Err(Unread::TooLarge);
            }
            read.extend_from_slice(&chunk);
        }
        Ok(read)
    };
    tokio::time::timeout(timeout, read).await.unwrap_or(Err(Unread::Late))
}

/// As it is declared; what is declared as neither form nor JSON is told by its first character.
fn is_json(headers: &HeaderMap, body: &[u8]) -> bool {
    let declared = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let declared = declared.unwrap_or_default().to_ascii_lowercase();
    if declared.contains("json") {
        return true;
    }
    !declared.starts_with("application/x-www-form-urlencoded") && body.trim_ascii_start().starts_with(b"{")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_of_postbacks() {
        let network = |name: &str| Some(PostbackPath::Network(name.to_owned()));
        let cases = [
            ("/pb/everflow", network("everflow")),
            ("/pb/", None),
            ("/pb", None),
            ("/pb/a/b", None),
            ("/api/postbacks", Some(PostbackPath::Api)),
            ("/api/postbacks/test", None),
            ("/", None),
        ];
        for (path, expected) in cases {
            assert_eq!(PostbackPath::of(path), expected, "{path}");
        }
    }

    #[test]
    fn a_body_is_what_it_is_declared_as() {
        let of = |content_type: Option<&'static str>, body: &str| {
            let headers = content_type.map(|value| (header::CONTENT_TYPE, HeaderValue::from_static(value)));
            is_json(&headers.into_iter().collect(), body.as_bytes())
        };
        assert!(of(Some("application/json; charset=utf-8"), "a=1"));
        assert!(of(Some("text/plain"), " {\"a\":1}"));
        assert!(of(None, "{}"));
        assert!(!of(Some("application/x-www-form-urlencoded"), "{\"a\":1}"));
        assert!(!of(None, "a=1"));
    }

    #[tokio::test]
    async fn only_what_is_too_large_is_called_so() {
        use bytes::Bytes;
        use futures_util::stream;

        type Chunk = Result<Bytes, std::io::Error>;
        let part = || Ok(Bytes::from_static(b"a=1"));
        let of = |chunks: Vec<Chunk>| Body::from_stream(stream::iter(chunks));
        let soon = Duration::from_secs(10);
        assert_eq!(read(of(vec![part(), part()]), soon).await, Ok(b"a=1a=1".to_vec()));
        let full = Bytes::from(vec![b'x'; MAX_BODY_BYTES]);
        assert!(read(of(vec![Ok(full.clone())]), soon).await.is_ok());
        assert_eq!(read(of(vec![Ok(full), part()]), soon).await, Err(Unread::TooLarge));
        let broken = of(vec![part(), Err(std::io::ErrorKind::ConnectionReset.into())]);
        let broken = read(broken, soon).await.unwrap_err();
        assert_eq!(broken, Unread::CutOff);
        assert_eq!(broken.answer().label(), "validation_failed");
        let slow = Body::from_stream(stream::iter([part()]).chain(stream::pending::<Chunk>()));
        let slow = read(slow, Duration::from_millis(10)).await.unwrap_err();
        let response = slow.answer().into_response(RequestId::mint());
        assert_eq!(response.status(), 408);
    }
}
