//! What a postback node asks of central: clicks by their ids, and claims.

use std::time::Duration;

use hashbrown::HashMap;
use reqwest::{Client, StatusCode, Url, header};
use serde::{Serialize, de::DeserializeOwned};
use traffoflex_model::{Claim, Claimed, FoundClick};
use traffoflex_wire::{
    click_lookup::{self, ClickLookup, FoundClicks},
    conversion::{self, ClaimAnswers, ClaimBatch, MAX_CLAIMS, RefusedClaim},
};

use crate::{
    bounded_body::{self, BodyError},
    config::NodeConfig,
};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// A full batch takes central a second or two.
const CLAIM_TIMEOUT: Duration = Duration::from_secs(30);
/// A click is a few kilobytes, a claim's answer less.
const MAX_ANSWER_BYTES: u64 = 32 << 20;
/// Longest wait a `Retry-After` can ask for.
const MAX_RETRY_AFTER: Duration = Duration::from_secs(60);

pub type Clicks = HashMap<String, FoundClick>;

#[derive(Debug, thiserror::Error)]
pub enum CallError {
    #[error("central cannot be reached: {0}")]
    Request(reqwest::Error),
    #[error("central's answer: {0}")]
    Answer(String),
    #[error("central answered {status}: {text}")]
    Status { status: StatusCode, text: String, retry_after: Option<Duration> },
}

/// What to do about a call that failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Remedy {
    /// Nobody was there: nothing else can be asked of central now.
    Away,
    /// It may go better later.
    Later,
    /// What was sent will never be taken as it is.
    Never,
}

impl CallError {
    /// The one place that tells what a failure means.
    pub fn remedy(&self) -> Remedy {
        match self {
            Self::Request(error) if error.is_connect() => Remedy::Away,
            Self::Request(_) | Self::Answer(_) => Remedy::Later,
            Self::Status { status, .. } => match *status {
                StatusCode::BAD_REQUEST
                | StatusCode::PAYLOAD_TOO_LARGE
                | StatusCode::UNPROCESSABLE_ENTITY => Remedy::Never,
                // A token or an address that must be put right is no fault of what was sent.
                _ => Remedy::Later,
            },
        }
    }

    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Status { retry_after, .. } => *retry_after,
            _ => None,
        }
    }
}

/// A clone is cheap.
#[derive(Clone)]
pub struct Central {
    client: Client,
    node: NodeConfig,
    lookup_url: Url,
    claims_url: Url,
    lookup_timeout: Duration,
}

impl Central {
    pub fn new(node: &NodeConfig, lookup_timeout: Duration) -> reqwest::Result<Self> {
        let client = Client::builder()
            .connect_timeout(CONNECT_TIMEOUT)
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .build()?;
        let url = |path: &str| {
            let mut url = node.central_url.clone();
            url.set_path(&format!("{}{path}", url.path().trim_end_matches('/')));
            url
        };
        Ok(Self {
            client,
            lookup_url: url(click_lookup::PATH),
            claims_url: url(conversion::PATH),
            node: node.clone(),
            lookup_timeout,
        })
    }

    /// Those of the clicks that the warehouse has.
    pub async fn look_up(&self, click_ids: Vec<String>) -> Result<Clicks, CallError> {
        let mut found = Clicks::new();
        for part in click_ids.chunks(click_lookup::MAX_IDS) {
            let body = ClickLookup { click_ids: part.to_vec() };
            let answer: FoundClicks = self.call(&self.lookup_url, &body, self.lookup_timeout).await?;
            found.extend(answer.clicks.into_iter().map(|click| (click.click_id.clone(), click)));
        }
        Ok(found)
    }

    /// What becomes of each claim, by its id. A batch that central refuses as a whole is halved until it is
    /// known which of its claims is to blame.
    pub async fn claim(&self, claims: Vec<Claim>) -> Result<Answers, CallError> {
        let mut answers = Answers::default();
        let mut parts: Vec<Vec<Claim>> = claims.chunks(MAX_CLAIMS).rev().map(<[Claim]>::to_vec).collect();
        while let Some(claims) = parts.pop() {
            let batch = ClaimBatch { node_id: self.node.node_id.clone(), claims };
            match self.call::<ClaimAnswers>(&self.claims_url, &batch, CLAIM_TIMEOUT).await {
                Ok(settled) => answers.add(settled),
                Err(error) if error.remedy() == Remedy::Never => match <[Claim; 1]>::try_from(batch.claims) {
                    Ok([claim]) => {
                        answers.refused.insert(claim.claim_id, error.to_string());
                    }
                    Err(mut claims) => {
                        let second = claims.split_off(claims.len() / 2);
                        parts.extend([second, claims].into_iter().filter(|part| !part.is_empty()));
                    }
                },
                Err(error) => return Err(error),
            }
        }
        Ok(answers)
    }

    async fn call<T: DeserializeOwned>(
        &self,
        url: &Url,
        body: &impl Serialize,
        timeout: Duration,
    ) -> Result<T, CallError> {
        let request = self.client.post(url.clone()).bearer_auth(&self.node.node_token).timeout(timeout);
        let response =
            request.json(body).send().await.map_err(|error| CallError::Request(error.without_url()))?;
        let status = response.status();
        let retry_after = response
            .headers()
            .get(header::RETRY_AFTER)
            .and_then(|value| value.to_str().ok()?.parse().ok())
            .map(|seconds| Duration::from_secs(seconds).min(MAX_RETRY_AFTER));
        let body = bounded_body::read(response, MAX_ANSWER_BYTES).await.map_err(|error| match error {
            BodyError::Request(error) => CallError::Request(error.without_url()),
            too_large => CallError::Answer(too_large.to_string()),
        })?;
        if status != StatusCode::OK {
            let text = String::from_utf8_lossy(&body[..body.len().min(200)]).into_owned();
            return Err(CallError::Status { status, text, retry_after });
        }
        serde_json::from_slice(&body).map_err(|error| CallError::Answer(error.to_string()))
    }
}

#[derive(Debug, Default)]
pub struct Answers {
    pub settled: HashMap<String, Claimed>,
    pub refused: HashMap<String, String>,
}

impl Answers {
    fn add(&mut self, answers: ClaimAnswers) {
        self.settled.extend(answers.settled.into_iter().map(|claimed| (claimed.claim_id.clone(), claimed)));
        let refused = answers.refused.into_iter();
        self.refused.extend(refused.map(|RefusedClaim { claim_id, error }| (claim_id, error)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_wrong_in_itself_is_given_up() {
        let of = |status: u16| {
            let status = StatusCode::from_u16(status).unwrap();
            CallError::Status { status, text: String::new(), retry_after: None }.remedy()
        };
        for status in [400, 413, 422] {
            assert_eq!(of(status), Remedy::Never, "{status}");
        }
        for status in [301, 401, 403, 404, 408, 429, 500, 502, 503] {
            assert_eq!(of(status), Remedy::Later, "{status}");
        }
    }

    #[tokio::test]
    async fn nobody_listening_is_away() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let addr = listener.local_addr().unwrap();
        drop(listener);
        let error = Client::new().get(format!("http://{addr}/")).send().await.unwrap_err();
        assert_eq!(CallError::Request(error).remedy(), Remedy::Away);
    }
}
