//! Where clicks are listened for.

use std::net::SocketAddr;

#[derive(Debug, Clone, clap::Args)]
pub struct ServerConfig {
    /// Address and port to listen on; port 0 picks a free one, named in the `listening` log line.
    #[arg(long, env = "TRAFFIC_SERVICE_ADDR", default_value = "0.0.0.0:8080")]
    pub addr: SocketAddr,

    /// Host names that clicks are answered on besides verified domains, addresses and localhost, separated
    /// by commas. Empty: any.
    #[arg(long, env = "PUBLIC_HOSTS", value_delimiter = ',')]
    pub public_hosts: Vec<String>,
}
