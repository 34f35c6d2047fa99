//! Probes of destinations.

use std::{num::NonZeroU32, time::Duration};

use ipnet::IpNet;

use crate::{address_guard::AddressGuard, health::state::Thresholds};

#[derive(Debug, Clone, clap::Args)]
pub struct HealthConfig {
    /// How often each destination with a health check is probed, in milliseconds; each time up to a tenth sooner or later.
    #[arg(long, env = "DESTINATION_HEALTHCHECK_INTERVAL_MS", default_value_t = 60_000, value_parser = clap::value_parser!(u64).range(10..=86_400_000))]
    pub interval_ms: u64,

    /// How long a probe may take, from name resolution to the answer, in milliseconds.
    #[arg(long, env = "DESTINATION_HEALTHCHECK_TIMEOUT_MS", default_value_t = 5_000, value_parser = clap::value_parser!(u64).range(1..=60_000))]
    pub timeout_ms: u64,

    /// Most probes under way at once.
    #[arg(long, env = "DESTINATION_HEALTHCHECK_PARALLELISM", default_value_t = 16, value_parser = clap::value_parser!(u16).range(1..=4096))]
    pub parallelism: u16,

    /// Failed probes in a row after which a destination is unhealthy.
    #[arg(long, env = "DESTINATION_HEALTHCHECK_FAILURES", default_value = "3")]
    pub failures: NonZeroU32,

    /// Successful probes in a row after which it is healthy again.
    #[arg(long, env = "DESTINATION_HEALTHCHECK_SUCCESSES", default_value = "2")]
    pub successes: NonZeroU32,

    /// Networks that probes may reach though they are not public, as CIDRs separated by commas. Empty: none.
    #[arg(long, env = "PROBE_ALLOWED_CIDRS", default_value = "", value_parser = cidrs)]
    pub allowed_cidrs: Cidrs,
}

#[derive(Debug, Clone, Default)]
pub struct Cidrs(pub Vec<IpNet>);

impl HealthConfig {
    pub fn interval(&self) -> Duration {
        Duration::from_millis(self.interval_ms)
    }

    pub fn timeout(&self) -> Duration {
        Duration::from_millis(self.timeout_ms)
    }

    pub fn thresholds(&self) -> Thresholds {
        Thresholds { failures: self.failures, successes: self.successes }
    }

    pub fn guard(&self) -> AddressGuard {
        AddressGuard::new(self.allowed_cidrs.0.clone())
    }
}

pub(super) fn cidrs(text: &str) -> Result<Cidrs, String> {
    let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
    Ok(Cidrs(parts.map(super::lookup::cidr).collect::<Result<_, _>>()?))
}
