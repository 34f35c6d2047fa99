//! One probe: a GET, and whether what came back counts as alive.
//!
//! Alive is any HTTP answer with a status below 500 whose body's first kilobytes arrive: a page that
//! redirects, asks for a login or limits its rate is there all the same. Redirects are not followed.
//! Every probe opens a connection of its own, to an address that the guard has just permitted.

use std::{
    error::Error as StdError,
    sync::Arc,
    time::{Duration, Instant},
};

use futures_util::StreamExt;
use reqwest::{Client, redirect::Policy};
use traffoflex_dns::Resolver;
use traffoflex_wire::health::MAX_ERROR_BYTES;
use url::Url;

use crate::{
    address_guard::{AddressGuard, GuardError, GuardedResolver},
    request_error::deepest,
};

const USER_AGENT: &str = concat!("TraffoFlex/", env!("CARGO_PKG_VERSION"), " (destination health check)");
/// Read of a body, in bytes.
const MAX_BODY_BYTES: usize = 16 * 1024;
/// The lowest status that counts as a failure.
const FIRST_FAILING_STATUS: u16 = 500;

#[derive(Debug, thiserror::Error)]
pub enum ProbeError {
    #[error("not a URL that can be probed: {0}")]
    Url(#[from] url::ParseError),
    #[error("refused: {0}")]
    Refused(GuardError),
    #[error("{0}")]
    Dns(GuardError),
    #[error("no answer within {0} ms")]
    Timeout(u64),
    #[error("HTTP {0}")]
    Status(u16),
    #[error("connection failed: {0}")]
    Connect(String),
    #[error("request failed: {0}")]
    Request(String),
    #[error("the body broke off: {0}")]
    Body(String),
}

impl ProbeError {
    /// For metrics.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Url(_) => "url",
            Self::Refused(_) => "refused_address",
            Self::Dns(_) => "dns",
            Self::Timeout(_) => "timeout",
            Self::Status(_) => "status",
            Self::Connect(_) => "connect",
            Self::Request(_) => "request",
            Self::Body(_) => "body",
        }
    }
}

/// What came of a probe.
#[derive(Debug)]
pub struct Probed {
    /// None when there was no answer.
    pub http_status: Option<u16>,
    pub latency: Duration,
    pub failure: Option<ProbeError>,
}

impl Probed {
    pub fn succeeded(&self) -> bool {
        self.failure.is_none()
    }

    pub fn latency_ms(&self) -> u32 {
        self.latency.as_millis().try_into().unwrap_or(u32::MAX)
    }

    /// Empty when it succeeded.
    pub fn error(&self) -> String {
        let text = self.failure.as_ref().map(ToString::to_string).unwrap_or_default();
        text[..text.floor_char_boundary(MAX_ERROR_BYTES)].to_owned()
    }
}

/// A clone is cheap.
#[derive(Clone)]
pub struct Probe {
    client: Client,
    guard: AddressGuard,
    timeout: Duration,
}

impl Probe {
    /// `timeout` is for a whole probe, name resolution included.
    pub fn new(guard: AddressGuard, resolver: Resolver, timeout: Duration) -> reqwest::Result<Self> {
        let client = Client::builder()
            .user_agent(USER_AGENT)
            .redirect(Policy::none())
            // A proxy would resolve and dial what it likes.
            .no_proxy()
            .dns_resolver(Arc::new(GuardedResolver::new(guard.clone(), resolver)))
            // Kept connections would say little, and outlive what was checked.
            .pool_max_idle_per_host(0)
            .build()?;
        Ok(Self { client, guard, timeout })
    }

    pub async fn run(&self, url: &str) -> Probed {
        let began = Instant::now();
        let mut http_status = None;
        let result = tokio::time::timeout(self.timeout, self.get(url, &mut http_status)).await;
        let failure = match result {
            Ok(Ok(())) => None,
            Ok(Err(error)) => Some(error),
            Err(_) => Some(ProbeError::Timeout(self.timeout.as_millis() as u64)),
        };
        Probed { http_status, latency: began.elapsed(), failure }
    }

    async fn get(&self, url: &str, http_status: &mut Option<u16>) -> Result<(), ProbeError> {
        let url: Url = url.parse()?;
        self.guard.check_url(&url).map_err(ProbeError::Refused)?;
        let response = self.client.get(url).send().await.map_err(|error| why(&error))?;
        let status = response.status().as_u16();
        *http_status = Some(status);
        if status >= FIRST_FAILING_STATUS {
            return Err(ProbeError::Status(status));
        }
        let (mut read, mut chunks) = (0, response.bytes_stream());
        while let Some(chunk) = chunks.next().await {
            read += chunk.map_err(|error| ProbeError::Body(deepest(&error)))?.len();
            if read >= MAX_BODY_BYTES {
                break;
            }
        }
        Ok(())
    }
}

