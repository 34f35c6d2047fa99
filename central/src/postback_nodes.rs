//! Calls to the postback nodes, where api-service can reach them (`POSTBACK_SERVICE_URL`).
//!
//! What any node may take goes to one of them ([`PostbackNodes::post_to_any`]): whatever is handed over is
//! known by an id there, so that a second node which is asked after a lost answer does no harm. What every
//! node has its own part of is asked of all ([`PostbackNodes::for_each`]).

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use futures_util::future::join_all;
use reqwest::{Client, Method, StatusCode, redirect::Policy};
use serde::{Serialize, de::DeserializeOwned};
use traffoflex_wire::error_body::{ErrorBody, FieldError};
use url::Url;

use crate::{
    config::{AuthConfig, NodesConfig},
    health::{NodeCallError, cause},
};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);
/// A node has a full batch on its disk long before.
const TIMEOUT: Duration = Duration::from_secs(30);

/// Why no node took it: one line a node that was asked.
#[derive(Debug, Clone, thiserror::Error)]
#[error("no postback node took it")]
pub struct NoNode {
    pub failed: Vec<FieldError>,
    /// What is wrong with the body, when a node said that it is at fault.
    pub refused: Option<String>,
}

/// A clone is cheap.
#[derive(Clone)]
pub struct PostbackNodes {
    client: Client,
    urls: Arc<[Url]>,
    token: Arc<str>,
    /// Index of the node that answered last: one that is down is not waited for again and again.
    first: Arc<AtomicUsize>,
}

impl PostbackNodes {
    pub fn new(nodes: &NodesConfig, auth: &AuthConfig) -> reqwest::Result<Self> {
        let client = Client::builder()
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(TIMEOUT)
            .redirect(Policy::none())
            .no_proxy()
            .build()?;
        Ok(Self {
            client,
            urls: nodes.postback_service_url.0.clone().into(),
            token: auth.node_token.as_str().into(),
            first: Arc::default(),
        })
    }

    pub fn is_empty(&self) -> bool {
        self.urls.is_empty()
    }

    /// As answers name them, in the order of `POSTBACK_SERVICE_URL`.
    pub fn names(&self) -> Vec<String> {
        self.urls.iter().map(name).collect()
    }

    /// Base URLs, without a slash at their end.
    pub fn base_urls(&self) -> impl Iterator<Item = &str> {
        self.urls.iter().map(|url| url.as_str().trim_end_matches('/'))
    }

    /// Asks the nodes in turn until one answers with a 2xx; the body of that answer.
    pub async fn post_to_any<B: Serialize + ?Sized>(&self, path: &str, body: &B) -> Result<Bytes, NoNode> {
        let body = json(body)?;
        let first = self.first.load(Ordering::Relaxed);
        let (mut failed, mut refused) = (Vec::new(), None);
        for index in (0..self.urls.len()).map(|i| (first + i) % self.urls.len()) {
            match self.call(Method::POST, &self.urls[index], path, Some(body.clone())).await {
                Ok(answer) => {
                    self.first.store(index, Ordering::Relaxed);
                    return Ok(answer);
                }
                Err(error) => {
                    if let NodeCallError::Refused(said) = &error {
                        refused.get_or_insert_with(|| said.clone());
                    }
                    failed.push(FieldError { field: name(&self.urls[index]), error: error.to_string() });
                }
            }
        }
        Err(NoNode { failed, refused })
    }

    /// Asks all nodes at once; each answer with the node's address.
    pub async fn for_each<B, T>(
        &self,
        method: Method,
        path: &str,
        body: Option<&B>,
    ) -> Vec<(String, Result<T, NodeCallError>)>
    where
        B: Serialize + ?Sized,
        T: DeserializeOwned,
    {
        let body = body.and_then(|body| json(body).ok());
        let calls = self.urls.iter().map(|url| {
            let (method, body) = (method.clone(), body.clone());
            async move { (name(url), self.call(method, url, path, body).await.and_then(|a| read(&a))) }
        });
        join_all(calls).await
    }

    /// One after the other, with what each is to be asked for.
    pub async fn get_in_turn<T: DeserializeOwned>(
        &self,
        mut path: impl FnMut(&[(String, Result<T, NodeCallError>)]) -> String,
    ) -> Vec<(String, Result<T, NodeCallError>)> {
        let mut answers = Vec::with_capacity(self.urls.len());
        for url in &*self.urls {
            let path = path(&answers);
            let answer = self.call(Method::GET, url, &path, None).await.and_then(|a| read(&a));
            answers.push((name(url), answer));
        }
        answers
    }

    /// `path` may hold a query.
    async fn call(
        &self,
        method: Method,
        base: &Url,
        path: &str,
        body: Option<Bytes>,
    ) -> Result<Bytes, NodeCallError> {
        let mut url = base.clone();
        let (path, query) = path.split_once('?').map_or((path, None), |(path, query)| (path, Some(query)));
        url.set_path(&format!("{}{path}", base.path().trim_end_matches('/')));
        url.set_query(query);
        let mut request = self.client.request(method, url).bearer_auth(&self.token);
        if let Some(body) = body {
            request = request.header(http::header::CONTENT_TYPE, "application/json").body(body);
        }
        let unreachable = |error: reqwest::Error| NodeCallError::Unreachable(cause(&error));
        let answer = request.send().await.map_err(unreachable)?;
        match answer.status() {
            status if status.is_success() => answer.bytes().await.map_err(unreachable),
            StatusCode::NOT_FOUND => Err(NodeCallError::NotFound),
            StatusCode::PAYLOAD_TOO_LARGE => Err(NodeCallError::Refused("it is too large".to_owned())),
            status @ (StatusCode::BAD_REQUEST | StatusCode::UNPROCESSABLE_ENTITY) => {
                let said = answer.bytes().await.ok().and_then(|body| refusal(&body));
                Err(said.map_or(NodeCallError::Status(status), NodeCallError::Refused))
            }
            status => Err(NodeCallError::Status(status)),
        }
    }
}

/// What a node says is wrong with a body. Nothing when it was no node that answered.
fn refusal(body: &[u8]) -> Option<String> {
    let ErrorBody { error } = serde_json::from_slice(body).ok()?;
    let details: Vec<String> = error.details.iter().map(|d| format!("{}: {}", d.field, d.error)).collect();
    Some(if details.is_empty() { error.message } else { details.join("; ") })
}

fn name(url: &Url) -> String {
    url.origin().ascii_serialization()
}

fn json<B: Serialize + ?Sized>(body: &B) -> Result<Bytes, NoNode> {
    let failed = |error: serde_json::Error| NoNode {
        failed: vec![FieldError { field: "body".to_owned(), error: error.to_string() }],
        refused: None,
    };
    serde_json::to_vec(body).map(Bytes::from).map_err(failed)
}

fn read<T: DeserializeOwned>(answer: &[u8]) -> Result<T, NodeCallError> {
    serde_json::from_slice(answer).map_err(|_| NodeCallError::Answer)
}
