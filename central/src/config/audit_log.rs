//! The audit log.

#[derive(Debug, Clone, clap::Args)]
pub struct AuditLogConfig {
    /// How long entries of the audit log are kept, in days. 0: for ever.
    #[arg(long, env = "AUDIT_LOG_RETENTION_DAYS", default_value_t = 365, value_parser = clap::value_parser!(u32).range(0..=36_500))]
    pub audit_log_retention_days: u32,
}
