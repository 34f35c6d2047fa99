//! From the outbox to the sink.

use std::time::Duration;

#[derive(Debug, Clone, clap::Args)]
pub struct DrainConfig {
    /// Most events in a batch.
    #[arg(long, env = "EVENT_BATCH_SIZE", default_value_t = 5000, value_parser = clap::value_parser!(u64).range(1..=100_000))]
    pub batch_size: u64,

    /// How long a batch that is not full waits for more events, in milliseconds.
    #[arg(long, env = "EVENT_BATCH_TIMEOUT_MS", default_value_t = 100)]
    pub batch_timeout_ms: u64,

    /// Batches on their way at once.
    #[arg(long, env = "EVENT_DRAIN_IN_FLIGHT", default_value_t = 8, value_parser = clap::value_parser!(u16).range(1..=256))]
    pub in_flight: u16,

    /// Failures in a row after which one batch probes and the others wait.
    #[arg(long, env = "EVENT_WRITE_MAX_ATTEMPTS", default_value_t = 5)]
    pub max_attempts: u32,

    /// Bound of the first wait before a batch is sent again, in milliseconds; it doubles each time.
    #[arg(long, env = "EVENT_WRITE_RETRY_BACKOFF_MS", default_value_t = 100)]
    pub retry_backoff_ms: u64,

    /// Bound of the longest wait, in milliseconds.
    #[arg(long, env = "EVENT_WRITE_RETRY_BACKOFF_MAX_MS", default_value_t = 5_000)]
    pub retry_backoff_max_ms: u64,
}

impl DrainConfig {
    pub fn batch_timeout(&self) -> Duration {
        Duration::from_millis(self.batch_timeout_ms)
    }

    pub fn retry_backoff(&self) -> Duration {
        Duration::from_millis(self.retry_backoff_ms.max(1))
    }

    pub fn retry_backoff_max(&self) -> Duration {
        Duration::from_millis(self.retry_backoff_max_ms.max(1))
    }
}
