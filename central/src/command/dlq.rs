//! `api-service dlq list | replay`: the calls that nodes gave up, and the postbacks that they set aside,
//! straight at the nodes; of all workspaces unless one is named.

use std::process::ExitCode;

use anyhow::{Result, anyhow, ensure};
use serde::Serialize;
use serde_json::{Value, json};

use super::{context, output};
use crate::{
    audit_log::{Action, Change},
    catalog::Catalog,
    config::MongoConfig,
    dead_letters::{
        DeadLetter, Kind, ListRequest, Retried, RetryRequest, SetAsideRetry, list, retry, retry_set_aside,
    },
    postback_nodes::PostbackNodes,
};

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
    #[command(after_help = "Example:\n  api-service dlq list --json | jq -r '.items[].key'")]
    List(ListArgs),
    /// Put calls back in the queue. Ends with 1 when a node does not answer.
    #[command(alias = "retry", after_help = "Example:\n  api-service dlq replay --all")]
    Replay(ReplayArgs),
}

#[derive(Debug, clap::Args)]
struct ListArgs {
    /// The postbacks that nodes set aside because central refused to claim them.
    #[arg(long)]
    set_aside: bool,
    /// Only those of this workspace.
    #[arg(long, value_name = "ID")]
    workspace: Option<String>,
    /// Print JSON instead of lines.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, clap::Args)]
struct ReplayArgs {
    /// All of them.
    #[arg(long, required_unless_present_any = ["key", "target", "postback"], conflicts_with_all = ["key", "target"])]
    all: bool,
    /// The one with this idempotency key. May be repeated.
    #[arg(long)]
    key: Vec<String>,
    /// Those of this traffic source, of this one of its postbacks, or of this webhook.
    #[arg(long, value_name = "ID", conflicts_with = "key")]
    target: Option<String>,
    /// Postbacks that were set aside instead of calls: with `--all`, or some by `--postback`.
    #[arg(long, conflicts_with_all = ["key", "target"])]
    set_aside: bool,
    /// The postback with this id that was set aside. May be repeated.
    #[arg(long, value_name = "ID", requires = "set_aside", conflicts_with = "all")]
    postback: Vec<String>,
    /// Only those of this workspace.
    #[arg(long, value_name = "ID")]
    workspace: Option<String>,
    /// Print JSON instead of lines.
    #[arg(long)]
    json: bool,
}

pub async fn run(nodes: &PostbackNodes, mongo: &MongoConfig, args: DlqArgs) -> Result<ExitCode> {
    ensure!(!nodes.is_empty(), "POSTBACK_SERVICE_URL names no node");
    match args.command {
        DlqCommand::List(args) => print_list(nodes, args).await,
        DlqCommand::Replay(args) => replay(nodes, mongo, args).await,
    }
}

#[derive(Serialize)]
struct Whole {
    items: Vec<DeadLetter>,
    failed: Vec<String>,
}

async fn whole(nodes: &PostbackNodes, kind: Kind, workspace_id: Option<String>) -> Whole {
    let mut whole = Whole { items: Vec::new(), failed: Vec::new() };
    loop {
        let (offset, workspace_id) = (whole.items.len() as u64, workspace_id.clone());
        let request = ListRequest { kind, limit: PAGE, offset, workspace_id, ..ListRequest::default() };
        let page = list(nodes, &request).await;
        let done = page.items.is_empty() || whole.items.len() + page.items.len() >= page.total as usize;
        whole.items.extend(page.items);
        if done {
            let failed = page.nodes.into_iter().filter_map(|n| Some(format!("{}: {}", n.node, n.failed?)));
            whole.failed = failed.collect();
            return whole;
        }
    }
}

async fn print_list(nodes: &PostbackNodes, args: ListArgs) -> Result<ExitCode> {
    let ListArgs { set_aside, workspace, json } = args;
    let kind = if set_aside { Kind::SetAside } else { Kind::Outbound };
    let whole = whole(nodes, kind, workspace).await;
    if json {
        output::json(&whole)?;
    } else {
        let text = |item: &Value, field: &str| match &item[field] {
            Value::String(text) => text.clone(),
            Value::Null => "-".to_owned(),
            other => other.to_string(),
        };
        let fields: &[&str] = if set_aside {
            &["node", "key", "target_id", "error"]
        } else {
            &["node", "key", "target_id", "attempts", "error", "url"]
        };
        for item in &whole.items {
            let item = &serde_json::to_value(item)?;
            let columns: Vec<String> = fields.iter().map(|field| text(item, field)).collect();
            output::line(&columns.join("\t"))?;
        }
        let what = if set_aside { "set aside" } else { "given up" };
        output::line(&format!("{} {what}", whole.items.len()))?;
        whole.failed.iter().for_each(|failed| output::note(&format!("no answer from {failed}")));
    }
    Ok(if whole.failed.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

async fn replay(nodes: &PostbackNodes, mongo: &MongoConfig, args: ReplayArgs) -> Result<ExitCode> {
    let ReplayArgs { all, key, target, set_aside, postback, workspace, json } = args;
    let wrong = |(field, error): (&str, String)| anyhow!("{field}: {error}");
    let (answer, asked) = if set_aside {
        let which = SetAsideRetry { ids: postback, all };
        which.check().map_err(wrong)?;
        (retry_set_aside(nodes, &which, workspace.as_deref()).await, json!(which))
    } else {
        let which = RetryRequest { keys: key, all, target_id: target };
        which.check().map_err(wrong)?;
        (retry(nodes, &which, workspace.as_deref()).await, json!(which))
    };
    let resource = if set_aside { "postbacks" } else { "outbound" };
    // The nodes have done it: that it cannot be written down is told, and undoes nothing.
    if let Err(error) = record(mongo, workspace.as_deref(), resource, asked, &answer).await {
        output::note(&format!("this is not in the audit log: {error:#}"));
    }
    if json {
        output::json(&answer)?;
    } else {
        output::line(&format!("{} back in the queue", answer.retried))?;
        for node in answer.nodes.iter().filter(|node| node.failed.is_some()) {
            output::note(&format!(
                "no answer from {}: {}",
                node.node,
                node.failed.as_deref().unwrap_or_default()
            ));
        }
    }
    let complete = answer.nodes.iter().all(|node| node.failed.is_none());
    Ok(if complete { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

async fn record(
    mongo: &MongoConfig,
    workspace: Option<&str>,
    resource: &'static str,
    asked: Value,
    answer: &Retried,
) -> Result<()> {
    let catalog = Catalog::connect(mongo).await?;
    let change = Change {
        action: Action::Done,
        resource,
        id: String::new(),
        name: String::new(),
        what: Some("replayed".into()),
        before: None,
        after: Some(json!({ "asked": asked, "retried": answer.retried })),
    };
    context::record(&catalog, workspace, change).await
}
