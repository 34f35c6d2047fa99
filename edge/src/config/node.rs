//! Who this node is and where its central is.

use std::path::PathBuf;

use traffoflex_model::NodeId;
use url::Url;

#[derive(Debug, Clone, clap::Args)]
pub struct NodeConfig {
    /// Name of this node, unique in the installation: 1 to 48 of a-z, 0-9 and '-'.
    #[arg(long, env = "NODE_ID", default_value = "node-1")]
    pub node_id: NodeId,

    /// Secret that this node shows to central, and that /internal/ asks for. At least 16 characters.
    #[arg(long, env = "NODE_TOKEN", hide_env_values = true, value_parser = token)]
    pub node_token: String,

    /// A second secret that /internal/ accepts, for people. At least 16 characters; unset: none.
    #[arg(long, env = "OPERATOR_TOKEN", hide_env_values = true, value_parser = token)]
    pub operator_token: Option<String>,

    /// Base URL of api-service.
    #[arg(long, env = "CENTRAL_URL", default_value = "http://127.0.0.1:8070")]
    pub central_url: Url,

    /// Directory of snapshot.redb, runtime.redb and outbox.redb. Created when missing; one node a directory.
    #[arg(long, env = "EDGE_DATA_DIR", default_value = "./edge-data")]
    pub data_dir: PathBuf,
}

/// Shortest token accepted, in characters.
const MIN_TOKEN_LEN: usize = 16;

fn token(text: &str) -> Result<String, String> {
    if text.len() < MIN_TOKEN_LEN || !text.bytes().all(|b| b.is_ascii_graphic()) {
        return Err(format!("a token is at least {MIN_TOKEN_LEN} visible ASCII characters"));
    }
    Ok(text.to_owned())
}
