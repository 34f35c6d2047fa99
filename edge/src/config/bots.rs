//! Which clicks are taken for bots'.

use std::path::PathBuf;

#[derive(Debug, Clone, clap::Args)]
pub struct BotsConfig {
    /// Score from which on a click is a bot's, of 100. A lower one catches more bots and some people.
    #[arg(long, env = "BOT_SCORE_THRESHOLD", default_value_t = 60, value_parser = clap::value_parser!(u8).range(1..=100))]
    pub bot_score_threshold: u8,

    /// JSON file of crawlers in the form of `crawler-user-agents`, in place of the built-in list; read again when it changes.
    #[arg(long, env = "BOT_CRAWLERS_PATH")]
    pub bot_crawlers_path: Option<PathBuf>,

    /// Text file of networks (ASN) of hosting companies, one number a line, added to the built-in ones.
    #[arg(long, env = "BOT_DATACENTER_ASNS_PATH")]
    pub bot_datacenter_asns_path: Option<PathBuf>,

    /// Clicks a minute of one address that a person may make; 0: no limit. Private addresses have none.
    #[arg(long, env = "BOT_RATE_MAX_PER_MINUTE", default_value_t = 120)]
    pub bot_rate_max_per_minute: u32,

    /// Addresses whose clicks are counted at once: 24 bytes each.
    #[arg(long, env = "BOT_RATE_ADDRESSES", default_value_t = 65_536, value_parser = clap::value_parser!(u32).range(1024..=16_777_216))]
    pub bot_rate_addresses: u32,
}

impl BotsConfig {
    /// An empty variable names no file.
    pub(crate) fn crawlers_path(&self) -> Option<PathBuf> {
        self.bot_crawlers_path.clone().filter(|path| !path.as_os_str().is_empty())
    }

    pub(crate) fn datacenter_asns_path(&self) -> Option<PathBuf> {
        self.bot_datacenter_asns_path.clone().filter(|path| !path.as_os_str().is_empty())
    }
}
