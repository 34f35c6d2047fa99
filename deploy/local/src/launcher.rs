//! `traffoflex up`: engines, services and the demo workspace, started in order, watched, stopped in order.

pub mod ports;
pub mod processes;
pub mod run_file;
mod secrets;
pub mod service_environment;
pub mod signals;
mod stack;
pub mod workspace;

use std::{
    fmt::Display,
    io::Write,
    net::{Ipv4Addr, SocketAddr},
    path::PathBuf,
    process::ExitCode,
    time::Duration,
};

use anyhow::{Result, bail};
pub use secrets::Secrets;
use signals::Signals;
pub use stack::Stack;

use crate::demo::{self, DemoArgs};

pub const DEFAULT_DATA_DIR: &str = ".local";
/// How often the processes are looked at.
const WATCH_INTERVAL: Duration = Duration::from_millis(200);

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum SinkKind {
    /// Nodes send batches to api-service.
    Central,
    /// Nodes send messages to a broker, from which ClickHouse reads.
    Redpanda,
}

#[derive(Debug, Clone, clap::Parser)]
pub struct UpArgs {
    /// Where all data, secrets and logs are kept. It survives restarts.
    #[arg(long, default_value = DEFAULT_DATA_DIR)]
    pub data_dir: PathBuf,

    /// Which way events go.
    #[arg(long, value_enum, default_value = "central")]
    pub sink: SinkKind,

    /// Address and port of clicks; port 0 picks a free one.
    #[arg(long, env = "TRAFFIC_SERVICE_ADDR", default_value = "0.0.0.0:8080")]
    pub traffic_addr: SocketAddr,

    /// Address and port of postbacks; port 0 picks a free one.
    #[arg(long, env = "POSTBACK_SERVICE_ADDR", default_value = "0.0.0.0:8081")]
    pub postback_addr: SocketAddr,

    /// Address and port of the API; port 0 picks a free one.
    #[arg(long, env = "API_SERVICE_ADDR", default_value = "0.0.0.0:8070")]
    pub api_addr: SocketAddr,

    #[command(flatten)]
    pub servers: Servers,
}

/// Servers of the user's own; each takes an engine's place.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct Servers {
    /// A MongoDB replica set to use instead of the bundled one.
    #[arg(long, env = "MONGO_URI", hide_env_values = true, default_value = "")]
    pub mongo_uri: String,

    /// A ClickHouse to use instead of the bundled one.
    #[arg(long, env = "CLICKHOUSE_HTTP_URL", hide_env_values = true, default_value = "")]
    pub clickhouse_http_url: String,

    /// Kafka or Redpanda to use with --sink redpanda instead of the bundled one.
    #[arg(long, env = "EVENT_BROKERS", default_value = "")]
    pub event_brokers: String,
}

/// A line on standard output. Nobody reading it is no reason to end.
pub fn say(text: impl Display) {
    let _ = writeln!(std::io::stdout(), "{text}");
}

/// Starts everything and stays until a signal or until a part of it ends.
pub async fn up(args: UpArgs) -> Result<ExitCode> {
    let mut signals = Signals::listen()?;
    let stack = tokio::select! {
        stack = Stack::start(&args) => stack?,
        // What was started dies with the dropped future.
        signal = signals.next() => bail!("{signal} before everything was started"),
    };
    stack.introduce();
    let ended = watch(&stack, &mut signals).await;
    let code = match &ended {
        Watched::Signal(name) => {
            say(format_args!("{name}: stopping"));
            ExitCode::SUCCESS
        }
        Watched::Ended(name) => {
            eprintln!(
                "traffoflex: {name} ended by itself, see {}; stopping the rest",
                stack.logs().display()
            );
            ExitCode::FAILURE
        }
    };
    tokio::select! {
        stopped = stack.stop() => stopped?,
        signal = signals.next() => bail!("{signal} again: what had not stopped was killed"),
    }
    Ok(code)
}

enum Watched {
    Signal(&'static str),
    Ended(String),
}

async fn watch(stack: &Stack, signals: &mut Signals) -> Watched {
    let mut tick = tokio::time::interval(WATCH_INTERVAL);
    loop {
        tokio::select! {
            signal = signals.next() => return Watched::Signal(signal),
            _ = tick.tick() => {
                let Some(name) = stack.first_ended() else { continue };
                // Ctrl-C on a terminal reaches the children as well, and one may be quicker than we are.
                return match tokio::time::timeout(WATCH_INTERVAL, signals.next()).await {
                    Ok(signal) => Watched::Signal(signal),
                    Err(_) => Watched::Ended(name),
                };
            }
        }
    }
}

/// Everything once, in a directory of its own, on free ports. Returns whether the numbers are equal.
pub async fn smoke(clicks: u64) -> Result<bool> {
    let mut signals = Signals::listen()?;
    let dir = tempfile::Builder::new().prefix("traffoflex-smoke-").tempdir()?;
    let free = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    // Never into servers of the user's own: a smoke test leaves nothing behind.
    let args = UpArgs {
        data_dir: dir.path().to_owned(),
        sink: SinkKind::Central,
        traffic_addr: free,
        postback_addr: free,
        api_addr: free,
        servers: Servers::default(),
    };
    let work = async {
        let stack = Stack::start(&args).await?;
        let outcome = demo::run(&DemoArgs::of(clicks), &args.data_dir).await;
        stack.stop().await?;
        outcome
    };
    tokio::select! {
        equal = work => equal,
        signal = signals.next() => bail!("{signal} before the smoke test was finished"),
    }
}
