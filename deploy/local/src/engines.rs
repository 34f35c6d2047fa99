//! The real engines: MongoDB, ClickHouse and Kafka, as child processes on loopback.
//!
//! x86-64 Linux with glibc and AVX2 only. A server of the user's own (`MONGO_URI`,
//! `CLICKHOUSE_HTTP_URL`, `EVENT_BROKERS`) always takes an engine's place.

mod clickhouse;
pub mod geoip;
mod kafka;
mod mongodb;

use std::{
    collections::BTreeMap,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    path::Path,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use anyhow::{Context, Result, bail};
pub use clickhouse::ClickHouse;
pub use kafka::Kafka;
pub use mongodb::Mongod;
use tokio::net::TcpSocket;

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

/// A port of loopback that nobody else is given while this process runs.
pub fn free_port() -> Result<u16> {
    free_port_of(Ipv4Addr::LOCALHOST.into())
}

/// A port of this address that nobody else is given while this process runs.
pub fn free_port_of(ip: IpAddr) -> Result<u16> {
    Ok(hold(SocketAddr::new(ip, 0)).context("no free port")?.port())
}

/// Keeps the port, or with port 0 any free one, for whoever is told of it.
///
/// It stays bound here, never listened on. So the kernel picks it neither for a connection nor for a bind to port 0,
/// and who binds it by number listens on it as if it were free, as long as that socket has SO_REUSEADDR as well: those
/// of tokio, the standard library and all engines do.
pub(crate) fn hold(addr: SocketAddr) -> Result<SocketAddr> {
    static HELD: Mutex<BTreeMap<SocketAddr, TcpSocket>> = Mutex::new(BTreeMap::new());
    let mut held = HELD.lock().unwrap_or_else(PoisonError::into_inner);
    if held.contains_key(&addr) {
        return Ok(addr);
    }
    let socket = if addr.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    socket.set_reuseaddr(true)?;
    socket.bind(addr)?;
    let addr = socket.local_addr()?;
    held.insert(addr, socket);
    Ok(addr)
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

#[cfg(test)]
mod tests {
    use std::{
        collections::HashSet,
        net::{TcpListener, TcpStream},
    };

    use super::*;

    #[test]
    fn a_free_port_is_given_once_and_can_be_listened_on() {
        let ports: Vec<u16> = (0..500).map(|_| free_port().unwrap()).collect();
        let mut taken: HashSet<u16> = ports.iter().copied().collect();
        assert_eq!(taken.len(), ports.len());
        // What the kernel picks is none of them, for who listens and for who connects.
        let listeners: Vec<TcpListener> =
            (0..500).map(|_| TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap()).collect();
        for listener in &listeners {
            let addr = listener.local_addr().unwrap();
            assert!(taken.insert(addr.port()), "{addr}");
            let connection = TcpStream::connect(addr).unwrap();
            assert!(!ports.contains(&connection.local_addr().unwrap().port()));
        }
        let addr = SocketAddr::from((Ipv4Addr::LOCALHOST, ports[0]));
        let refused = TcpStream::connect(addr).unwrap_err();
        assert_eq!(refused.kind(), std::io::ErrorKind::ConnectionRefused);
        let listener = TcpListener::bind(addr).unwrap();
        TcpStream::connect(addr).unwrap();
        drop(listener);
        TcpListener::bind(addr).unwrap();
    }
}
