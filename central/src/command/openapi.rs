//! `api-service openapi`: the description of the API, as it is committed.

use std::io::Write;

use anyhow::Result;

use crate::{openapi, router};

/// Name of the command.
pub const NAME: &str = "openapi";

#[derive(Debug, clap::Args)]
pub struct OpenApiArgs {
    /// It is JSON in any case.
    #[arg(long)]
    json: bool,
}

/// Whether the command line asks for this alone: it has to work where not even the required settings are.
pub fn is_asked(arguments: &[String]) -> bool {
    matches!(arguments, [_, name, rest @ ..] if name == NAME && rest.iter().all(|argument| argument == "--json"))
}

pub fn run() -> Result<()> {
    let text = openapi::text(&router::description())?;
    Ok(std::io::stdout().lock().write_all(text.as_bytes())?)
}
