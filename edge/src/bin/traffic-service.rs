//! The process that answers clicks on a node.

use std::process::ExitCode;

use clap::Parser;
use traffoflex_edge::{app, config::EdgeConfig, process};

/// A click allocates on one thread and the writer frees on another, which this one does well.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let config = EdgeConfig::parse();
    process::run(app::SERVICE, config.process.log_format, || run(config))
}

#[tokio::main]
async fn run(config: EdgeConfig) -> anyhow::Result<()> {
    app::run(config, process::stop_requested()?).await
}
