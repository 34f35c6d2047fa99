//! What most commands begin with: the databases as they were set up, the workspace that is meant, and whose
//! name stands in the audit log.

use anyhow::{Context, Result, anyhow, bail};
use mongodb::bson::{Document, doc};
use traffoflex_model::{Workspace, WorkspaceId};

use crate::{
    access::{Actor, ActorKind},
    audit_log::{self, Change},
    catalog::{Catalog, installation},
    config::MongoConfig,
    error::ApiError,
};

/// Of an installation that was set up: a command that only looks makes none.
pub async fn catalog(config: &MongoConfig) -> Result<Catalog> {
    let catalog = Catalog::connect(config).await.context("MONGO_URI")?;
    if !is_set_up(&catalog).await.context("MongoDB")? {
        bail!("nothing is set up in {} yet: run `api-service migrate` first", config.mongo_database);
    }
    Ok(catalog)
}

pub async fn is_set_up(catalog: &Catalog) -> mongodb::error::Result<bool> {
    let collection = catalog.database().collection::<Document>(installation::COLLECTION);
    Ok(collection.find_one(doc! {}).await?.is_some())
}

/// The one that is named, or the installation's first.
pub async fn workspace(catalog: &Catalog, named: Option<&str>) -> Result<WorkspaceId> {
    let first;
    let id = match named {
        Some(id) => id,
        None => {
            first = catalog.installation().await?.workspace_id;
            &first
        }
    };
    match catalog.get::<Workspace>(id, id).await? {
        Some(workspace) => Ok(workspace.entity.id),
        None => bail!("there is no workspace {id}"),
    }
}

/// Whoever is at the shell, as far as that is known.
pub fn actor() -> Actor {
    let of = |name: &str| std::env::var(name).ok().filter(|user| !user.is_empty());
    let name = of("SUDO_USER").or_else(|| of("USER")).unwrap_or_else(|| "command line".to_owned());
    Actor { kind: ActorKind::CommandLine, id: String::new(), name }
}

pub async fn record(catalog: &Catalog, workspace: Option<&str>, change: Change) -> Result<()> {
    audit_log::record_as(catalog, &actor(), workspace, change).await.map_err(said).context("audit log")
}

/// A refusal with all that is wrong.
pub fn said(error: ApiError) -> anyhow::Error {
    let details = match &error {
        ApiError::Validation(details) => details,
        _ => return anyhow!(error),
    };
    let lines: Vec<String> =
        details.iter().map(|wrong| format!("{}: {}", wrong.field, wrong.error)).collect();
    anyhow!(lines.join("; "))
}
