//! One request to central and its answer.

use std::time::Duration;

use reqwest::{Client, StatusCode, Url};
use traffoflex_model::{CapAsk, NodeId};
use traffoflex_wire::lease::{LeaseRequest, LeaseResponse, PATH};

use crate::{clock::now_ms, config::NodeConfig};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);
/// Of a whole exchange. What a lost answer granted comes with the next one.
const TIMEOUT: Duration = Duration::from_secs(10);

#[derive(Debug, thiserror::Error)]
pub enum ExchangeError {
    #[error("central cannot be reached: {0}")]
    Request(#[from] reqwest::Error),
    #[error("central answered {0}")]
    Status(StatusCode),
}

impl ExchangeError {
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Request(_) => "unreachable",
            Self::Status(StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN) => "unauthorized",
            Self::Status(_) => "status",
        }
    }
}

pub struct Exchange {
    client: Client,
    url: Url,
    token: String,
    node_id: NodeId,
    lease_epoch: i64,
    ttl_ms: i64,
}

impl Exchange {
    pub fn new(node: &NodeConfig, lease_epoch: u64, ttl_ms: i64) -> reqwest::Result<Self> {
        let client = Client::builder()
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(TIMEOUT)
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .build()?;
        let mut url = node.central_url.clone();
        url.set_path(&format!("{}{PATH}", url.path().trim_end_matches('/')));
        let (token, node_id) = (node.node_token.clone(), node.node_id.clone());
        Ok(Self { client, url, token, node_id, lease_epoch: lease_epoch as i64, ttl_ms })
    }

    pub async fn ask(&self, asks: Vec<CapAsk>) -> Result<LeaseResponse, ExchangeError> {
        let (node_id, lease_epoch, ttl_ms) = (self.node_id.clone(), self.lease_epoch, self.ttl_ms);
        let request = LeaseRequest { node_id, lease_epoch, ttl_ms, sent_at_ms: Some(now_ms()), asks };
        let response =
            self.client.post(self.url.clone()).bearer_auth(&self.token).json(&request).send().await?;
        match response.status() {
            StatusCode::OK => Ok(response.json().await?),
            status => Err(ExchangeError::Status(status)),
        }
    }
}
