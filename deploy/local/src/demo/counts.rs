//! What the node and the reports say, asked until they agree with what was sent.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use jiff::Timestamp;
use reqwest::Client;
use rust_decimal::Decimal;
use serde::Deserialize;
use serde_json::Value;

use super::ledger::Totals;
use crate::launcher::{Secrets, run_file::RunFile, say};

const TIMEOUT: Duration = Duration::from_secs(40);
const POLL_INTERVAL: Duration = Duration::from_millis(100);
/// Numbers that do not move for this long will not get there.
const STALL_LIMIT: Duration = Duration::from_secs(45);
/// Of one currency, the most that a list has at once.
const MAX_RATES: &str = "500";
/// Rows of a table.
const TOP: &str = "10";

/// What a report is asked about.
pub struct Period {
    pub from: Timestamp,
    pub to: Timestamp,
    /// Only the clicks of this run, and what is tied to them; none: everything.
    pub marker: Option<String>,
}

/// How far a node has counted.
#[derive(Debug, Clone, Deserialize)]
pub struct Node {
    #[serde(rename = "node_id")]
    pub id: String,
    #[serde(rename = "node_epoch")]
    pub epoch: u64,
    pub last_seq: u64,
    queued_events: u64,
    dropped_total: u64,
}

pub struct Counts {
    client: Client,
    api_url: String,
    traffic_url: String,
    postback_url: String,
    api_token: String,
    node_token: String,
}

impl Counts {
    pub fn new(run: &RunFile, secrets: &Secrets) -> Result<Self> {
        Ok(Self {
            client: Client::builder().no_proxy().timeout(TIMEOUT).build()?,
            api_url: run.api_url.clone(),
            traffic_url: run.traffic_url.clone(),
            postback_url: run.postback_url.clone(),
            api_token: secrets.bootstrap_token.clone(),
            node_token: secrets.operator_token.clone(),
        })
    }

    /// Until the node holds nothing and the report counts `wanted` clicks, or until both stand still.
    pub async fn wait_for(&self, wanted: u64, period: &Period) -> Result<(u64, Node)> {
        let (mut last, mut moved) = (None, Instant::now());
        let began = Instant::now();
        loop {
            let node = self.node(&self.traffic_url).await?;
            let counted = self.counted(period).await?;
            if node.queued_events == 0 && counted >= wanted {
                say(format_args!("all counted after {:.1} s", began.elapsed().as_secs_f64()));
                return Ok((counted, node));
            }
            let now = Some((node.queued_events, counted));
            if now != last {
                (last, moved) = (now, Instant::now());
            }
            if moved.elapsed() > STALL_LIMIT {
                eprintln!(
                    "no progress for {} s: {} events queued on the node, {} dropped, {counted} clicks counted",
                    STALL_LIMIT.as_secs(),
                    node.queued_events,
                    node.dropped_total
                );
                return Ok((counted, node));
            }
            tokio::time::sleep(POLL_INTERVAL).await;
        }
    }

    /// Both nodes once they hold nothing, so that what they counted so far can be audited.
    pub async fn drained(&self) -> Result<Vec<Node>> {
        let mut nodes = Vec::new();
        for url in [&self.traffic_url, &self.postback_url] {
            let began = Instant::now();
            let mut node = self.node(url).await?;
            while node.queued_events > 0 {
                if began.elapsed() > STALL_LIMIT {
                    bail!("{} still holds {} events", node.id, node.queued_events);
                }
                tokio::time::sleep(POLL_INTERVAL).await;
                node = self.node(url).await?;
            }
            nodes.push(node);
        }
        Ok(nodes)
    }

    async fn node(&self, url: &str) -> Result<Node> {
        let url = format!("{url}/internal/event-producer/stats");
        let stats = self.get(&url, &self.node_token, &[]).await?;
        serde_json::from_value(stats).context("stats of the node")
    }

    /// Reports leave bots out of `clicks`; a bot's click was redirected like any other.
    async fn counted(&self, period: &Period) -> Result<u64> {
        let metrics = self.report("overview", period, &[]).await?;
        let number =
            |name: &str| metrics[name].as_u64().with_context(|| format!("no {name} in the overview"));
        Ok(number("clicks")? + number("bots")?)
    }

    /// What the overview says of conversions.
    pub async fn conversions(&self, period: &Period) -> Result<Totals> {
        let metrics = self.report("overview", period, &[]).await?;
        let number =
            |name: &str| metrics[name].as_u64().with_context(|| format!("no {name} in the overview"));
        let revenue = metrics["revenue"].as_str().context("no revenue in the overview")?;
        Ok(Totals {
            conversions: number("conversions")?,
            leads: number("leads")?,
            sales: number("sales")?,
            rejected: number("rejected")?,
            revenue: revenue.parse().context("revenue in the overview")?,
        })
    }

    /// What a euro is worth in the reports today; none: they do not know.
    pub async fn euro(&self) -> Result<Option<Decimal>> {
        let workspace = self.get(&format!("{}/api/workspace", self.api_url), &self.api_token, &[]).await?;
        if workspace["currency"] != "USD" {
            bail!(
                "the demo's ledger is in USD, and the workspace's reports are in {}",
                workspace["currency"]
            );
        }
        let url = format!("{}/api/currency-rates", self.api_url);
        let rates = self.get(&url, &self.api_token, &[("currency", "EUR"), ("limit", MAX_RATES)]).await?;
        let rates = rates["items"].as_array().map(Vec::as_slice).unwrap_or_default();
        let today = Timestamp::now().strftime("%Y-%m-%d").to_string();
        let mut dated: Vec<(&str, &str)> =
            rates.iter().filter_map(|rate| Some((rate["date"].as_str()?, rate["rate"].as_str()?))).collect();
        dated.sort_unstable();
        let valid = dated.iter().rev().find(|(date, _)| *date <= &*today).or(dated.first());
        valid.map(|(_, rate)| rate.parse().context("rate of the euro")).transpose()
    }

    pub async fn grouped(&self, period: &Period, dimension: &str) -> Result<Value> {
        let by = [("group_by", dimension), ("sort", "clicks"), ("order", "desc"), ("limit", TOP)];
        self.report("grouped", period, &by).await
    }

    async fn report(&self, name: &str, period: &Period, more: &[(&str, &str)]) -> Result<Value> {
        let (from, to) = (period.from.to_string(), period.to.to_string());
        let mut query = vec![("from", &*from), ("to", &*to), ("timezone", "UTC")];
        query.extend(period.marker.as_deref().map(|marker| ("sub10", marker)));
        query.extend_from_slice(more);
        self.get(&format!("{}/api/reports/{name}", self.api_url), &self.api_token, &query).await
    }

    async fn get(&self, url: &str, token: &str, query: &[(&str, &str)]) -> Result<Value> {
        let answer = self.client.get(url).query(query).bearer_auth(token).send().await?;
        let status = answer.status();
        let text = answer.text().await?;
        if !status.is_success() {
            bail!("{url} answered {status}: {text}");
        }
        serde_json::from_str(&text).with_context(|| url.to_owned())
    }
}
