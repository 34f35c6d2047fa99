//! Calls to the nodes themselves, where api-service can reach them (`TRAFFIC_SERVICE_URL`).

use std::{sync::Arc, time::Duration};

use futures_util::future::join_all;
use reqwest::{Client, StatusCode, redirect::Policy};
use serde::de::DeserializeOwned;
use url::Url;

use crate::config::CentralConfig;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);
/// A node answers within its own limit of a probe.
const TIMEOUT: Duration = Duration::from_secs(30);

#[derive(Debug, thiserror::Error)]
pub enum NodeCallError {
    #[error("cannot be reached: {0}")]
    Unreachable(String),
    #[error("does not know it yet")]
    NotFound,
    #[error("answered {0}")]
    Status(StatusCode),
    /// The same again would be refused again.
    #[error("refused it: {0}")]
    Refused(String),
    #[error("gave an answer that cannot be read")]
    Answer,
}

/// A clone is cheap.
#[derive(Clone)]
pub struct Nodes {
    client: Client,
    urls: Arc<[Url]>,
    token: Arc<str>,
}

impl Nodes {
    pub fn new(config: &CentralConfig) -> reqwest::Result<Self> {
        let client = Client::builder()
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(TIMEOUT)
            .redirect(Policy::none())
            .no_proxy()
            .build()?;
        let urls = config.nodes.traffic_service_url.0.clone().into();
        Ok(Self { client, urls, token: config.auth.node_token.as_str().into() })
    }

    pub fn is_empty(&self) -> bool {
        self.urls.is_empty()
    }

    /// As answers name them, in the order of `TRAFFIC_SERVICE_URL`.
    pub fn names(&self) -> Vec<String> {
        self.urls.iter().map(|url| url.origin().ascii_serialization()).collect()
    }

    /// Asks all of them at once; each answer with the node's address.
    pub async fn post<T: DeserializeOwned>(&self, path: &str) -> Vec<(String, Result<T, NodeCallError>)> {
        let calls = self.urls.iter().map(|base| async move {
            let mut url = base.clone();
            url.set_path(&format!("{}{path}", url.path().trim_end_matches('/')));
            (base.origin().ascii_serialization(), self.post_to(url).await)
        });
        join_all(calls).await
    }

    async fn post_to<T: DeserializeOwned>(&self, url: Url) -> Result<T, NodeCallError> {
        let answer = self.client.post(url).bearer_auth(&self.token).send().await;
        let answer = answer.map_err(|error| NodeCallError::Unreachable(cause(&error)))?;
        match answer.status() {
            status if status.is_success() => answer.json().await.map_err(|_| NodeCallError::Answer),
            StatusCode::NOT_FOUND => Err(NodeCallError::NotFound),
            status => Err(NodeCallError::Status(status)),
        }
    }
}

/// The first cause of all: the ones above it repeat it, or the URL.
pub(crate) fn cause(error: &reqwest::Error) -> String {
    if error.is_timeout() {
        return "timed out".to_owned();
    }
    let first = std::error::Error::source(error);
    let causes = std::iter::successors(first, |error| error.source());
    causes.last().map_or_else(|| "request failed".to_owned(), ToString::to_string)
}
