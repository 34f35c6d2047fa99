//! Logs, metrics and request ids, the same in every process.
//!
//! Logs are lines on standard output: JSON (`LOG_FORMAT=json`, the default) or text. They never
//! hold client addresses, tokens, query strings or bodies.

pub mod access_log;
pub mod logging;
pub mod prometheus;
pub mod request_id;
pub mod request_layer;
pub mod traceparent;

pub use access_log::{AccessLog, AccessLogMode};
pub use logging::{LogFormat, LogGuard, init, init_for_command};
pub use request_id::RequestId;
pub use request_layer::RequestLayer;
