//! `api-service snapshot show | publish | export`: the configuration as nodes pull it.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use serde::Serialize;
use serde_json::Value;

use super::{context, output};
use crate::{
    audit_log::{Action, Change},
    catalog::Catalog,
    config::MongoConfig,
    snapshot::publish::{Look, Publisher},
};

const RESOURCE: &str = "snapshot";
/// Stands in place of a secret.
const HIDDEN: &str = "***";
/// Fields of the settings and of entities that hold one.
const SECRETS: [&str; 4] = ["click_id_keys", "ip_hash_key", "link_keys", "secret"];

#[derive(Debug, clap::Args)]
pub struct SnapshotArgs {
    #[command(subcommand)]
    command: SnapshotCommand,
}

#[derive(Debug, clap::Subcommand)]
enum SnapshotCommand {
    /// Show the published version, its fingerprint, and how many entities the database holds. Changes nothing.
    #[command(after_help = "Example:\n  api-service snapshot show --json | jq .version")]
    Show {
        /// Print JSON instead of lines.
        #[arg(long)]
        json: bool,
    },
    /// Publish what the database holds when it differs from what was published, as after a restore from a
    /// backup. A running api-service does so by itself.
    #[command(after_help = "Example:\n  api-service snapshot publish")]
    Publish {
        /// Print JSON instead of a line.
        #[arg(long)]
        json: bool,
    },
    /// Print what the database holds for nodes as JSON. Secrets are left out.
    #[command(after_help = "Example:\n  api-service snapshot export > snapshot.json")]
    Export {
        /// Keys and secrets too, as nodes have them: whoever reads them can forge clicks and links.
        #[arg(long)]
        with_secrets: bool,
        /// It is JSON in any case.
        #[arg(long)]
        json: bool,
    },
}

#[derive(Debug, Serialize)]
struct Shown {
    generation: String,
    /// The latest that was published.
    version: u64,
    /// Of what the database holds.
    fingerprint: String,
    /// Of what that version holds.
    published_fingerprint: String,
    is_published: bool,
    counts: BTreeMap<String, usize>,
}

#[derive(Debug, Serialize)]
struct Published {
    version: u64,
    fingerprint: String,
    /// False: it was published already.
    is_new: bool,
}

pub async fn run(config: &MongoConfig, args: SnapshotArgs) -> Result<()> {
    let catalog = context::catalog(config).await?;
    match args.command {
        SnapshotCommand::Show { json } => show(catalog, json).await,
        SnapshotCommand::Publish { json } => publish(catalog, json).await,
        SnapshotCommand::Export { with_secrets, json: _ } => export(catalog, with_secrets).await,
    }
}

fn hex(hash: u64) -> String {
    format!("{hash:016x}")
}

async fn show(catalog: Catalog, json: bool) -> Result<()> {
    let look = Publisher::look(catalog).await?;
    let entities = serde_json::to_value(look.state.entities())?;
    let count = |(kind, all): (&String, &Value)| (kind.clone(), all.as_array().map_or(0, Vec::len));
    let shown = Shown {
        is_published: look.is_published(),
        fingerprint: hex(look.hash),
        published_fingerprint: hex(look.published_hash),
        generation: look.generation,
        version: look.version,
        counts: entities.as_object().into_iter().flatten().map(count).collect(),
    };
    if json {
        return output::json(&shown);
    }
    let state = if shown.is_published { "published" } else { "not published yet" };
    output::line(&format!("version {} of {}", shown.version, shown.generation))?;
    output::line(&format!("fingerprint {}, {state}", shown.fingerprint))?;
    shown.counts.iter().try_for_each(|(kind, count)| output::line(&format!("{count:>8} {kind}")))
}

async fn publish(catalog: Catalog, json: bool) -> Result<()> {
    let before = Publisher::look(catalog.clone()).await?;
    Publisher::start(catalog.clone()).await?;
    let Look { version, hash, .. } = Publisher::look(catalog.clone()).await?;
    let published = Published { version, fingerprint: hex(hash), is_new: version != before.version };
    if published.is_new {
        let change = Change {
            action: Action::Done,
            resource: RESOURCE,
            id: version.to_string(),
            name: format!("version {version}"),
            what: Some("published".into()),
            before: None,
            after: None,
        };
        context::record(&catalog, None, change).await?;
    }
    if json {
        return output::json(&published);
    }
    output::line(&match published.is_new {
        true => format!("version {version} is published"),
        false => format!("version {version} holds all of it already"),
    })
}

async fn export(catalog: Catalog, with_secrets: bool) -> Result<()> {
    let snapshot = Publisher::look(catalog).await?.snapshot();
    let mut shown = serde_json::to_value(&snapshot).context("snapshot")?;
    if !with_secrets {
        hide(&mut shown);
    }
    output::json(&shown)
}

fn hide(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(hide),
        Value::Object(fields) => {
            for (name, value) in fields {
                if SECRETS.contains(&name.as_str()) && !value.is_null() {
                    *value = HIDDEN.into();
                } else {
                    hide(value);
                }
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn secrets_are_hidden_wherever_they_are() {
        let mut shown = json!({ "settings": { "ip_hash_key": [1, 2] }, "entities": { "webhooks": [
            { "secret": "whsec_x", "name": "secret" }, { "secret": null }
        ] } });
        hide(&mut shown);
        assert_eq!(
            shown,
            json!({ "settings": { "ip_hash_key": "***" }, "entities": { "webhooks": [
                { "secret": "***", "name": "secret" }, { "secret": null }
            ] } })
        );
    }
}
