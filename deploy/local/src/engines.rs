//! The real engines: MongoDB, ClickHouse and Kafka, as child processes on loopback.
//!
//! x86-64 Linux with glibc and AVX2 only. A server of the user's own (`MONGO_URI`,
//! `CLICKHOUSE_HTTP_URL`, `EVENT_BROKERS`) always takes an engine's place.

mod clickhouse;
pub mod geoip;
mod kafka;
mod mongodb;

use std::{
    net::{Ipv4Addr, TcpListener},
    path::Path,
    time::Duration,
};

use anyhow::{Context, Result, bail};
pub use clickhouse::ClickHouse;
pub use kafka::Kafka;
pub use mongodb::Mongod;

/// How long an engine may take to answer after its start.
const START_LIMIT: Duration = Duration::from_secs(90);

/// Says in one line why the bundled engines cannot run here, if so.
pub fn check_platform() -> Result<()> {
    if cfg!(not(all(target_os = "linux", target_arch = "x86_64", target_env = "gnu"))) {
        bail!(
            "the bundled engines need x86-64 Linux with glibc; set MONGO_URI, CLICKHOUSE_HTTP_URL and EVENT_BROKERS \
             to servers of your own"
        );
    }
    let flags = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    if !flags.contains(" avx2 ") {
        bail!(
            "the bundled ClickHouse needs a CPU with AVX2; set CLICKHOUSE_HTTP_URL to a server of your own"
        );
    }
    Ok(())
}

/// Fetches everything that is missing in the cache.
pub fn fetch_all() -> Result<()> {
    check_platform()?;
    mongodb::fetch()?;
    clickhouse::fetch()?;
    kafka::fetch()?;
    geoip::country_path()?;
    geoip::asn_path()?;
    geoip::user_agents_path()?;
    Ok(())
}

/// A port that was free a moment ago.
pub fn free_port() -> Result<u16> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("no free port")?;
    Ok(listener.local_addr()?.port())
}

/// Polls until `ready` says so; an engine that ended meanwhile is an error with the end of its log.
async fn wait_ready(
    name: &str,
    log: &Path,
    child: &mut std::process::Child,
    mut ready: impl AsyncFnMut() -> bool,
) -> Result<()> {
    let deadline = tokio::time::Instant::now() + START_LIMIT;
    loop {
        if ready().await {
            return Ok(());
        }
        if let Some(status) = child.try_wait()? {
            bail!("{name} ended with {status}: {}", log_end(log));
        }
        if tokio::time::Instant::now() > deadline {
            bail!("{name} did not answer within {} s: {}", START_LIMIT.as_secs(), log_end(log));
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

fn log_end(log: &Path) -> String {
    const LINES: usize = 5;
    let text = std::fs::read(log).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(LINES)..].join(" | ")
}
