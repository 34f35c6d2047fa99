//! How many requests a caller or an address may make.

use std::num::NonZeroU32;

use ipnet::IpNet;
use traffoflex_client_address::cidr;

#[derive(Debug, Clone, clap::Args)]
pub struct RateLimitConfig {
    /// Requests a minute of one user or API key, on average.
    #[arg(long, env = "API_RATE_LIMIT_PER_MINUTE", default_value = "1200")]
    pub api_rate_limit_per_minute: NonZeroU32,

    /// Requests of one user or API key that may come at once.
    #[arg(long, env = "API_RATE_LIMIT_BURST", default_value = "300")]
    pub api_rate_limit_burst: NonZeroU32,

    /// Sign-ins, and requests without valid credentials, a minute of one address (a /64 of IPv6).
    #[arg(long, env = "AUTH_RATE_LIMIT_PER_MINUTE", default_value = "30")]
    pub auth_rate_limit_per_minute: NonZeroU32,

    /// Networks whose X-Forwarded-For and X-Real-IP count, as CIDRs separated by commas. Empty: none.
    #[arg(long, env = "TRUSTED_PROXY_CIDRS", value_delimiter = ',', value_parser = cidr)]
    pub trusted_proxy_cidrs: Vec<IpNet>,
}
