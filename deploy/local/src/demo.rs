//! `traffoflex demo`: real clicks and postbacks through the public ports, then proof that none was lost or
//! counted twice, and that each traffic source was told what is due.

mod counts;
mod ledger;
mod postbacks;
pub mod receiver;
mod send;
mod tables;
mod visitors;

use std::{path::Path, process::Stdio, sync::Arc};

use anyhow::{Context, Result, bail};
use counts::{Counts, Node, Period};
use jiff::{Timestamp, ToSpan};
use receiver::Receiver;
use visitors::Visitors;

use crate::{
    engines::geoip,
    launcher::{Secrets, run_file::RunFile, say, service_environment::api_tokens},
    services::binary,
};

#[derive(Debug, Clone, clap::Args)]
pub struct DemoArgs {
    /// How many clicks to send.
    #[arg(long, default_value_t = 20_000, value_parser = clap::value_parser!(u64).range(1..))]
    pub clicks: u64,

    /// Connections in use at once.
    #[arg(long, default_value_t = DEFAULT_CONCURRENCY, value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub concurrency: u16,

    /// Makes the same visitors again. By default each run has others.
    #[arg(long)]
    pub seed: Option<u64>,
}

const DEFAULT_CONCURRENCY: u16 = 32;

impl DemoArgs {
    pub fn of(clicks: u64) -> Self {
        Self { clicks, concurrency: DEFAULT_CONCURRENCY, seed: None }
    }
}

/// Returns whether sent, redirected and counted are the same number, conversions and calls to sources are
/// what the ledger says, and the audit found no gap.
pub async fn run(args: &DemoArgs, data_dir: &Path) -> Result<bool> {
    let run = RunFile::read(data_dir)?;
    if run.campaigns.is_empty() {
        bail!("the demo campaigns were deleted: remove demo-workspace in {} and restart", data_dir.display());
    }
    let Some(network) = run.network.clone() else {
        bail!("the demo network was deleted: remove demo-workspace in {} and restart", data_dir.display());
    };
    let secrets = Secrets::load(data_dir)?;
    let receiver = Receiver::start(run.receiver).await?;
    let seed = args.seed.unwrap_or_else(|| fastrand::u64(..));
    let visitors = tokio::task::spawn_blocking(|| {
        Visitors::load(&geoip::user_agents_path()?, &geoip::asn_path()?.join("asn-ipv4.csv"))
    });
    let visitors = Arc::new(visitors.await??);
    // Unique also when a seed is used twice.
    let marker = format!("demo-{:x}-{:04x}", Timestamp::now().as_millisecond(), fastrand::u16(..));
    say(format_args!(
        "sending {} clicks to {} (seed {seed}, sub10={marker})",
        thousands(args.clicks),
        run.traffic_url
    ));
    // Clocks of nodes need not be ours.
    let from = Timestamp::now() - 1.minute();
    let plan = send::Plan {
        traffic_url: run.traffic_url.clone(),
        campaigns: run.campaigns.clone(),
        clicks: args.clicks,
        concurrency: args.concurrency,
        seed,
        marker: marker.clone(),
    };
    let sent = send::all(Arc::new(plan), visitors).await?;
    sent.describe_failures();

    let period = Period { from, to: Timestamp::now() + 10.minutes(), marker: Some(marker.clone()) };
    let counts = Counts::new(&run, &secrets)?;
    // A click that was not redirected need not have an event: waiting for it would be in vain.
    let (counted, _) = counts.wait_for(sent.redirected, &period).await?;

    // From here on: whoever sends other postbacks meanwhile is counted with ours.
    let since = Timestamp::now();
    let euro = counts.euro().await?;
    let conversions = ledger::draw(&sent.clicks, &marker, euro, &mut fastrand::Rng::with_seed(seed));
    let plan = Arc::new(postbacks::Plan {
        postback_url: run.postback_url.clone(),
        network,
        secret: secrets.demo_network_secret(),
        concurrency: args.concurrency,
        conversions,
        euro,
    });
    say(format_args!("sending postbacks of {} conversions", thousands(plan.conversions.len() as u64)));
    let answers = postbacks::send(plan.clone()).await?;
    let as_answered = postbacks::describe(&answers);
    let all = Period { from: since, to: Timestamp::now() + 10.minutes(), marker: None };
    let converted = postbacks::reconcile(&counts, &plan, &period, &all).await?;
    let told = postbacks::reconcile_calls(&receiver, &plan.conversions, &marker).await?;

    say("");
    let expected = counts.drained().await?.into_iter().flat_map(expected_last).collect::<Vec<_>>();
    let complete = audit_of(&run, &secrets, &expected).await?;
    for (title, dimension) in [("Campaign", "campaign"), ("Country", "country")] {
        tables::print(title, dimension, &counts.grouped(&period, dimension).await?);
    }
    let equal = args.clicks == sent.redirected && sent.redirected == counted;
    say("");
    say(format_args!(
        "sent {} {} redirected {} {} counted {}",
        thousands(args.clicks),
        sign(args.clicks == sent.redirected),
        thousands(sent.redirected),
        sign(sent.redirected == counted),
        thousands(counted),
    ));
    Ok(equal && as_answered && converted && told && complete)
}

fn expected_last(node: Node) -> [String; 2] {
    ["--expect-last".to_owned(), format!("{}:{}:{}", node.id, node.epoch, node.last_seq)]
}

fn sign(same: bool) -> &'static str {
    if same { "=" } else { "!=" }
}

/// `api-service audit` with the databases of a running `up`. Whether nothing is missing.
pub async fn audit(data_dir: &Path, arguments: &[String]) -> Result<bool> {
    audit_of(&RunFile::read(data_dir)?, &Secrets::load(data_dir)?, arguments).await
}

async fn audit_of(run: &RunFile, secrets: &Secrets, arguments: &[String]) -> Result<bool> {
    let mut command = tokio::process::Command::new(binary("api-service")?);
    command
        .arg("audit")
        .args(arguments)
        .env_clear()
        .envs(&run.databases)
        .envs(api_tokens(secrets))
        .stdin(Stdio::null())
        .kill_on_drop(true);
    let output = command.output().await.context("api-service audit")?;
    say(String::from_utf8_lossy(&output.stdout).trim_end());
    if !output.status.success() {
        eprintln!("audit ended with {}: {}", output.status, String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(output.status.success())
}

/// 20000 as 20,000.
fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_three_digits() {
        for (number, text) in
            [(0, "0"), (999, "999"), (1000, "1,000"), (20_000, "20,000"), (1_234_567, "1,234,567")]
        {
            assert_eq!(thousands(number), text);
        }
    }
}
