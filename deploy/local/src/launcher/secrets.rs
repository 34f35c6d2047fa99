//! Tokens of this installation, made once.

use std::{
    fs::{self, File},
    io::{Read, Write},
    os::unix::fs::OpenOptionsExt,
    path::Path,
};

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// Random bytes in a token.
const TOKEN_BYTES: usize = 32;
/// Bytes in the secret of the demo network.
const DEMO_SECRET_BYTES: usize = 16;

#[derive(Clone, Serialize, Deserialize)]
pub struct Secrets {
    pub bootstrap_token: String,
    pub node_token: String,
    pub operator_token: String,
    /// Signs sessions. Empty in what an earlier version left.
    #[serde(default)]
    pub jwt_secret: String,
}

impl Secrets {
    /// Reads `secrets.json`, or makes it.
    pub fn load_or_create(data_dir: &Path) -> Result<Self> {
        let file = data_dir.join("secrets.json");
        let secrets = if file.exists() {
            let found = Self::load(data_dir)?;
            if !found.jwt_secret.is_empty() {
                return Ok(found);
            }
            Self { jwt_secret: token()?, ..found }
        } else {
            let (bootstrap_token, node_token, operator_token) = (token()?, token()?, token()?);
            Self { bootstrap_token, node_token, operator_token, jwt_secret: token()? }
        };
        write_private(&file, &serde_json::to_vec_pretty(&secrets)?)?;
        Ok(secrets)
    }

    /// What the demo network shows with its postbacks. Follows from the others: older files have none.
    pub fn demo_network_secret(&self) -> String {
        let hash = Sha256::digest(format!("demo-network|{}", self.operator_token));
        hash[..DEMO_SECRET_BYTES].iter().map(|byte| format!("{byte:02x}")).collect()
    }

    pub fn load(data_dir: &Path) -> Result<Self> {
        let file = data_dir.join("secrets.json");
        let text = fs::read(&file).with_context(|| file.display().to_string())?;
        serde_json::from_slice(&text).with_context(|| file.display().to_string())
    }
}

fn token() -> Result<String> {
    let mut bytes = [0; TOKEN_BYTES];
    File::open("/dev/urandom")?.read_exact(&mut bytes).context("/dev/urandom")?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

/// Writes a file that only its owner can read; it appears whole or not at all.
pub fn write_private(file: &Path, content: &[u8]) -> Result<()> {
    let fresh = file.with_extension("new");
    // A leftover could have other permissions.
    let _ = fs::remove_file(&fresh);
    let mut output = File::options()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&fresh)
        .with_context(|| fresh.display().to_string())?;
    output.write_all(content)?;
    output.sync_all()?;
    fs::rename(&fresh, file)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn made_once_and_only_for_the_owner() {
        let dir = tempfile::tempdir().unwrap();
        let first = Secrets::load_or_create(dir.path()).unwrap();
        let second = Secrets::load_or_create(dir.path()).unwrap();
        assert_eq!(first.node_token, second.node_token);
        assert_ne!(first.node_token, first.operator_token);
        assert_eq!(first.node_token.len(), 2 * TOKEN_BYTES);
        assert_eq!(first.jwt_secret, second.jwt_secret);
        let mode = fs::metadata(dir.path().join("secrets.json")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    #[test]
    fn what_an_earlier_version_did_not_make_is_made_once() {
        let dir = tempfile::tempdir().unwrap();
        let old = r#"{"bootstrap_token":"b","node_token":"n","operator_token":"o"}"#;
        fs::write(dir.path().join("secrets.json"), old).unwrap();
        let first = Secrets::load_or_create(dir.path()).unwrap();
        assert_eq!((first.node_token.as_str(), first.jwt_secret.len()), ("n", 2 * TOKEN_BYTES));
        assert_eq!(Secrets::load_or_create(dir.path()).unwrap().jwt_secret, first.jwt_secret);
    }
}
