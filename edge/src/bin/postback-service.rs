//! The process that takes postbacks on a node.

use std::process::ExitCode;

use clap::Parser;
use traffoflex_edge::{config::PostbackConfig, postback_app, process};

/// A postback allocates on one thread and the writer frees on another, which this one does well.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let config = PostbackConfig::parse();
    process::run(postback_app::SERVICE, config.process.log_format, || run(config))
}

#[tokio::main]
async fn run(config: PostbackConfig) -> anyhow::Result<()> {
    postback_app::run(config, process::stop_requested()?).await
}
