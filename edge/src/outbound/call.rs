//! One call: dialled only where the guard lets it, and what came of it.
//!
//! No redirect is followed and no proxy is used. A name is resolved by the guard alone, and refused when any
//! of its addresses is not public: what was checked is what is dialled. Any port may be called. Connections
//! are kept and used again: they lead where the guard had let them.

use std::{
    error::Error as StdError,
    sync::Arc,
    time::{Duration, Instant},
};

use futures_util::StreamExt;
use http::{HeaderMap, HeaderName, HeaderValue, header};
use jiff::{Timestamp, fmt::rfc2822};
use reqwest::{Client, Response, redirect::Policy};
use traffoflex_dns::Resolver;
use traffoflex_model::{BodyType, PostbackMethod};
use url::Url;

use crate::{
    address_guard::{AddressGuard, GuardError, GuardedResolver},
    request_error::deepest,
};

const USER_AGENT: &str = concat!("TraffoFlex/", env!("CARGO_PKG_VERSION"), " (postback)");
const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
/// Read of an answer.
const MAX_BODY_BYTES: usize = 4 * 1024;
/// Kept of it where it says why a call failed, in characters.
const MAX_EXCERPT: usize = 200;
const IDLE: Duration = Duration::from_secs(30);

#[derive(Debug, thiserror::Error)]
pub enum CallError {
    #[error("not a URL that can be called: {0}")]
    Url(String),
    #[error("refused: {0}")]
    Refused(GuardError),
    #[error("{0}")]
    Dns(GuardError),
    #[error("no answer within {0} ms")]
    Timeout(u64),
    #[error("connection failed: {0}")]
    Connect(String),
    #[error("request failed: {0}")]
    Request(String),
}

impl CallError {
    /// For metrics.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Url(_) => "url",
            Self::Refused(_) => "refused_address",
            Self::Dns(_) => "dns",
            Self::Timeout(_) => "timeout",
            Self::Connect(_) => "connect",
            Self::Request(_) => "request",
        }
    }
}

/// What is sent.
#[derive(Debug, Clone)]
pub struct Call<'a> {
    pub method: PostbackMethod,
    pub url: &'a str,
    pub key: &'a str,
    pub content_type: Option<BodyType>,
    pub body: &'a str,
    pub headers: HeaderMap,
}

/// What came of it.
#[derive(Debug, Default)]
pub struct Called {
    /// None without an answer.
    pub http_status: Option<u16>,
    /// What the other side asks to be waited.
    pub retry_after: Option<Duration>,
    /// Beginning of an answer that is no success.
    pub excerpt: String,
    pub failure: Option<CallError>,
    pub latency: Duration,
}

impl Called {
    pub fn latency_ms(&self) -> u32 {
        self.latency.as_millis().try_into().unwrap_or(u32::MAX)
    }

    /// Empty for a success.
    pub fn error(&self) -> String {
        match (self.http_status, &self.failure) {
            (Some(200..=299), _) => String::new(),
            (Some(status @ 300..=399), _) => format!("HTTP {status}: redirects are not followed"),
            (Some(status), _) if self.excerpt.is_empty() => format!("HTTP {status}"),
            (Some(status), _) => format!("HTTP {status}: {}", self.excerpt),
            (None, failure) => failure.as_ref().map(ToString::to_string).unwrap_or_default(),
        }
    }
}

/// A clone is cheap.
#[derive(Clone)]
pub struct Caller {
    client: Client,
    guard: AddressGuard,
    timeout: Duration,
}

impl Caller {
    /// `timeout` is for a whole call, from name resolution to the end of the answer. At most `kept`
    /// connections to a host stay open when they are idle.
    pub fn new(
        guard: AddressGuard,
        resolver: Resolver,
        timeout: Duration,
        kept: usize,
    ) -> reqwest::Result<Self> {
        let client = Client::builder()
            .user_agent(USER_AGENT)
            .redirect(Policy::none())
            // A proxy would resolve and dial what it likes.
            .no_proxy()
            .dns_resolver(Arc::new(GuardedResolver::for_public_names(guard.clone(), resolver)))
            .pool_max_idle_per_host(kept)
            .pool_idle_timeout(IDLE)
            .build()?;
        Ok(Self { client, guard, timeout })
    }

    pub async fn call(&self, call: Call<'_>) -> Called {
        let began = Instant::now();
        let mut called = Called::default();
        let result = tokio::time::timeout(self.timeout, self.send(call, &mut called)).await;
        called.failure = match result {
            Ok(Ok(())) => None,
            Ok(Err(error)) => Some(error),
            Err(_) => Some(CallError::Timeout(self.timeout.as_millis() as u64)),
        };
        called.latency = began.elapsed();
        called
    }

