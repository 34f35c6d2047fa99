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

    /// What `POST /ads/click` asks for as `Authorization: Bearer`. Unset: it is open, as clicks are.
    #[arg(long, env = "ADS_CLICK_TOKEN", hide_env_values = true)]
    pub ads_click_token: Option<String>,

    /// How long a click told by `POST /ads/click` may be ago, and its id is remembered, in hours.
    #[arg(long, env = "ADS_CLICK_WINDOW_HOURS", default_value_t = 24, value_parser = clap::value_parser!(u32).range(1..=720))]
    pub ads_click_window_hours: u32,
}
