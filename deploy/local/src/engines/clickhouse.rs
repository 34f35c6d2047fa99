//! ClickHouse 26.7, run by our own `clickhouse-local-server` over libchdb.

use std::{
    fs::File,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context, Result};

use super::{free_port, wait_ready};
use crate::{cache, child, services::binary};

const STOP_LIMIT: Duration = Duration::from_secs(20);

pub struct ClickHouse {
    child: Child,
    port: u16,
}

pub(super) fn fetch() -> Result<PathBuf> {
    let dir = cache::ensure_dir("clickhouse-26.7.3", 178, |into| {
        let sha256 = "c0d32b129e988f2b9a9a31c9141aecf5e1e2453f9a079efc4d36ab8e3f92b2ad";
        cache::npm("@chdb/lib-linux-x64-gnu", "26.7.3-stable.1", sha256, into)
    })?;
    Ok(dir.join("package/libchdb.so"))
}

impl ClickHouse {
    /// On a free port, with its data in `dir`.
    pub async fn start(dir: &Path) -> Result<Self> {
        Self::start_on(dir, free_port()?).await
    }

    pub async fn start_on(dir: &Path, port: u16) -> Result<Self> {
        let library = tokio::task::spawn_blocking(fetch).await??;
        let data = dir.join("clickhouse");
        // The default database reads unknown tables from files in the working directory: keep it empty.
        let empty = data.join("empty");
        std::fs::create_dir_all(&empty)?;
        let log = dir.join("clickhouse.log");
        let output = File::create(&log)?;
        let mut command = Command::new(binary("clickhouse-local-server")?);
        command
            .arg("--library")
            .arg(&library)
            .arg("--data")
            .arg(std::path::absolute(&data)?)
            .args(["--http-port", &port.to_string()])
            .current_dir(&empty)
            // It ends when this pipe closes, also when we are killed.
            .stdin(Stdio::piped())
            .stdout(output.try_clone()?)
            .stderr(output);
        let mut server = Self { child: child::spawn(command).context("clickhouse-local-server")?, port };
        let ping = format!("http://127.0.0.1:{port}/ping");
        let client = reqwest::Client::builder().timeout(Duration::from_secs(2)).build()?;
        wait_ready(
            "ClickHouse",
            &log,
            &mut server.child,
            async || matches!(client.get(&ping).send().await, Ok(answer) if answer.status().is_success()),
        )
        .await?;
        Ok(server)
    }

    pub fn http_url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    /// Closing standard input is its way to stop; SIGINT takes many seconds.
    pub async fn stop(mut self) -> Result<()> {
        drop(self.child.stdin.take());
        let deadline = Instant::now() + STOP_LIMIT;
        while self.child.try_wait()?.is_none() && Instant::now() < deadline {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        Ok(())
    }
}

impl Drop for ClickHouse {
    fn drop(&mut self) {
        child::kill_now(&mut self.child);
    }
}
