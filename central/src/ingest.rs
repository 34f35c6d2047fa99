//! `POST /internal/v1/events/{topic}`: events of nodes that have no broker. See [`traffoflex_wire::event`].
//!
//! Every line is checked before anything is stored: a good one is inserted, a bad one is kept in
//! `kafka_ingestion_errors` (partition -1, offset = line), and the answer counts both. It comes after
//! ClickHouse has the rows. The same batch again changes nothing: the rows have the same identity.

mod batch;

use std::sync::Arc;

use axum::{
    Json, Router,
    body::Bytes,
    extract::{DefaultBodyLimit, Path, Query, State, rejection::QueryRejection},
    routing::post,
};
use batch::{BadLine, Batch};
use http::{HeaderMap, header};
use serde_json::json;
use tokio::sync::Semaphore;
use traffoflex_wire::{
    event::{BatchAccepted, BatchQuery, MAX_BATCH_BYTES, MAX_BATCH_RAW_BYTES},
    topic::Topic,
};

use crate::{
    app::App,
    error::ApiError,
    warehouse::{Warehouse, WarehouseError},
};

/// Batches worked on at once; each may hold MAX_BATCH_RAW_BYTES.
const MAX_BATCHES: usize = 16;
/// Longest raw line kept of a bad event, in bytes.
const MAX_KEPT_LINE_BYTES: usize = 16 * 1024;

#[derive(Clone)]
pub struct Ingest {
    warehouse: Warehouse,
    slots: Arc<Semaphore>,
}

impl Ingest {
    pub fn new(warehouse: Warehouse) -> Self {
        Self { warehouse, slots: Arc::new(Semaphore::new(MAX_BATCHES)) }
    }

    /// Stores a checked batch.
    async fn store(&self, topic: Topic, batch: Batch) -> Result<BatchAccepted, WarehouseError> {
        let accepted = BatchAccepted { accepted: batch.good, rejected: batch.bad.len() as u64 };
        if !batch.bad.is_empty() {
            self.keep_bad(topic, &batch.bad).await?;
        }
        if batch.good > 0 {
            self.warehouse.insert_json(topic, batch.lines.into()).await?;
        }
        metrics::counter!("traffoflex_ingested_events_total", "topic" => topic.table())
            .increment(accepted.accepted);
        metrics::counter!("traffoflex_ingestion_errors_total", "topic" => topic.table())
            .increment(accepted.rejected);
        Ok(accepted)
    }

    async fn keep_bad(&self, topic: Topic, bad: &[BadLine]) -> Result<(), WarehouseError> {
        let mut lines = Vec::new();
        for BadLine { line, error, text } in bad {
            let text = &text[..text.floor_char_boundary(MAX_KEPT_LINE_BYTES)];
            let row = json!({ "topic": topic.kafka_name(), "partition": -1, "offset": line, "error": error, "raw_message": text });
            serde_json::to_writer(&mut lines, &row)?;
            lines.push(b'\n');
        }
        self.warehouse.insert_json_into("kafka_ingestion_errors", lines.into()).await
    }
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
