//! What reports and logs may cost: so many at once in a workspace, each query so long and with so much memory. A query
//! whose client went away is ended by ClickHouse: its connection is dropped with the request.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use clickhouse::query::Query;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use traffoflex_model::WorkspaceId;

use crate::{config::ReportConfig, error::ApiError};

/// Of queries that no setting speaks of, such as those of the ads API. Seconds, bytes.
const DEFAULT_EXECUTION_SECONDS: u32 = 30;
const DEFAULT_MEMORY_BYTES: u64 = 4_000_000_000;

/// A clone is a handle to the same turns.
#[derive(Clone)]
pub struct Reports {
    max_execution_seconds: u32,
    max_memory_bytes: u64,
    max_concurrent: usize,
    queue_timeout: Duration,
    send_timeout: Duration,
    turns: Arc<Mutex<HashMap<WorkspaceId, Arc<Semaphore>>>>,
}

impl Reports {
    pub fn new(config: &ReportConfig) -> Self {
        Self {
            max_execution_seconds: config.report_max_execution_seconds,
            max_memory_bytes: config.report_max_memory_bytes,
            max_concurrent: config.report_max_concurrent as usize,
            queue_timeout: Duration::from_millis(config.report_queue_timeout_ms),
            send_timeout: Duration::from_millis(config.report_send_timeout_ms),
            turns: Arc::default(),
        }
    }

    /// Waits for the workspace's turn, which lasts until what is returned is dropped.
    pub async fn turn(&self, workspace_id: &WorkspaceId) -> Result<OwnedSemaphorePermit, ApiError> {
        let turns = {
            let mut all = self.turns.lock().unwrap_or_else(PoisonError::into_inner);
            let new = || Arc::new(Semaphore::new(self.max_concurrent));
            all.entry(workspace_id.clone()).or_insert_with(new).clone()
        };
        match tokio::time::timeout(self.queue_timeout, turns.acquire_owned()).await {
            Ok(Ok(turn)) => Ok(turn),
            _ => Err(ApiError::TooManyReports),
        }
    }

    /// Until the first row of what is streamed.
    pub fn max_execution(&self) -> Duration {
        Duration::from_secs(self.max_execution_seconds.into())
    }

    /// How long a client may take over a part of what is streamed.
    pub fn send_timeout(&self) -> Duration {
        self.send_timeout
    }

    /// Without a limit in time: whoever reads it sees to that.
    pub fn limited_while_sent(&self, statement: Query) -> Query {
        with_limits(statement, 0, self.max_memory_bytes)
    }

    pub fn limited(&self, statement: Query) -> Query {
        with_limits(statement, self.max_execution_seconds, self.max_memory_bytes)
    }
}

pub fn limited(statement: Query) -> Query {
    with_limits(statement, DEFAULT_EXECUTION_SECONDS, DEFAULT_MEMORY_BYTES)
}

fn with_limits(statement: Query, max_execution_seconds: u32, max_memory_bytes: u64) -> Query {
    statement
        .with_setting("max_execution_time", max_execution_seconds.to_string())
        .with_setting("max_memory_usage", max_memory_bytes.to_string())
        .with_setting("readonly", "2")
        // Which builds are read is written into the statement.
        .with_setting("max_query_size", "16000000")
        // A client that went away does not need its answer.
        .with_setting("cancel_http_readonly_queries_on_client_close", "1")
}
