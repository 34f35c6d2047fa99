//! `api-service export`: a workspace's configuration as one JSON file, as `GET /api/workspace/export` gives it.

use anyhow::Result;

use super::{context, output};
use crate::{admin::workspace_file::export, config::MongoConfig};

#[derive(Debug, clap::Args)]
pub struct ExportArgs {
    /// The workspace; the first one of the installation when none is named.
    #[arg(long, value_name = "ID")]
    workspace: Option<String>,
    /// It is JSON in any case.
    #[arg(long)]
    json: bool,
}

pub async fn run(config: &MongoConfig, args: ExportArgs) -> Result<()> {
    let catalog = context::catalog(config).await?;
    let workspace_id = context::workspace(&catalog, args.workspace.as_deref()).await?;
    let file = export::file(&catalog, &workspace_id).await.map_err(context::said)?;
    output::json(&file)
}
