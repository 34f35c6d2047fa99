//! Our own services as child processes, for the launcher and for tests.

use std::{
    collections::BTreeMap,
    fs::File,
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};

use crate::{child, engines};

/// How long a service may take until it listens.
const START_LIMIT: Duration = Duration::from_secs(60);
const STOP_LIMIT: Duration = Duration::from_secs(20);

/// A built binary of this workspace, beside the running one.
pub fn binary(name: &str) -> Result<PathBuf> {
    let exe = std::env::current_exe()?;
    let mut dir = exe.parent().context("no directory")?;
    // Tests run from `deps`, one below the binaries.
    if dir.ends_with("deps") {
        dir = dir.parent().context("no directory")?;
    }
    let path = dir.join(name);
    if !path.exists() {
        bail!("{} is not built: run `make build`", path.display());
    }
    Ok(path)
}

/// A running service.
pub struct Service {
    name: &'static str,
    child: Child,
    addr: SocketAddr,
    environment: BTreeMap<String, String>,
    log: PathBuf,
}

impl Service {
    /// Starts the binary with exactly these variables (and PATH and HOME) and waits until it listens.
    pub async fn start(
        name: &'static str,
        environment: BTreeMap<String, String>,
        log: &Path,
    ) -> Result<Self> {
        let mut child = spawn(name, &environment, log)?;
        let addr = match wait_listening(name, &mut child, log).await {
            Ok(addr) => addr,
            Err(error) => {
                child::kill_now(&mut child);
                return Err(error);
            }
        };
        Ok(Self { name, child, addr, environment, log: log.to_owned() })
    }

    /// Where it listens.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.addr)
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Everything it has written so far.
    pub fn log(&self) -> String {
        String::from_utf8_lossy(&std::fs::read(&self.log).unwrap_or_default()).into_owned()
    }

    /// SIGTERM, and SIGKILL after a while. Its port stays its own.
    pub async fn stop(&mut self) -> Result<()> {
        child::stop(&mut self.child, STOP_LIMIT).await?;
        self.hold_port();
        Ok(())
    }

    /// SIGKILL. Its port stays its own.
    pub fn kill(&mut self) {
        child::kill_now(&mut self.child);
        self.hold_port();
    }

    /// Should somebody have been quicker, it has stopped all the same, and the next start says so.
    fn hold_port(&self) {
        let _ = engines::hold(self.addr);
    }

    /// What it is told when it is started again.
    pub fn set(&mut self, variable: &str, value: &str) {
        self.environment.insert(variable.into(), value.into());
    }

    /// Starts it again on the same port, after it was stopped or killed.
    pub async fn start_again(&mut self, addr_variable: &str) -> Result<()> {
        self.environment.insert(addr_variable.into(), self.addr.to_string());
        self.child = spawn(self.name, &self.environment, &self.log)?;
        wait_listening(self.name, &mut self.child, &self.log).await?;
        Ok(())
    }

    /// Whether it has ended by itself.
    pub fn has_ended(&mut self) -> bool {
        !matches!(self.child.try_wait(), Ok(None))
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        child::kill_now(&mut self.child);
    }
}

fn spawn(name: &str, environment: &BTreeMap<String, String>, log: &Path) -> Result<Child> {
    // A new life starts a new log; the one before is kept beside it.
    let _ = std::fs::rename(log, log.with_extension("previous.log"));
    let output = File::create(log).with_context(|| format!("log file {}", log.display()))?;
    let mut command = Command::new(binary(name)?);
    command.env_clear().envs(
        ["PATH", "HOME", "RUST_LOG", "RUST_BACKTRACE"]
            .iter()
            .filter_map(|n| Some((*n, std::env::var(n).ok()?))),
    );
    command.envs(environment).stdin(Stdio::null()).stdout(output.try_clone()?).stderr(output);
    child::spawn(command).with_context(|| name.to_owned())
}

async fn wait_listening(name: &str, child: &mut Child, log: &Path) -> Result<SocketAddr> {
    let deadline = Instant::now() + START_LIMIT;
    loop {
        let text = std::fs::read_to_string(log).unwrap_or_default();
        let said = text.lines().filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok());
        if let Some(line) = said.into_iter().find(|line| line["message"] == "listening") {
            return line["addr"]
                .as_str()
                .and_then(|addr| addr.parse().ok())
                .context("no address in the log line");
        }
        if let Some(status) = child.try_wait()? {
            let last: Vec<&str> = text.lines().rev().take(3).collect();
            bail!("{name} ended with {status}: {}", last.join(" | "));
        }
        if Instant::now() > deadline {
            bail!("{name} did not listen within {} s, see {}", START_LIMIT.as_secs(), log.display());
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
