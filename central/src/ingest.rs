//! `POST /internal/v1/events/{topic}`: events of nodes that have no broker. See [`traffoflex_wire::event`].
//!
//! Every line is checked before anything is stored: a good one is inserted, a bad one is kept in
//! `kafka_ingestion_errors` (partition -1, offset = line), and the answer counts both. It comes after
//! ClickHouse has the rows. The same batch again changes nothing: the rows have the same identity.

mod batch;
pub mod repair;

use std::sync::Arc;

use axum::{
    Json, Router,
    body::Bytes,
    extract::{DefaultBodyLimit, Path, Query, State, rejection::QueryRejection},
    routing::post,
};
pub use batch::BadLine;
use batch::Batch;
use http::{HeaderMap, header};
use serde_json::json;
use tokio::sync::Semaphore;
use traffoflex_wire::{
    event::{BatchAccepted, BatchQuery, MAX_BATCH_BYTES, MAX_BATCH_RAW_BYTES},
    topic::Topic,
};

use crate::{
    app::App,
    config::KafkaConfig,
    error::ApiError,
    warehouse::{Warehouse, WarehouseError, kafka},
};

/// Batches worked on at once; each may hold MAX_BATCH_RAW_BYTES.
const MAX_BATCHES: usize = 16;
/// Longest raw line kept of a bad event, in bytes.
const MAX_KEPT_LINE_BYTES: usize = 1 << 20;

#[derive(Clone)]
pub struct Ingest {
    warehouse: Warehouse,
    /// By what the broker calls them.
    topics: Arc<[(Topic, String)]>,
    slots: Arc<Semaphore>,
}

impl Ingest {
    pub fn new(warehouse: Warehouse, config: &KafkaConfig) -> Self {
        let topics = kafka::names(config).map(|(topic, name)| (topic, name.to_owned()));
        Self { warehouse, topics: Arc::new(topics), slots: Arc::new(Semaphore::new(MAX_BATCHES)) }
    }

    /// By the broker's name for it, or by the one that errors of batches have.
    pub fn topic_named(&self, name: &str) -> Option<Topic> {
        let configured = self.topics.iter().find(|(_, known)| known == name).map(|(topic, _)| *topic);
        configured.or_else(|| Topic::ALL.into_iter().find(|topic| topic.kafka_name() == name))
    }

    /// Stores a checked batch.
    async fn store(&self, topic: Topic, batch: Batch) -> Result<BatchAccepted, WarehouseError> {
        let Batch { lines, good, mut bad } = batch;
        let total = good + bad.len() as u64;
        bad.extend(self.insert(topic, lines.into()).await?);
        if !bad.is_empty() {
            self.keep_bad(topic, &bad).await?;
        }
        let rejected = bad.len() as u64;
        let accepted = BatchAccepted { accepted: total - rejected, rejected };
        metrics::counter!("traffoflex_ingested_events_total", "topic" => topic.table())
            .increment(accepted.accepted);
        metrics::counter!("traffoflex_ingestion_errors_total", "topic" => topic.table())
            .increment(accepted.rejected);
        Ok(accepted)
    }

    /// Inserts the lines; those that ClickHouse itself refuses, though they passed our check, are
    /// found by halving and returned. One bad value must not hold back a node's outbox for ever.
    pub(crate) async fn insert(&self, topic: Topic, lines: Bytes) -> Result<Vec<BadLine>, WarehouseError> {
        if lines.is_empty() {
            return Ok(Vec::new());
        }
        let (mut parts, mut refused) = (vec![lines], Vec::new());
        let mut gathered = true;
        while let Some(part) = parts.pop() {
            let inserted = self.warehouse.insert_json_into(topic.table(), part.clone(), gathered).await;
            // Waiting for the gathering at each step would take longer than the node waits.
            gathered = false;
            match inserted {
                Ok(()) => {}
                Err(WarehouseError::Refused(error)) => match halves(&part) {
                    Some((first, second)) => parts.extend([second, first]),
                    None => {
                        let text = String::from_utf8_lossy(&part).trim_end().to_owned();
                        refused.push(BadLine { line: refused.len(), error, text });
                    }
                },
                Err(error) => return Err(error),
            }
        }
        Ok(refused)
    }

    async fn keep_bad(&self, topic: Topic, bad: &[BadLine]) -> Result<(), WarehouseError> {
        let mut lines = Vec::new();
        for BadLine { line, error, text } in bad {
            let text = &text[..text.floor_char_boundary(MAX_KEPT_LINE_BYTES)];
            let row = json!({ "topic": topic.kafka_name(), "partition": -1, "offset": line, "error": error, "raw_message": text });
            serde_json::to_writer(&mut lines, &row)?;
            lines.push(b'\n');
        }
        self.warehouse.insert_json_into("kafka_ingestion_errors", lines.into(), true).await
    }
}

/// Two parts of whole lines; none of a single line.
fn halves(lines: &Bytes) -> Option<(Bytes, Bytes)> {
    let ends: Vec<usize> =
        lines.iter().enumerate().filter(|(_, byte)| **byte == b'\n').map(|(at, _)| at + 1).collect();
    let middle = *ends.get(ends.len() / 2 - usize::from(ends.len() > 1))?;
    (ends.len() > 1).then(|| (lines.slice(..middle), lines.slice(middle..)))
}

pub fn routes() -> Router<App> {
    Router::new()
        .route("/internal/v1/events/{topic}", post(events))
        .layer(DefaultBodyLimit::max(MAX_BATCH_BYTES))
}

async fn events(
    State(app): State<App>,
    Path(topic): Path<String>,
    query: Result<Query<BatchQuery>, QueryRejection>,
    headers: HeaderMap,
    body: Result<Bytes, axum::extract::rejection::BytesRejection>,
) -> Result<Json<BatchAccepted>, ApiError> {
    let topic = Topic::from_table(&topic).ok_or(ApiError::NotFound)?;
    let Query(query) = query.map_err(|rejection| ApiError::field("query", rejection.body_text()))?;
    if query.first_seq == 0 || query.last_seq < query.first_seq {
        return Err(ApiError::field("last_seq", "first_seq is at least 1 and last_seq not below it"));
    }
    let body = body.map_err(|_| ApiError::TooLarge { limit_bytes: MAX_BATCH_BYTES })?;
    let _slot = app.ingest.slots.try_acquire().map_err(|_| ApiError::Busy)?;
    let encoding = headers.get(header::CONTENT_ENCODING).map(|v| v.as_bytes().to_vec());
    // Unpacking and checking thousands of lines is CPU work.
    let batch = tokio::task::spawn_blocking(move || {
        let raw = match encoding.as_deref() {
            None | Some(b"identity") => body,
            Some(b"zstd") => zstd::bulk::decompress(&body, MAX_BATCH_RAW_BYTES)
                .map_err(|error| ApiError::field("body", format!("zstd: {error}")))?
                .into(),
            Some(_) => return Err(ApiError::field("content-encoding", "zstd or none")),
        };
        Batch::check(topic, &query, &raw)
    })
    .await
    .map_err(|_| ApiError::Busy)??;
    Ok(Json(app.ingest.store(topic, batch).await?))
}
