//! How many claims a second one api-service settles, against a real mongod of this machine.
//!
//! `claims <claims> <nodes> <claims a batch>` starts the engines and api-service (built in the same profile),
//! and sends batches as nodes do: each node one at a time. First conversions that are all new, then a mix of 70 %
//! new ones, 20 % postbacks that repeat an earlier one, and 10 % that change it. Bodies are written beforehand; reading
//! the answers is in the figures.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail, ensure};
use reqwest::Client;
use tokio::task::JoinSet;
use traffoflex_conversion::dedupe_key::conversion_id;
use traffoflex_local::stack::{BOOTSTRAP_TOKEN, NODE_TOKEN, Stack};
use traffoflex_model::{
    Attribution, Claim, ClaimKind, ConversionClick, ConversionStatus, Currency, DuplicateMode, NodeId,
};
use traffoflex_wire::conversion::{ClaimAnswers, ClaimBatch, MAX_CLAIMS, PATH};

const AT_MS: i64 = 1_790_000_000_000;
const HOUR_MS: i64 = 3_600_000;

#[tokio::main]
async fn main() -> Result<()> {
    let arguments: Vec<usize> = std::env::args()
        .skip(1)
        .map(|argument| argument.parse())
        .collect::<Result<_, _>>()
        .context("numbers")?;
    let [claims, nodes, batch] = arguments[..] else {
        bail!("usage: claims <claims> <nodes> <claims a batch>")
    };
    ensure!(claims > 0 && nodes > 0 && (1..=MAX_CLAIMS).contains(&batch), "out of range");
    let stack = Stack::start(false).await?;
    let url = stack.api()?.url();
    let client = Client::new();
    let workspace = client.get(format!("{url}/api/workspace")).bearer_auth(BOOTSTRAP_TOKEN).send().await?;
    let workspace: serde_json::Value = workspace.error_for_status()?.json().await?;
    let workspace = workspace["id"].as_str().context("no workspace")?;

    let new: Vec<Claim> = (0..claims).map(|number| claim(workspace, "new", number)).collect();
    let mix: Vec<Claim> = (0..claims).map(|number| mixed(workspace, number)).collect();
    for (name, claims) in [("new", new), ("mix", mix)] {
        let bodies = claims.chunks(batch).map(body).collect::<Result<Vec<Vec<u8>>>>()?;
        let figures = run(&client, &format!("{url}{PATH}"), bodies, nodes).await?;
        report(name, claims.len(), figures);
    }
    Ok(())
}

fn claim(workspace: &str, kind: &str, number: usize) -> Claim {
    let transaction = format!("{kind}-transaction-{number:012}");
    let click = ConversionClick {
        clicked_at: AT_MS - 60_000,
        campaign_id: format!("01M7YS1K5VF9FV2E9S3MYQ{:04}", number % 300).into(),
        stream_id: "01M7YS1K5VF9FV2E9S3MYQB93F".into(),
        destination_id: "01M7YS1K5VF9FV2E9S3MYQB93G".into(),
        source_id: "01M7YS1K5VF9FV2E9S3MYQB93H".into(),
        ..ConversionClick::without(Attribution::Click, &format!("{kind}{number:028}"))
    };
    Claim {
        claim_id: format!("01M7YS-{kind}-{number:013}"),
        kind: ClaimKind::Postback,
        conversion_id: conversion_id(workspace, "network", &transaction, "", ""),
        workspace_id: workspace.into(),
        network_id: "01M7YS1K5VF9FV2E9S3MYQB93N".into(),
        transaction_id: transaction,
        event_type: String::new(),
        repeat: String::new(),
        received_at: AT_MS + number as i64,
        status: ConversionStatus::Lead,
        raw_status: "pending".into(),
        payout: Some(rust_decimal::Decimal::new(1250, 2)),
        currency: Currency::USD,
        duplicates: DuplicateMode::Update,
        click,
        raw_payload: "txid=new-transaction-000000000000&payout=12.50&status=pending&currency=USD".into(),
    }
}

/// Of ten claims seven are new, two repeat one of the first run and one changes it.
fn mixed(workspace: &str, number: usize) -> Claim {
    let own = Claim { received_at: AT_MS + HOUR_MS + number as i64, ..claim(workspace, "mix", number) };
    let earlier = claim(workspace, "new", number);
    let repeat = Claim { claim_id: own.claim_id.clone(), received_at: own.received_at, ..earlier };
    match number % 10 {
        7 | 8 => repeat,
        9 => Claim { status: ConversionStatus::Sale, raw_status: "approved".into(), ..repeat },
        _ => own,
    }
}

fn body(claims: &[Claim]) -> Result<Vec<u8>> {
    let node_id = NodeId::parse("bench").context("node id")?;
    Ok(serde_json::to_vec(&ClaimBatch { node_id, claims: claims.to_vec() })?)
}

struct Figures {
    took: Duration,
    /// Of each batch, sorted.
    batches: Vec<Duration>,
    versions: usize,
}

async fn run(client: &Client, url: &str, bodies: Vec<Vec<u8>>, nodes: usize) -> Result<Figures> {
    let waiting = Arc::new(std::sync::Mutex::new(bodies));
    let started = Instant::now();
    let mut senders = JoinSet::new();
    for _ in 0..nodes {
        let (waiting, client, url) = (waiting.clone(), client.clone(), url.to_owned());
        senders.spawn(async move {
            let (mut taken, mut versions) = (Vec::new(), 0);
            loop {
                let next = waiting.lock().map_err(|_| anyhow::anyhow!("a sender panicked"))?.pop();
                let Some(body) = next else { return Ok::<_, anyhow::Error>((taken, versions)) };
                let sent = Instant::now();
                let request =
                    client.post(&url).bearer_auth(NODE_TOKEN).header("content-type", "application/json");
                let answer: ClaimAnswers =
                    request.body(body).send().await?.error_for_status()?.json().await?;
                taken.push(sent.elapsed());
                ensure!(answer.refused.is_empty(), "refused: {:?}", answer.refused.first());
                versions += answer.settled.iter().filter(|claimed| claimed.outcome.is_version()).count();
            }
        });
    }
    let (mut batches, mut versions) = (Vec::new(), 0);
    while let Some(sender) = senders.join_next().await {
        let (taken, made) = sender??;
        batches.extend(taken);
        versions += made;
    }
    let took = started.elapsed();
    batches.sort_unstable();
    Ok(Figures { took, batches, versions })
}

#[expect(clippy::print_stdout, reason = "the figures are what it is for")]
fn report(name: &str, claims: usize, figures: Figures) {
    let at = |percent: usize| {
        let place = (figures.batches.len() * percent / 100).min(figures.batches.len().saturating_sub(1));
        figures.batches.get(place).copied().unwrap_or_default().as_millis()
    };
    println!("claims_{name}_per_s\t{:.0}", claims as f64 / figures.took.as_secs_f64());
    println!("claims_{name}_versions\t{}", figures.versions);
    println!("claims_{name}_batch_p50_ms\t{}", at(50));
    println!("claims_{name}_batch_p99_ms\t{}", at(99));
}
