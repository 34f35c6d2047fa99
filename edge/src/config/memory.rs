//! What a node remembers of users.

#[derive(Debug, Clone, clap::Args)]
pub struct MemoryConfig {
    /// Most users at destinations remembered for `unique_policy`: 20 to 39 bytes of memory each.
    #[arg(long, env = "HISTORY_MAX_KEYS", default_value_t = 10_000_000, value_parser = clap::value_parser!(u64).range(1_000..=1_000_000_000))]
    pub history_max_keys: u64,

    /// Most visitors remembered for unique and duplicate clicks: 20 to 39 bytes of memory each.
    #[arg(long, env = "VISITORS_MAX_KEYS", default_value_t = 10_000_000, value_parser = clap::value_parser!(u64).range(1_000..=1_000_000_000))]
    pub visitors_max_keys: u64,

    /// Most used links for one click and ids of clicks told by `POST /ads/click` that are remembered until they
    /// expire: about 40 bytes of memory each. Beyond, both are answered 503.
    #[arg(long, env = "LINK_NONCES_MAX", default_value_t = 1_000_000, value_parser = clap::value_parser!(u64).range(1..=1_000_000_000))]
    pub link_nonces_max: u64,
}
