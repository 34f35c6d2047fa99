//! `tracing` set-up: one line an event, with the service's name.

use std::{
    fmt::{self, Write as _},
    str::FromStr,
};

use serde_json::{Map, Value};
use tracing::{
    Event, Subscriber,
    field::{Field, Visit},
};
use tracing_appender::non_blocking::{NonBlockingBuilder, WorkerGuard};
use tracing_subscriber::{
    EnvFilter,
    fmt::{FmtContext, FormatEvent, FormatFields, format::Writer},
    registry::LookupSpan,
};

/// Lines waiting for the writer, at most.
const QUEUE_LINES: usize = 8192;
/// Filter when `RUST_LOG` is unset: our own lines from info, dependencies from warn.
const DEFAULT_FILTER: &str = "warn,traffoflex=info,api_service=info,traffic_service=info";

/// `LOG_FORMAT`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum LogFormat {
    #[default]
    Json,
    Text,
}

impl FromStr for LogFormat {
    type Err = String;
    fn from_str(name: &str) -> Result<Self, String> {
        <Self as clap::ValueEnum>::from_str(name, true)
    }
}

#[derive(Debug, thiserror::Error)]
pub enum LoggingError {
    #[error("RUST_LOG: {0}")]
    Filter(#[from] tracing_subscriber::filter::ParseError),
    #[error("logging was set up twice")]
    Twice,
}

/// Writes out what is waiting when it is dropped: hold it until the process ends.
#[must_use]
pub struct LogGuard {
    _worker: WorkerGuard,
}

/// Sets up logging for the whole process. `RUST_LOG` overrides the filter.
///
/// Lines go to a thread of their own over a bounded queue. When nobody reads standard output, lines
/// are dropped: no click waits for a log line.
pub fn init(service: &'static str, format: LogFormat) -> Result<LogGuard, LoggingError> {
    init_to(std::io::stdout(), service, format)
}

/// For a command, whose standard output is its result: lines go to standard error.
pub fn init_for_command(service: &'static str, format: LogFormat) -> Result<LogGuard, LoggingError> {
    init_to(std::io::stderr(), service, format)
}

fn init_to(
    target: impl std::io::Write + Send + 'static,
    service: &'static str,
    format: LogFormat,
) -> Result<LogGuard, LoggingError> {
    let filter = match std::env::var("RUST_LOG") {
        Ok(spec) if !spec.is_empty() => EnvFilter::try_new(spec)?,
        _ => EnvFilter::new(DEFAULT_FILTER),
    };
    let (output, worker) = NonBlockingBuilder::default()
        .buffered_lines_limit(QUEUE_LINES)
        .lossy(true)
        .thread_name("log")
        .finish(target);
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .event_format(Line { service, format })
        .with_writer(output)
        .finish();
    tracing::subscriber::set_global_default(subscriber).map_err(|_| LoggingError::Twice)?;
    Ok(LogGuard { _worker: worker })
}

struct Line {
    service: &'static str,
    format: LogFormat,
}

impl<S, N> FormatEvent<S, N> for Line
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(
        &self,
        _: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let mut fields = Fields::default();
        event.record(&mut fields);
        let meta = event.metadata();
        let now = jiff::Timestamp::now();
        match self.format {
            LogFormat::Json => {
                let mut line = Map::new();
                line.insert("timestamp".into(), format!("{now:.3}").into());
                line.insert("level".into(), meta.level().as_str().into());
                line.insert("service".into(), self.service.into());
                line.insert("target".into(), meta.target().into());
                line.insert("message".into(), fields.message.into());
                line.extend(fields.other);
                writeln!(writer, "{}", Value::Object(line))
            }
            LogFormat::Text => {
                let mut line = format!("{now:.3} {:5} {} {}", meta.level(), self.service, fields.message);
                for (name, value) in &fields.other {
                    write!(line, " {name}={value}")?;
                }
                writeln!(writer, "{line}")
            }
        }
    }
}

#[derive(Default)]
struct Fields {
    message: String,
    other: Map<String, Value>,
}

impl Fields {
    fn put(&mut self, field: &Field, value: Value) {
        match (field.name(), value) {
            ("message", Value::String(text)) => self.message = text,
            (name, value) => {
                self.other.insert(name.to_owned(), value);
            }
        }
    }
}

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.put(field, Value::String(format!("{value:?}")));
    }
    fn record_str(&mut self, field: &Field, value: &str) {
        self.put(field, value.into());
    }
    fn record_i64(&mut self, field: &Field, value: i64) {
        self.put(field, value.into());
    }
    fn record_u64(&mut self, field: &Field, value: u64) {
        self.put(field, value.into());
    }
    fn record_f64(&mut self, field: &Field, value: f64) {
        self.put(field, value.into());
    }
    fn record_bool(&mut self, field: &Field, value: bool) {
        self.put(field, value.into());
    }
    fn record_error(&mut self, field: &Field, error: &(dyn std::error::Error + 'static)) {
        let mut text = error.to_string();
        let mut cause = error.source();
        while let Some(error) = cause {
            let _ = write!(text, ": {error}");
            cause = error.source();
        }
        self.put(field, text.into());
    }
}
