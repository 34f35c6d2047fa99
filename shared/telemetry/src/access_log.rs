//! One line a request, written by a thread of its own: the request only hands over a small struct
//! and never waits. When standard output cannot keep up, lines are dropped and counted.

use std::{
    io::Write,
    sync::mpsc::{Receiver, SyncSender, sync_channel},
    time::{Duration, SystemTime},
};

use http::{Method, StatusCode};

use crate::{LogFormat, RequestId, prometheus::ACCESS_LOG_DROPPED};

/// Lines waiting for the writer, at most.
const QUEUE_LINES: usize = 8192;
/// Bytes gathered before one write to standard output.
const WRITE_BYTES: usize = 64 * 1024;
/// What the path of a signed link begins with.
const SIGNED_LINK: &str = "/r/";
/// Longest path logged, in bytes.
const MAX_PATH_BYTES: usize = 256;

/// `ACCESS_LOG`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum AccessLogMode {
    /// Every request.
    #[default]
    All,
    /// Requests answered with 400 or above.
    Errors,
    Off,
}

/// Handle to the writer thread; a clone is cheap. The thread ends with the last handle.
#[derive(Clone)]
pub struct AccessLog {
    mode: AccessLogMode,
    lines: Option<SyncSender<Entry>>,
}

pub struct Entry {
    pub at: SystemTime,
    pub request_id: RequestId,
    pub method: Method,
    pub path: Box<str>,
    pub status: StatusCode,
    pub latency: Duration,
}

impl AccessLog {
    /// Starts the writer thread unless the mode is `off`.
    pub fn start(service: &'static str, format: LogFormat, mode: AccessLogMode) -> std::io::Result<Self> {
        if mode == AccessLogMode::Off {
            return Ok(Self { mode, lines: None });
        }
        let (lines, received) = sync_channel(QUEUE_LINES);
        std::thread::Builder::new()
            .name("access-log".into())
            .spawn(move || write_lines(&received, service, format))?;
        Ok(Self { mode, lines: Some(lines) })
    }

    pub fn wants(&self, status: StatusCode) -> bool {
        match self.mode {
            AccessLogMode::All => true,
            AccessLogMode::Errors => status.is_client_error() || status.is_server_error(),
            AccessLogMode::Off => false,
        }
    }

    /// Whether any request is logged at all.
    pub fn is_on(&self) -> bool {
        self.lines.is_some()
    }

    pub fn log(&self, entry: Entry) {
        if let Some(lines) = &self.lines
            && lines.try_send(entry).is_err()
        {
            metrics::counter!(ACCESS_LOG_DROPPED).increment(1);
        }
    }

    /// The part of a path that is logged. Not the token of a signed link: it opens the link.
    pub fn loggable_path(path: &str) -> &str {
        if path.starts_with(SIGNED_LINK) {
            return SIGNED_LINK;
        }
        &path[..path.floor_char_boundary(MAX_PATH_BYTES)]
    }
}

fn write_lines(received: &Receiver<Entry>, service: &str, format: LogFormat) {
    let mut buffer = Vec::with_capacity(2 * WRITE_BYTES);
    while let Ok(first) = received.recv() {
        write_entry(&mut buffer, &first, service, format);
        while buffer.len() < WRITE_BYTES
            && let Ok(next) = received.try_recv()
        {
            write_entry(&mut buffer, &next, service, format);
        }
        // A closed standard output must not end the service, and there is nowhere left to say so.
        let _ = std::io::stdout().lock().write_all(&buffer);
        buffer.clear();
    }
}

fn write_entry(out: &mut Vec<u8>, entry: &Entry, service: &str, format: LogFormat) {
    let at = jiff::Timestamp::try_from(entry.at).unwrap_or_default();
    let Entry { request_id, method, path, status, latency, .. } = entry;
    let status = status.as_u16();
    let latency_ms = latency.as_secs_f64() * 1000.0;
    // Writing to a vector cannot fail; service, request id, method and status need no escaping.
    let _ = match format {
        LogFormat::Json => {
            let path = serde_json::to_string(path).unwrap_or_default();
            writeln!(
                out,
                r#"{{"timestamp":"{at:.3}","level":"INFO","service":"{service}","message":"request","request_id":"{request_id}","method":"{method}","path":{path},"status":{status},"latency_ms":{latency_ms:.3}}}"#
            )
        }
        LogFormat::Text => {
            writeln!(out, "{at:.3} INFO  {service} {method} {path} {status} {latency_ms:.3}ms {request_id}")
        }
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_json_whatever_the_path() {
        let entry = Entry {
            at: SystemTime::UNIX_EPOCH,
            request_id: RequestId::mint(),
            method: Method::GET,
            path: "/c/\"\n\\x".into(),
            status: StatusCode::FOUND,
            latency: Duration::from_micros(1500),
        };
        let mut out = Vec::new();
        write_entry(&mut out, &entry, "traffic-service", LogFormat::Json);
        let line: serde_json::Value = serde_json::from_slice(&out).unwrap();
        assert_eq!(line["path"], "/c/\"\n\\x");
        assert_eq!(line["status"], 302);
        assert_eq!(line["latency_ms"], 1.5);
        assert_eq!(out.iter().filter(|b| **b == b'\n').count(), 1);
    }
}
