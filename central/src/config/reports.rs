//! What reports may cost.

#[derive(Debug, Clone, clap::Args)]
pub struct ReportConfig {
    /// Longest time that one query of a report or a log may run, in seconds.
    #[arg(long, env = "REPORT_MAX_EXECUTION_SECONDS", default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..=3600))]
    pub report_max_execution_seconds: u32,

    /// Most memory that one query of a report or a log may take, in bytes.
    #[arg(long, env = "REPORT_MAX_MEMORY_BYTES", default_value_t = 4_000_000_000, value_parser = clap::value_parser!(u64).range(100_000_000..))]
    pub report_max_memory_bytes: u64,

    /// Reports and looks at logs that one workspace may run at once; others wait for their turn.
    #[arg(long, env = "REPORT_MAX_CONCURRENT", default_value_t = 8, value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub report_max_concurrent: u32,

    /// How long a report or a look at a log waits for its turn before it is answered with 429, in milliseconds.
    #[arg(long, env = "REPORT_QUEUE_TIMEOUT_MS", default_value_t = 10_000)]
    pub report_queue_timeout_ms: u64,

    /// How long a client may take over a part of a report as CSV before it is broken off, in milliseconds. Less than
    /// ClickHouse waits itself (`http_send_timeout`).
    #[arg(long, env = "REPORT_SEND_TIMEOUT_MS", default_value_t = 20_000, value_parser = clap::value_parser!(u64).range(100..=30_000))]
    pub report_send_timeout_ms: u64,
}
