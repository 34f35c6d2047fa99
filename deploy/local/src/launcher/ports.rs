//! Whether a port is free, and who holds it otherwise.

use std::{
    collections::BTreeMap,
    fs, io,
    net::{Ipv4Addr, SocketAddr, TcpListener},
    path::Path,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};

use super::processes;
use crate::engines::free_port;

/// State of a listening socket in /proc/net/tcp.
const LISTEN: &str = "0A";
/// How long the engines of a launcher that was just killed may hold their ports.
const RELEASE_LIMIT: Duration = Duration::from_secs(5);

/// Refuses a taken address, naming its holder. `variable` is what would change it.
pub fn check_free(addr: SocketAddr, variable: &str) -> Result<()> {
    match TcpListener::bind(addr) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::AddrInUse => {
            bail!("port {} is taken by {}; stop it or set {variable}", addr.port(), holder(addr.port()))
        }
        Err(error) => Err(error).with_context(|| format!("cannot listen on {addr} ({variable})")),
    }
}

/// Process id and command of whoever listens on the port.
fn holder(port: u16) -> String {
    let inodes = listening_inodes(port);
    let found = processes::all().find(|pid| holds_any(*pid, &inodes));
    match found {
        Some(pid) => format!("pid {pid} ({})", processes::command(pid)),
        None => "a process of another user".to_owned(),
    }
}

/// `socket:[inode]`, as links in /proc/*/fd read.
fn listening_inodes(port: u16) -> Vec<String> {
    let tables = ["/proc/net/tcp", "/proc/net/tcp6"].map(|file| fs::read_to_string(file).unwrap_or_default());
    let lines = tables.iter().flat_map(|table| table.lines().skip(1));
    lines.filter_map(|line| listening_inode(line, port)).map(|inode| format!("socket:[{inode}]")).collect()
}

fn listening_inode(line: &str, port: u16) -> Option<&str> {
    let fields: Vec<&str> = line.split_ascii_whitespace().collect();
    let (_, local_port) = fields.get(1)?.rsplit_once(':')?;
    let matches = u16::from_str_radix(local_port, 16).ok()? == port && *fields.get(3)? == LISTEN;
    matches.then(|| fields.get(9).copied()).flatten()
}

fn holds_any(pid: u32, inodes: &[String]) -> bool {
    let links = fs::read_dir(format!("/proc/{pid}/fd")).into_iter().flatten().flatten();
    links
        .filter_map(|link| fs::read_link(link.path()).ok())
        .any(|target| inodes.iter().any(|inode| target.as_os_str() == inode.as_str()))
}

/// Ports of the engines and of the demo's receiver: chosen once, since MongoDB's replica set, ClickHouse's
/// Kafka tables and the demo sources remember theirs.
pub struct EnginePorts {
    by_name: BTreeMap<String, u16>,
}

impl EnginePorts {
    pub fn load(dir: &Path) -> Result<Self> {
        let file = dir.join("ports.json");
        let mut by_name: BTreeMap<String, u16> = match fs::read(&file) {
            Ok(text) => serde_json::from_slice(&text).with_context(|| file.display().to_string())?,
            Err(_) => BTreeMap::new(),
        };
        for name in ["mongodb", "clickhouse", "kafka", "kafka_controller", "demo_receiver"] {
            if !by_name.contains_key(name) {
                by_name.insert(name.to_owned(), free_port()?);
            }
        }
        fs::write(&file, serde_json::to_vec_pretty(&by_name)?)?;
        Ok(Self { by_name })
    }

    /// The port of this name, free or not.
    pub fn get(&self, name: &str) -> Result<u16> {
        self.by_name.get(name).copied().context("no such port")
    }

    /// The engine's port, once it is free.
    pub async fn take(&self, name: &str) -> Result<u16> {
        let port = self.get(name)?;
        let addr = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let deadline = Instant::now() + RELEASE_LIMIT;
        while TcpListener::bind(addr).is_err() && Instant::now() < deadline {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        check_free(addr, &format!("another port for {name} in engines/ports.json"))?;
        Ok(port)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_holder_of_a_port_is_named() {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let error = check_free(listener.local_addr().unwrap(), "SOME_ADDR").unwrap_err().to_string();
        let pid = std::process::id();
        assert!(error.contains(&format!("taken by pid {pid} (")), "{error}");
        assert!(error.ends_with("set SOME_ADDR"), "{error}");
    }

    #[test]
    fn other_ports_and_states_do_not_count() {
        let line = |port: &str, state: &str| {
            format!(
                "  0: 0100007F:{port} 00000000:0000 {state} 00000000:00000000 00:00000000 00000000 0 0 77 1"
            )
        };
        assert_eq!(listening_inode(&line("1F90", "0A"), 8080), Some("77"));
        assert_eq!(listening_inode(&line("1F90", "01"), 8080), None);
        assert_eq!(listening_inode(&line("1F91", "0A"), 8080), None);
    }
}
