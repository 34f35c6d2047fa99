//! `run.json`: what a running `up` tells the other commands. It is there only while `up` runs.

use std::{collections::BTreeMap, fs, net::SocketAddr, path::Path};

use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};

use super::{processes, secrets::write_private};

const NAME: &str = "run.json";

#[derive(Clone, Serialize, Deserialize)]
pub struct RunFile {
    pub launcher_pid: u32,
    /// Admin API.
    pub api_url: String,
    /// Clicks.
    pub traffic_url: String,
    /// Postbacks.
    pub postback_url: String,
    /// Child processes by name.
    pub pids: BTreeMap<String, u32>,
    /// Slugs of the demo campaigns.
    pub campaigns: Vec<String>,
    /// Slug of the demo network, unless it was deleted.
    pub network: Option<String>,
    /// Where `demo` hears what the demo sources are told.
    pub receiver: SocketAddr,
    /// What api-service was given to find its databases, without the tokens. May hold passwords.
    pub databases: BTreeMap<String, String>,
}

impl RunFile {
    pub fn write(&self, data_dir: &Path) -> Result<()> {
        write_private(&data_dir.join(NAME), &serde_json::to_vec_pretty(self)?)
    }

    /// Of a launcher that is alive; a killed one leaves its file behind.
    pub fn read(data_dir: &Path) -> Result<Self> {
        let file = data_dir.join(NAME);
        let Ok(text) = fs::read(&file) else {
            bail!("nothing runs in {}: start `traffoflex up` (or `make run`) first", data_dir.display());
        };
        let run: Self = serde_json::from_slice(&text).with_context(|| file.display().to_string())?;
        if !processes::is_alive(run.launcher_pid) {
            bail!(
                "`traffoflex up` (pid {}) in {} is gone: start it again first",
                run.launcher_pid,
                data_dir.display()
            );
        }
        Ok(run)
    }

    pub fn remove(data_dir: &Path) {
        // Not there is what we want.
        let _ = fs::remove_file(data_dir.join(NAME));
    }
}
