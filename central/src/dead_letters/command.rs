//! `api-service dlq list | replay`: the list of given-up calls from a shell, straight at the nodes; of all
//! workspaces unless one is named.

use std::process::ExitCode;

use anyhow::Result;
use serde::Serialize;
use serde_json::Value;

use super::{DeadLetter, ListRequest, RetryRequest, list, retry};
use crate::postback_nodes::PostbackNodes;

/// Entries asked for at once.
const PAGE: u64 = 500;

#[derive(Debug, clap::Args)]
pub struct DlqArgs {
    #[command(subcommand)]
    command: DlqCommand,
}

#[derive(Debug, clap::Subcommand)]
enum DlqCommand {
    /// Print the calls that were given up. Ends with 1 when a node does not answer.
    List {
        /// Only those of this workspace.
        #[arg(long)]
        workspace: Option<String>,
        /// Print JSON instead of lines.
        #[arg(long)]
        json: bool,
    },
    /// Put calls back in the queue. Ends with 1 when a node does not answer.
    Replay(ReplayArgs),
}

#[derive(Debug, clap::Args)]
struct ReplayArgs {
    /// All of them.
    #[arg(long, required_unless_present_any = ["key", "target"], conflicts_with_all = ["key", "target"])]
    all: bool,
    /// The one with this idempotency key. May be repeated.
    #[arg(long)]
    key: Vec<String>,
    /// Those of this traffic source, of this one of its postbacks, or of this webhook.
    #[arg(long, conflicts_with = "key")]
    target: Option<String>,
    /// Only those of this workspace.
    #[arg(long)]
    workspace: Option<String>,
    /// Print JSON instead of lines.
    #[arg(long)]
    json: bool,
}

pub async fn run(nodes: &PostbackNodes, args: DlqArgs) -> Result<ExitCode> {
    anyhow::ensure!(!nodes.is_empty(), "POSTBACK_SERVICE_URL names no node");
    match args.command {
        DlqCommand::List { workspace, json } => print_list(nodes, workspace, json).await,
        DlqCommand::Replay(args) => replay(nodes, args).await,
    }
}

#[derive(Serialize)]
struct Whole {
    items: Vec<DeadLetter>,
    failed: Vec<String>,
}

#[expect(clippy::print_stdout, reason = "a command's output")]
async fn print_list(nodes: &PostbackNodes, workspace_id: Option<String>, json: bool) -> Result<ExitCode> {
    let mut whole = Whole { items: Vec::new(), failed: Vec::new() };
    loop {
        let offset = whole.items.len() as u64;
        let workspace_id = workspace_id.clone();
        let page =
            list(nodes, &ListRequest { limit: PAGE, offset, workspace_id, ..ListRequest::default() }).await;
        let done = page.items.is_empty() || whole.items.len() + page.items.len() >= page.total as usize;
        whole.items.extend(page.items);
        if done {
            let failed = page.nodes.into_iter().filter_map(|n| Some(format!("{}: {}", n.node, n.failed?)));
            whole.failed = failed.collect();
            break;
        }
    }
    if json {
        println!("{}", serde_json::to_string_pretty(&whole)?);
    } else {
        let text = |item: &Value, field: &str| match &item[field] {
            Value::String(text) => text.clone(),
            Value::Null => "-".to_owned(),
            other => other.to_string(),
        };
        for item in &whole.items {
            let item = &serde_json::to_value(item)?;
            let fields = ["node", "key", "target_id", "attempts", "error", "url"];
            println!("{}", fields.map(|field| text(item, field)).join("\t"));
        }
        println!("{} given up", whole.items.len());
        for failed in &whole.failed {
            println!("no answer from {failed}");
        }
    }
    Ok(if whole.failed.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

#[expect(clippy::print_stdout, reason = "a command's output")]
async fn replay(nodes: &PostbackNodes, args: ReplayArgs) -> Result<ExitCode> {
    let ReplayArgs { all, key, target, workspace, json } = args;
    let request = RetryRequest { keys: key, all, target_id: target };
    request.check().map_err(|(field, error)| anyhow::anyhow!("{field}: {error}"))?;
    let answer = retry(nodes, &request, workspace.as_deref()).await;
    if json {
        println!("{}", serde_json::to_string_pretty(&answer)?);
    } else {
        println!("{} back in the queue", answer.retried);
        for node in answer.nodes.iter().filter(|node| node.failed.is_some()) {
            println!("no answer from {}: {}", node.node, node.failed.as_deref().unwrap_or_default());
        }
    }
    let complete = answer.nodes.iter().all(|node| node.failed.is_none());
    Ok(if complete { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