    async fn send(&self, call: Call<'_>, called: &mut Called) -> Result<(), CallError> {
        let url = callable(call.url)?;
        self.guard.check_url(&url).map_err(CallError::Refused)?;
        let key = HeaderValue::from_str(call.key).map_err(|error| CallError::Url(error.to_string()))?;
        let mut request = match call.method {
            PostbackMethod::Get => self.client.get(url),
            PostbackMethod::Post => self.client.post(url).body(call.body.to_owned()),
        };
        if let (PostbackMethod::Post, Some(kind)) = (call.method, call.content_type) {
            request = request.header(header::CONTENT_TYPE, kind.mime());
        }
        request = request.headers(call.headers).header(IDEMPOTENCY_KEY, key);
        let response = request.send().await.map_err(|error| why(&error))?;
        let status = response.status();
        called.http_status = Some(status.as_u16());
        called.retry_after = response.headers().get(header::RETRY_AFTER).and_then(wait);
        let body = read(response).await;
        if !status.is_success() {
            called.excerpt = excerpt(&body);
        }
        Ok(())
    }
}

/// A URL without anything that could stand for more than where it goes.
fn callable(text: &str) -> Result<Url, CallError> {
    let url: Url = text.parse().map_err(|error: url::ParseError| CallError::Url(error.to_string()))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(CallError::Url(format!("the scheme {} is neither http nor https", url.scheme())));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(CallError::Url("user name and password are not allowed".to_owned()));
    }
    Ok(url)
}

/// A little of the answer; it counts as whole when it breaks off.
async fn read(response: Response) -> Vec<u8> {
    let (mut body, mut chunks) = (Vec::new(), response.bytes_stream());
    while body.len() < MAX_BODY_BYTES
        && let Some(Ok(chunk)) = chunks.next().await
    {
        body.extend_from_slice(&chunk[..chunk.len().min(MAX_BODY_BYTES - body.len())]);
    }
    body
}

fn excerpt(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(body);
    let words = text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join(" ").chars().take(MAX_EXCERPT).collect()
}

/// Seconds or a date.
fn wait(value: &HeaderValue) -> Option<Duration> {
    let text = value.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse::<u64>() {
        return Some(Duration::from_secs(seconds));
    }
    let at = rfc2822::DateTimeParser::new().parse_timestamp(text).ok()?;
    Duration::try_from(at.duration_since(Timestamp::now())).ok()
}

/// The one place that tells what a failure means.
fn why(error: &reqwest::Error) -> CallError {
    let mut causes = std::iter::successors(Some(error as &dyn StdError), |error| (**error).source());
    match causes.find_map(|cause| cause.downcast_ref::<GuardError>()).cloned() {
        Some(error @ (GuardError::Dns(_) | GuardError::NoAddress { .. })) => CallError::Dns(error),
        Some(refused) => CallError::Refused(refused),
        None if error.is_connect() => CallError::Connect(deepest(error)),
        None if error.is_builder() => CallError::Url(deepest(error)),
        None => CallError::Request(deepest(error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_is_seconds_or_a_date() {
        let of = |text: &str| wait(&HeaderValue::from_str(text).unwrap());
        assert_eq!(of("120"), Some(Duration::from_secs(120)));
        assert_eq!(of(" 0 "), Some(Duration::ZERO));
        for none in ["", "soon", "-1", "1.5", "Wed, 21 Oct 2015 07:28:00 GMT"] {
            assert_eq!(of(none), None, "{none}");
        }
        let later = Timestamp::now() + Duration::from_secs(3600);
        let text = rfc2822::DateTimePrinter::new().timestamp_to_rfc9110_string(&later).unwrap();
        let waited = of(&text).unwrap();
        assert!((3590..=3600).contains(&waited.as_secs()), "{text} {waited:?}");
    }

    #[test]
    fn an_excerpt_is_one_short_line() {
        assert_eq!(excerpt(b"<b>no\r\n\t such\0 offer</b>\xff"), "<b>no such offer</b>\u{fffd}");
        assert_eq!(excerpt("ä".repeat(MAX_BODY_BYTES).as_bytes()).chars().count(), MAX_EXCERPT);
    }

    #[test]
    fn only_plain_web_addresses_are_called() {
        for bad in
            ["ftp://a.example/", "file:///etc/passwd", "http://u@a.example/", "http://:p@a.example/", "a"]
        {
            assert!(matches!(callable(bad), Err(CallError::Url(_))), "{bad}");
        }
        assert!(callable("https://a.example:8443/x?y=z").is_ok());
    }
}
