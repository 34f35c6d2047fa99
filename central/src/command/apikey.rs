//! `api-service apikey create | list | revoke`: API keys from a shell, straight at the database.

use anyhow::{Context, Result, bail};
use mongodb::bson::{DateTime, doc};
use serde::Serialize;

use super::{context, output};
use crate::{
    access::Permission,
    admin::validate::Errors,
    api_keys::{
        self, ApiKey, ApiKeys, CreatedApiKey,
        store::{NewKey, StoredKey},
    },
    audit_log::{Action, Entry},
    catalog::Catalog,
    config::MongoConfig,
};

/// Longest life that `--expires-in-days` gives.
const MAX_DAYS: u32 = 3650;
const DAY_MS: i64 = 86_400_000;

#[derive(Debug, clap::Args)]
pub struct ApiKeyArgs {
    #[command(subcommand)]
    command: ApiKeyCommand,
}

#[derive(Debug, clap::Subcommand)]
enum ApiKeyCommand {
    /// Make an API key, and print its secret: this once, and never again.
    #[command(
        after_help = "Example:\n  api-service apikey create --name nightly --scope reports:read --scope logs:read \
        --expires-in-days 90"
    )]
    Create(CreateArgs),
    /// List the API keys, without their secrets.
    #[command(after_help = "Example:\n  api-service apikey list --json | jq -r '.items[].id'")]
    List {
        /// Only those of this workspace.
        #[arg(long, value_name = "ID")]
        workspace: Option<String>,
        /// Print JSON instead of lines.
        #[arg(long)]
        json: bool,
    },
    /// Revoke an API key: its next request is refused.
    #[command(after_help = "Example:\n  api-service apikey revoke 01J0ZVYK0QJ6V6X2W1C9G7T5B3")]
    Revoke {
        /// As `list` shows it: what stands between `tfx_` and the next `_` of the secret.
        id: String,
        /// Print JSON instead of a line.
        #[arg(long)]
        json: bool,
    },
}

#[derive(Debug, clap::Args)]
struct CreateArgs {
    /// What it is for.
    #[arg(long)]
    name: String,
    /// What it may do; may be repeated. One of config:read, config:write, reports:read, logs:read, operate,
    /// workspace:manage, members:manage, keys:manage, audit:read, privacy:erase.
    #[arg(long = "scope", required = true, value_name = "SCOPE", value_parser = scope)]
    scopes: Vec<Permission>,
    /// The workspace that it opens; the first one of the installation when none is named.
    #[arg(long, value_name = "ID")]
    workspace: Option<String>,
    /// When it ends: in so many days from now.
    #[arg(long, value_name = "DAYS", conflicts_with = "expires_at",
        value_parser = clap::value_parser!(u32).range(1..=i64::from(MAX_DAYS)))]
    expires_in_days: Option<u32>,
    /// When it ends, as RFC 3339 says it. Neither of the two: never.
    #[arg(long, value_name = "TIME")]
    expires_at: Option<String>,
    /// Amounts are null in what it reads.
    #[arg(long)]
    mask_money: bool,
    /// Print JSON instead of lines.
    #[arg(long)]
    json: bool,
}

fn scope(text: &str) -> Result<Permission, String> {
    serde_json::from_value(text.into()).map_err(|_| {
        let names = Permission::ALL.map(|known| serde_json::to_value(known).unwrap_or_default());
        let names: Vec<&str> = names.iter().filter_map(|name| name.as_str()).collect();
        format!("one of {}", names.join(", "))
    })
}

pub async fn run(config: &MongoConfig, args: ApiKeyArgs) -> Result<()> {
    let catalog = context::catalog(config).await?;
    let keys = ApiKeys::open(&catalog).await.context("MongoDB")?;
    match args.command {
        ApiKeyCommand::Create(args) => create(&catalog, &keys, args).await,
        ApiKeyCommand::List { workspace, json } => list(&catalog, &keys, workspace, json).await,
        ApiKeyCommand::Revoke { id, json } => revoke(&keys, &id, json).await,
    }
}

async fn create(catalog: &Catalog, keys: &ApiKeys, args: CreateArgs) -> Result<()> {
    let CreateArgs { name, scopes, workspace, expires_in_days, expires_at, mask_money, json } = args;
    let workspace_id = context::workspace(catalog, workspace.as_deref()).await?;
    let mut errors = Errors::default();
    errors.name(&name);
    // Whoever has the database may do everything.
    let scopes = api_keys::check_scopes(&scopes, &Permission::ALL, &mut errors);
    let at = api_keys::check_expiry(expires_at.as_deref(), None, &mut errors);
    errors.finish().map_err(context::said)?;
    let in_days =
        |days: u32| DateTime::from_millis(DateTime::now().timestamp_millis() + i64::from(days) * DAY_MS);
    let new = NewKey {
        workspace_id: workspace_id.to_string(),
        name,
        scopes,
        mask_money,
        expires_at: at.or(expires_in_days.map(in_days)),
        created_by: context::actor(),
    };
    api_keys::check_room(keys, &workspace_id).await.map_err(context::said)?;
    let entry = |key: &StoredKey| {
        Entry::new(&context::actor(), Some(&workspace_id), api_keys::change(Action::Created, None, Some(key)))
    };
    let (key, secret) = keys.create(new, entry).await.context("MongoDB")?;
    let created = CreatedApiKey { key: ApiKey::from(&key), secret };
    if json {
        return output::json(&created);
    }
    output::note("This is shown once. It goes into X-Api-Key, or after `Authorization: Bearer`.");
    output::line(&created.secret)
}

#[derive(Serialize)]
struct Listed {
    items: Vec<ApiKey>,
    total: u64,
}

async fn list(catalog: &Catalog, keys: &ApiKeys, workspace: Option<String>, json: bool) -> Result<()> {
    let filter = match workspace {
        Some(id) => doc! { "workspace_id": context::workspace(catalog, Some(&id)).await?.as_str() },
        None => doc! {},
    };
    // 0: all of them, of which there are few.
    let (found, total) = keys.list(filter, 0, 0).await.context("MongoDB")?;
    let items: Vec<ApiKey> = found.iter().map(ApiKey::from).collect();
    if json {
        return output::json(&Listed { items, total });
    }
    for key in &items {
        let scopes = serde_json::to_value(&key.scopes)?;
        let scopes: Vec<&str> = scopes.as_array().into_iter().flatten().filter_map(|s| s.as_str()).collect();
        let ends = key.expires_at.as_deref().unwrap_or("never ends");
        let used = key.last_used_at.as_deref().unwrap_or("never used");
        output::columns([&key.id, &key.workspace_id, &key.name, &scopes.join(","), ends, used])?;
    }
    output::line(&format!("{total} API keys"))
}

async fn revoke(keys: &ApiKeys, id: &str, json: bool) -> Result<()> {
    let (found, _) = keys.list(doc! { "_id": id }, 1, 0).await.context("MongoDB")?;
    let Some(StoredKey { workspace_id, .. }) = found.first() else { bail!("there is no API key {id}") };
    let entry = |key: &StoredKey| {
        Entry::new(&context::actor(), Some(workspace_id), api_keys::change(Action::Deleted, Some(key), None))
    };
    let Some(revoked) = keys.revoke(workspace_id, id, entry).await.context("MongoDB")? else {
        bail!("there is no API key {id}");
    };
    let key = ApiKey::from(&revoked);
    if json { output::json(&key) } else { output::line(&format!("{} ({}) is revoked", key.id, key.name)) }
}