/// The one place that tells what a failure means.
fn why(error: &reqwest::Error) -> ProbeError {
    let mut causes = std::iter::successors(Some(error as &dyn StdError), |error| (**error).source());
    match causes.find_map(|cause| cause.downcast_ref::<GuardError>()).cloned() {
        Some(error @ (GuardError::Dns(_) | GuardError::NoAddress { .. })) => ProbeError::Dns(error),
        Some(refused) => ProbeError::Refused(refused),
        None if error.is_connect() => ProbeError::Connect(deepest(error)),
        None => ProbeError::Request(deepest(error)),
    }
}

#[cfg(test)]
mod tests {
    use axum::{Router, http::StatusCode, routing::get};
    use tokio::net::TcpListener;
    use traffoflex_local::dns_server::{Answer, DnsServer};

    use super::*;

    /// A web server of some habits; its address.
    async fn server() -> std::net::SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let addr = listener.local_addr().unwrap();
        let router = Router::new()
            .route("/ok", get(|| async { "x".repeat(1 << 20) }))
            .route("/gone", get(|| async { StatusCode::NOT_FOUND }))
            .route("/busy", get(|| async { StatusCode::TOO_MANY_REQUESTS }))
            .route("/broken", get(|| async { StatusCode::BAD_GATEWAY }))
            .route("/moved", get(|| async { (StatusCode::FOUND, [("location", "/broken")]) }))
            .route("/silent", get(std::future::pending::<&'static str>));
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        addr
    }

    async fn probe(dns: &DnsServer, allowed: &[&str]) -> Probe {
        let allowed = allowed.iter().map(|cidr| cidr.parse().unwrap()).collect();
        let resolver = Resolver::new(&[dns.address()]).unwrap();
        Probe::new(AddressGuard::new(allowed), resolver, Duration::from_millis(1500)).unwrap()
    }

    #[tokio::test]
    async fn any_answer_below_500_is_alive() {
        let (addr, dns) = (server().await, DnsServer::start().await.unwrap());
        dns.set("offer.example", vec![Answer::Ip("127.0.0.1".parse().unwrap())]);
        let probe = probe(&dns, &["127.0.0.0/8"]).await;
        let at = |path: &str| format!("http://offer.example:{}{path}", addr.port());
        for (path, status) in [("/ok", 200), ("/gone", 404), ("/busy", 429), ("/moved", 302)] {
            let probed = probe.run(&at(path)).await;
            assert!(probed.succeeded(), "{path}: {probed:?}");
            assert_eq!(probed.http_status, Some(status));
        }
        let broken = probe.run(&at("/broken")).await;
        assert_eq!((broken.http_status, broken.error().as_str()), (Some(502), "HTTP 502"));
        let silent = probe.run(&at("/silent")).await;
        assert_eq!(silent.error(), "no answer within 1500 ms");
        let closed = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
        let refused = probe.run(&format!("http://{closed}/")).await;
        assert!(matches!(refused.failure, Some(ProbeError::Connect(_))), "{refused:?}");
        let unknown = probe.run("http://nobody.example/").await;
        assert_eq!(unknown.error(), "nobody.example has no such record");
        dns.fail(true);
        let silence = probe.run("http://somebody.example/").await;
        assert!(matches!(silence.failure, Some(ProbeError::Dns(_))), "{silence:?}");
    }

    #[tokio::test]
    async fn what_is_not_public_is_never_dialled() {
        let dns = DnsServer::start().await.unwrap();
        dns.set("inside.example", vec![Answer::Ip("127.0.0.1".parse().unwrap())]);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let probe = probe(&dns, &[]).await;
        for url in [
            format!("http://inside.example:{port}/"),
            format!("http://127.0.0.1:{port}/"),
            format!("http://[::ffff:127.0.0.1]:{port}/"),
        ] {
            let probed = probe.run(&url).await;
            assert!(matches!(probed.failure, Some(ProbeError::Refused(_))), "{url}: {probed:?}");
        }
        // Whoever had dialled would stand in the queue now.
        let dialled = tokio::time::timeout(Duration::from_millis(100), listener.accept()).await;
        assert!(dialled.is_err(), "nobody came");
    }
}
